#include "nf/compare/distill_report.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <functional>
#include <numeric>

#include "nf/compare/classifier.h"
#include "nf/compare/summary.h"
#include "nf/model/scorer.h"

namespace nf::compare {
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
    return TableView{v.data(), static_cast<Eigen::Index>(v.size()) / width, width};
  };
  Pool pool(options.threads);
  ClassifierOptions settings;
  settings.seed = options.seed;
  const ClassifierResult result = classifier_two_sample(view(va), view(vb), settings, pool);
  return to_json(result);
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
    control["temperature"] = kControlTemperature;
    control["best_possible_auc"] = best_auc(teacher.flow.dim(), kControlTemperature);
  }
  report["rows_per_second"] = speeds(teacher, student, rows.c, options.seed);
  return report;
}

}  // namespace nf::compare
