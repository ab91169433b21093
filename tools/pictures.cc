#include "pictures.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>

#include "nf/model/scorer.h"
#include "same_file.h"
#include "tables.h"

namespace nf::cli {
namespace {

constexpr std::size_t kMostSamples = 20000;

void score(Scorer& scorer, const Model& model, std::uint64_t seed, ScoredRows& rows) {
  const std::size_t dim = model.columns.size(), noise_dim = model.flow.noise_dim(), context = model.context.size();
  const std::size_t kept = std::min(noise_dim, kMostNoise);
  rows.count = rows.rows.x.size() / dim;
  rows.log_prob.resize(rows.count);
  constexpr std::size_t kBlock = 1 << 14;
  std::vector<double> noise(kBlock * noise_dim);
  for (std::size_t first = 0; first < rows.count; first += kBlock) {
    const std::size_t n = std::min(kBlock, rows.count - first);
    scorer.log_prob(rows.rows.x.data() + first * dim, rows.rows.c.data() + first * context, static_cast<int>(n),
                    rows.log_prob.data() + first, noise.data(), {seed, first});
    for (std::size_t r = 0; r < n; ++r) std::copy_n(noise.data() + r * noise_dim, kept, std::back_inserter(rows.noise));
  }
}

}  // namespace

ShownRows shown_rows(const Cli& cli, const Model& model, const std::string& what) {
  ShownRows shown{.data = {}, .samples = {}, .seed = cli.seed()};
  const bool has_data = cli.operands().size() > 1;
  if (!has_data && !model.context.empty())
    throw UsageError(what + ": the model is conditional: DATA with its columns is needed");
  Scorer scorer(model, cli.threads());
  if (has_data) {
    shown.data.rows = read_rows(cli, model, cli.operands()[1]);
    score(scorer, model, shown.seed, shown.data);
  }
  const std::size_t all = shown.data.count, count = has_data ? std::min(all, kMostSamples) : kMostSamples;
  const std::size_t context = model.context.size();
  Rows& rows = shown.samples.rows;
  for (std::size_t r = 0; r < count && context > 0; ++r)  // from all over the table
    std::copy_n(shown.data.rows.c.data() + r * all / count * context, context, std::back_inserter(rows.c));
  rows.x.resize(count * model.columns.size());
  scorer.sample(shown.seed, 0, rows.c.data(), static_cast<int>(count), 1, rows.x.data(), nullptr);
  score(scorer, model, shown.seed, shown.samples);
  return shown;
}

void set_legend(PlotValues& values, const ShownRows& rows) {
  values.set("has_data", rows.data.count > 0);
  values.set("data_label", fmt::format("data, {} rows", rows.data.count));
  values.set("samples_label", fmt::format("samples, {} rows", rows.samples.count));
}

// One of `$bars`: the bins' left edges and both shares.
std::string bars(double low, double width, const std::vector<double>& a, const std::vector<double>& b) {
  std::string lines;
  for (std::size_t i = 0; i < b.size(); ++i)
    lines += fmt::format("{:.15g} {:.5g} {:.5g}\n", low + static_cast<double>(i) * width, a.empty() ? 0 : a[i], b[i]);
  return lines + fmt::format("{:.15g} 0 0\n\n\n", low + static_cast<double>(b.size()) * width);
}

std::string percent(double share) {
  return share < 0.0995 ? fmt::format("{:.2g} %", 100 * share) : fmt::format("{:.0f} %", 100 * share);
}

int bins_for(std::size_t rows) {
  return std::clamp(static_cast<int>(std::lround(1.6 * std::cbrt(static_cast<double>(rows)))), 12, 48);
}

void plot(const Cli& cli) {
  const std::string path = cli.text("plot");
  const PictureKind kind = picture_kind(path);
  const std::vector<std::string>& operands = cli.operands();
  const std::vector<std::string> logs = cli.list("curves");
  if (logs.empty() && operands.empty()) throw UsageError("--plot: a MODEL is needed, or --curves LOG");
  if (!logs.empty() && !operands.empty()) throw UsageError("--curves: draws no MODEL; --report has both");
  std::vector<std::string> inputs = operands;
  inputs.insert(inputs.end(), logs.begin(), logs.end());
  cli.claim_stdin(inputs);
  refuse_same_files({{"--plot", path}}, inputs);
  require_gnuplot("--plot");
  Output out(path);
  const auto finish = [&](const Picture& picture) {
    cli.warn_unused();
    out.write(draw(picture, kind));
    out.commit();
  };
  if (!logs.empty()) return finish(curves_picture(logs));
  const std::string of = cli.text("of");
  const Model model = load(operands[0]);
  const ShownRows rows = shown_rows(cli, model, "--plot");
  finish(of == "latent"    ? latent_picture(cli, model, rows)
         : of == "logprob" ? log_prob_picture(model, rows)
         : of == "paths"   ? paths_picture(cli, model, rows)
                           : corner_picture(cli, model, rows));
}

}  // namespace nf::cli
