#include "distill_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <functional>
#include <numeric>

#include "compare.h"
#include "nf/model/scorer.h"
#include "summary.h"

namespace nf::cli {
namespace {

constexpr double kControlTemperature = 0.9;
constexpr const char* kControl = "teacher_at_temperature_0.9";

// Rows in data units; without weights, which tables of samples do not have.
struct Rows {
  std::vector<double> x, c;
  std::vector<double> lp;  // of the model that drew them
  std::int64_t count = 0;
};

Rows held_out(const TrainingData& data, const Model& model) {
  return {leave_rows(model.columns, data.valid.x), leave_rows(model.context, data.valid.c), {}, data.valid.x.rows()};
}

// `count` rows of the contexts, evenly from all over the table, which may be sorted.
std::vector<double> spread(const std::vector<double>& contexts, std::size_t width, std::int64_t count) {
  const auto n = static_cast<std::size_t>(count);
  std::vector<double> values(width * n);
  for (std::size_t i = 0; i < values.size(); ++i)
    values[i] = contexts[i / width * (contexts.size() / width) / n * width + i % width];
  return values;
}

Rows draw(const Model& model, const std::vector<double>& contexts, std::int64_t count, std::uint64_t seed,
          const ReportOptions& options, double temperature = 1) {
  Rows rows;
  rows.count = count;
  rows.c = spread(contexts, model.context.size(), count);
  rows.x.resize(model.columns.size() * static_cast<std::size_t>(count));
  rows.lp.resize(count);
  Scorer(model, options.threads)
      .sample(seed, 0, rows.c.data(), static_cast<int>(count), temperature, rows.x.data(), rows.lp.data());
  return rows;
}

std::vector<double> log_prob(const Model& model, const Rows& rows, const ReportOptions& options) {
  std::vector<double> lp(rows.count);
  Scorer(model, options.threads)
      .log_prob(rows.x.data(), rows.c.data(), static_cast<int>(rows.count), lp.data(), nullptr);
  return lp;
}

Json likelihood(const Model& model, const Rows& rows, const ReportOptions& options) {
  Summary summary;
  std::vector<std::uint64_t> records(rows.count);
  std::iota(records.begin(), records.end(), 0);
  summary.add(log_prob(model, rows, options), records);
  return summary.json(1, 0);
}

Json divergence(const Model& teacher, const Rows& student_rows, const ReportOptions& options) {
  const std::vector<double> lp = log_prob(teacher, student_rows, options);
  double sum = 0, squares = 0;
  for (std::size_t r = 0; r < lp.size(); ++r) {
    const double difference = student_rows.lp[r] - lp[r];
    sum += difference;
    squares += difference * difference;
  }
  const auto n = static_cast<double>(lp.size());
  const double mean = sum / n;
  return {{"mean", mean}, {"error", std::sqrt(std::max(0.0, squares / n - mean * mean) / n)}, {"rows", lp.size()}};
}

// Columns and context side by side, without the rows that overflowed.
std::vector<double> joined(const Rows& rows) {
  const std::size_t n = static_cast<std::size_t>(rows.count), dim = rows.x.size() / n, context = rows.c.size() / n;
  std::vector<double> values;
  for (std::size_t r = 0; r < n; ++r) {
    const auto row = rows.x.begin() + static_cast<std::ptrdiff_t>(r * dim);
    if (!std::all_of(row, row + static_cast<std::ptrdiff_t>(dim), [](double v) { return std::isfinite(v); })) continue;
    values.insert(values.end(), row, row + static_cast<std::ptrdiff_t>(dim));
    const auto c = rows.c.begin() + static_cast<std::ptrdiff_t>(r * context);
    values.insert(values.end(), c, c + static_cast<std::ptrdiff_t>(context));
  }
  return values;
}

Json classifier(const Rows& a, const Rows& b, const ReportOptions& options) {
  const std::vector<double> va = joined(a), vb = joined(b);
  const auto width = static_cast<int>((a.x.size() + a.c.size()) / static_cast<std::size_t>(a.count));
  const auto view = [&](const std::vector<double>& v) {
    return compare::TableView{v.data(), static_cast<Eigen::Index>(v.size()) / width, width};
  };
  Pool pool(options.threads);
  compare::ClassifierOptions settings;
  settings.seed = options.seed;
  const compare::ClassifierResult result = compare::classifier_two_sample(view(va), view(vb), settings, pool);
  return classifier_json(result);
}

// P(|t z|^2 < |z'|^2) for standard normal z and z' of `dim` columns: their lengths are all that tells the temperature.
// tan of the angle whose sine and cosine have the densities' product sin^(dim - 1) cos^(dim - 1) is |z| / |z'|.
double best_auc(int dim, double temperature) {
  constexpr int kPoints = 4000;
  constexpr double kQuarter = 1.5707963267948966;
  double below = 0, all = 0;
  for (int i = 0; i < kPoints; ++i) {
    const double angle = kQuarter * (i + 0.5) / kPoints;
    const double density = std::pow(std::sin(2 * angle), dim - 1);
    all += density;
    if (std::tan(angle) < 1 / temperature) below += density;
  }
  return below / all;
}

// Rows a second of something that does `rows` of them.
double rate(std::int64_t rows, const std::function<void()>& work) {
  using Clock = std::chrono::steady_clock;
  constexpr double kLeast = 0.15;
  work();  // memory is there, threads have started
  const Clock::time_point begin = Clock::now();
  double seconds = 0;
  std::int64_t done = 0;
  for (; seconds < kLeast; seconds = std::chrono::duration<double>(Clock::now() - begin).count()) {
    work();
    done += rows;
  }
  return static_cast<double>(done) / seconds;
}

// The teacher in one pass and, as a library without such a pass would do it, with a whole density pass for each column.
Json speeds(const Model& teacher, const Model& student, const std::vector<double>& contexts, std::uint64_t seed) {
  Json list = Json::array();
  for (const int threads : {1, 2}) {
    Scorer slow(teacher, threads), fast(student, threads);
    for (const int batch : {1, 100, 10000}) {
      const std::vector<double> c = spread(contexts, teacher.context.size(), batch);
      std::vector<double> x(teacher.columns.size() * static_cast<std::size_t>(batch)), lp(batch);
      const auto sampling = [&](Scorer& scorer) {
        return rate(batch, [&] { scorer.sample(seed, 0, c.data(), batch, 1, x.data(), nullptr); });
      };
      const double one_pass = sampling(slow), pupil = sampling(fast);
      const double passes = rate(batch, [&] { slow.log_prob(x.data(), c.data(), batch, lp.data(), nullptr); });
      list.push_back({{"threads", threads},
                      {"batch", batch},
                      {"teacher_column_by_column", passes / static_cast<double>(teacher.columns.size())},
                      {"teacher", one_pass},
                      {"student", pupil}});
    }
  }
  return list;
}

std::string verdict(const Json& json) {
  std::string text = fmt::format("{:.4f} ± {:.4f}", json["auc"].get<double>(), json["auc_error"].get<double>());
  if (json.contains("best_possible_auc"))
    text += fmt::format(", the teacher at temperature {}: {:.4f} at best", kControlTemperature,
                        json["best_possible_auc"].get<double>());
  return text;
}

}  // namespace

Json distill_report(const Model& teacher, const Model& student, const TrainingData& data,
                    const ReportOptions& options) {
  const Rows rows = held_out(data, teacher);
  const Rows from_teacher = draw(teacher, rows.c, options.rows, options.seed + 1, options);
  const Rows from_student = draw(student, rows.c, options.rows, options.seed + 2, options);
  Json report;
  report["kl"] = divergence(teacher, from_student, options);
  report["held_out"] = {{"rows", rows.count},
                        {"of", options.from_data ? "DATA" : "the teacher"},
                        {"teacher", likelihood(teacher, rows, options)},
                        {"student", likelihood(student, rows, options)}};
  Json& auc = report["classifier"];
  auc["student_teacher"] = classifier(from_student, from_teacher, options);
  if (options.from_data && rows.count >= 100) {
    auc["student_data"] = classifier(from_student, rows, options);
    auc["teacher_data"] = classifier(from_teacher, rows, options);
  }
  // Shows how much the classifier sees of what is there to be seen: the noise's lengths tell the two apart.
  if (teacher.flow.base().scalable()) {
    Json& control = auc[kControl];
    control = classifier(draw(teacher, rows.c, options.rows, options.seed + 3, options, kControlTemperature),
                         from_teacher, options);
    control["best_possible_auc"] = best_auc(teacher.flow.dim(), kControlTemperature);
  }
  report["rows_per_second"] = speeds(teacher, student, rows.c, options.seed);
  return report;
}

std::string report_text(const Json& report) {
  const Json& held_out = report["held_out"];
  std::string text =
      fmt::format("KL(student||teacher)      {:.4f} ± {:.4f} nats, {} fresh rows\n", report["kl"]["mean"].get<double>(),
                  report["kl"]["error"].get<double>(), report["kl"]["rows"].get<std::int64_t>());
  for (const char* who : {"teacher", "student"})
    text += fmt::format(
        "{} log-likelihood    {:.4f} ± {:.4f} without the lowest 0.1 %, {:.4f} in all, on {} held-out rows "
        "of {}\n",
        who, held_out[who]["lower_trimmed_mean"].get<double>(), held_out[who]["lower_trimmed_error"].get<double>(),
        held_out[who]["mean"].get<double>(), held_out["rows"].get<std::int64_t>(), held_out["of"].get<std::string>());
  const std::pair<const char*, const char*> verdicts[] = {
      {"student_teacher", "AUC student, teacher"},
      {"student_data", "AUC student, data"},
      {"teacher_data", "AUC teacher, data"},
      {kControl, "AUC control"},
  };
  for (const auto& [key, label] : verdicts)
    if (report["classifier"].contains(key))
      text += fmt::format("{:<25} {}\n", label, verdict(report["classifier"][key]));
  text += fmt::format("{:<25} {:>7} {:>7} {:>18} {:>10} {:>10}\n", "samples, rows/s", "threads", "batch",
                      "column by column", "teacher", "student");
  for (const Json& row : report["rows_per_second"])
    text += fmt::format("{:<25} {:>7} {:>7} {:>18.3g} {:>10.3g} {:>10.3g}\n", "", row["threads"].get<int>(),
                        row["batch"].get<int>(), row["teacher_column_by_column"].get<double>(),
                        row["teacher"].get<double>(), row["student"].get<double>());
  text.pop_back();
  return text;
}

}  // namespace nf::cli
