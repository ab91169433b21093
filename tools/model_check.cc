#include "model_check.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "check_f64.h"
#include "nf/model/scorer.h"
#include "tables.h"

namespace nf::cli {
namespace {

constexpr int kOwnSamples = 4096;
constexpr double kRoundTrip = 1e-4;  // of features, 99.9 % of the rows
constexpr double kLogDetMedian = 1e-6, kLogDetMost = 1e-4;
constexpr double kSolvedMedian = 0.01, kSolvedMost = 0.1;  // nats, where a solver integrates it
constexpr double kFloat = 1e-4;                            // of max(1, |log p|), 99 % of the rows
constexpr std::size_t kDoubleRows = 4096;                  // the double build has plain kernels
constexpr std::size_t kPoints = 24000;                     // encoded for finite differences

double quantile(std::vector<double> values, double share) {
  for (double& v : values)
    if (std::isnan(v)) v = INFINITY;
  const auto n = static_cast<double>(values.size());
  const auto at = static_cast<std::ptrdiff_t>(std::clamp(std::ceil(share * n) - 1, 0.0, n - 1));
  std::nth_element(values.begin(), values.begin() + at, values.end());
  return values[at];
}

// About `count` rows from all over a table.
std::vector<double> thin(const std::vector<double>& values, std::size_t width, std::size_t rows, std::size_t count) {
  std::vector<double> some;
  for (std::size_t i = 0; i < count; ++i) {
    const double* row = values.data() + i * rows / count * width;
    some.insert(some.end(), row, row + width);
  }
  return some;
}

// The largest |x - decode(encode(x))| of each row's features.
std::vector<double> round_trip(const Model& model, Scorer& scorer, const std::vector<double>& x,
                               const std::vector<double>& c) {
  const std::size_t dim = model.columns.size(), rows = x.size() / dim;
  const auto noise_dim = static_cast<std::size_t>(model.flow.noise_dim());
  std::vector<double> z(rows * noise_dim), back(x.size()), lp(rows), errors(rows);
  constexpr std::size_t kBlock = 1 << 16;
  for (std::size_t first = 0; first < rows; first += kBlock) {
    const int n = static_cast<int>(std::min(kBlock, rows - first));
    const double* context = c.data() + first * model.context.size();
    scorer.log_prob(x.data() + first * dim, context, n, lp.data(), z.data() + first * noise_dim);
    scorer.decode(z.data() + first * noise_dim, context, n, back.data() + first * dim, nullptr);
  }
  const auto n = static_cast<std::int64_t>(rows);
  const Batch there = enter_rows(model.columns, x.data(), n), again = enter_rows(model.columns, back.data(), n);
  for (Eigen::Index r = 0; r < there.rows(); ++r)
    for (Eigen::Index j = 0; j < there.cols(); ++j) {
      const auto error =
          static_cast<double>(std::abs(shortest(model.flow.manifold(static_cast<int>(j)), there(r, j) - again(r, j))));
      double& worst = errors[static_cast<std::size_t>(r)];
      if (!(error <= worst)) worst = std::isnan(error) ? INFINITY : error;
    }
  return errors;
}

// What holds where each row has one z and back.
std::vector<CheckLine> check_maps(const Model& model, Scorer& scorer, std::span<const std::byte> file,
                                  const std::vector<double>& x, const std::vector<double>& c, int threads) {
  const std::size_t dim = model.columns.size(), context = model.context.size(), rows = x.size() / dim;
  const std::vector<double> trips = round_trip(model, scorer, x, c);
  const auto worst = std::max_element(trips.begin(), trips.end());
  std::vector<CheckLine> lines = {
      {fmt::format("round trip in float, 99.9 % of {} rows", rows), quantile(trips, 0.999), kRoundTrip},
      {fmt::format("round trip in float, worst (row {})", worst - trips.begin() + 1), *worst}};

  const std::size_t few = std::min(rows, std::clamp<std::size_t>(kPoints / (2 * dim), 20, 200));
  const std::vector<double> xs = thin(x, dim, rows, few), cs = thin(c, context, rows, few);
  std::vector<double> errors = log_det_errors_f64(file, xs.data(), cs.data(), static_cast<int>(few), threads);
  for (double& error : errors) error = std::abs(error);
  if (is_approximate(model)) {
    std::vector<double> lp(few), told(few);
    Draws draws;
    draws.error = told.data();
    scorer.log_prob(xs.data(), cs.data(), static_cast<int>(few), lp.data(), nullptr, draws);
    lines.push_back(
        {fmt::format("log-det against the map's own, median of {} rows", few), quantile(errors, 0.5), kSolvedMedian});
    lines.push_back({"log-det against the map's own, 95 %", quantile(errors, 0.95), kSolvedMost});
    lines.push_back({"its error as nf-logprob tells it, 95 %", quantile(told, 0.95)});
    return lines;
  }
  const auto kinks = std::count_if(errors.begin(), errors.end(), [](double e) { return !(e <= kLogDetMost); });
  lines.push_back(
      {fmt::format("log-det against differences, median of {} rows", few), quantile(errors, 0.5), kLogDetMedian});
  lines.push_back({"log-det against differences, 95 %", quantile(errors, 0.95), kLogDetMost});
  lines.push_back({fmt::format("rows above {:g} (kinks)", kLogDetMost), static_cast<double>(kinks)});
  return lines;
}

Rows own_samples(const Model& model, int threads) {
  if (model.flow.context() > 0) throw UsageError("--check: the model is conditional: DATA with its columns is needed");
  Rows rows{std::vector<double>(kOwnSamples * model.columns.size()), {}};
  Scorer(model, threads).sample(0, 0, nullptr, kOwnSamples, 1, rows.x.data(), nullptr);
  return rows;
}

}  // namespace

Rows read_rows(const Cli& cli, const Model& model, const std::string& path) {
  refuse_nan_rows(cli);
  const auto reader = open_table(cli, path, all_names(model));
  reader->select(reader->find(all_names(model)), cells_of(model));
  Rows rows;
  Block block;
  while (reader->next(block)) {
    const std::size_t dim = model.columns.size(), width = dim + model.context.size();
    for (const double* row = block.values.data(); row != block.values.data() + block.values.size(); row += width) {
      rows.x.insert(rows.x.end(), row, row + dim);
      rows.c.insert(rows.c.end(), row + dim, row + width);
    }
  }
  report_bad_rows(cli, *reader);
  if (rows.x.empty()) throw Error(reader->path() + ": no rows");
  return rows;
}

std::vector<CheckLine> check_model(const Model& model, std::span<const std::byte> file, const std::vector<double>& x,
                                   const std::vector<double>& c, int threads) {
  const std::size_t dim = model.columns.size(), context = model.context.size(), rows = x.size() / dim;
  Scorer scorer(model, threads);
  std::vector<CheckLine> lines;
  if (model.flow.traits().bijective()) lines = check_maps(model, scorer, file, x, c, threads);

  const std::size_t many = std::min(rows, kDoubleRows);
  const std::vector<double> xd = thin(x, dim, rows, many), cd = thin(c, context, rows, many);
  std::vector<double> lf(many);  // of these rows by their numbers here, which decide what layers draw for them
  scorer.log_prob(xd.data(), cd.data(), static_cast<int>(many), lf.data(), nullptr);
  std::vector<double> deltas = log_prob_f64(file, xd.data(), cd.data(), static_cast<int>(many), threads);
  for (std::size_t i = 0; i < many; ++i)
    deltas[i] = deltas[i] == lf[i] ? 0 : std::abs(deltas[i] - lf[i]) / std::max(1.0, std::abs(deltas[i]));
  lines.push_back({fmt::format("float against double log p, median of {} rows", many), quantile(deltas, 0.5)});
  lines.push_back({"float against double log p, 99 %", quantile(deltas, 0.99), kFloat});
  lines.push_back({"float against double log p, worst", quantile(deltas, 1)});
  return lines;
}

std::string check_text(const std::vector<CheckLine>& lines, bool json) {
  Json list = Json::array();
  std::string text = fmt::format("{:<52} {:>9} {:>7}\n", "check", "value", "limit");
  for (const CheckLine& line : lines) {
    const std::string limit = line.limit > 0 ? fmt::format("{:.0e}", line.limit) : "";
    const char* const verdict = line.limit == 0 ? "" : line.failed() ? "FAILED" : "ok";
    list.push_back({{"check", line.what},
                    {"value", line.value},
                    {"limit", line.limit > 0 ? Json(line.limit) : Json()},
                    {"ok", !line.failed()}});
    std::string row = fmt::format("{:<52} {:>9.2g} {:>7} {}", line.what, line.value, limit, verdict);
    text += row.erase(row.find_last_not_of(' ') + 1) + '\n';
  }
  return json ? list.dump() + "\n" : text;
}

std::vector<CheckLine> check_model(const Cli& cli, const Model& model, const std::string& file) {
  const Rows rows =
      cli.operands().size() > 1 ? read_rows(cli, model, cli.operands()[1]) : own_samples(model, cli.threads());
  cli.warn_unused();
  return check_model(model, bytes(file), rows.x, rows.c, cli.threads());
}

}  // namespace nf::cli
