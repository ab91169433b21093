#include "nf/compare/summary.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <span>

namespace nf::compare {
namespace {

constexpr double kLow = -50;  // nats; rows below it are counted

struct Moments {
  double mean, error;
};

Moments moments(std::span<const double> values) {
  const auto n = static_cast<double>(values.size());
  const double mean = std::accumulate(values.begin(), values.end(), 0.0) / n;
  double squares = 0;
  for (const double value : values) squares += (value - mean) * (value - mean);
  return {mean, std::sqrt(squares / std::max(1.0, n - 1) / n)};
}

Json finite_or_null(double value) { return std::isfinite(value) ? Json(value) : Json(); }

}  // namespace

void Summary::add(const std::vector<double>& log_probs, const std::vector<std::uint64_t>& records) {
  for (std::size_t i = 0; i < log_probs.size(); ++i) {
    if (std::isnan(log_probs[i])) continue;
    if (values_.empty() || log_probs[i] < worst_) worst_ = log_probs[i], worst_row_ = records[i] + 1;
    values_.push_back(log_probs[i]);
  }
}

void Summary::add_error(const std::vector<double>& errors) {
  for (const double e : errors)
    if (std::isfinite(e)) error_squares_ += e * e, ++error_rows_;
}

void Summary::add_spread(const std::vector<double>& spread) {
  for (const double s : spread)
    if (std::isfinite(s)) spreads_ += s, ++spread_rows_;
}

Json Summary::json(double unit, std::uint64_t bad_rows) const {
  std::vector<double> values = values_;
  const std::size_t tail = (values.size() + 999) / 1000;  // 0.1 %, rounded up, but never all
  const auto last = static_cast<std::ptrdiff_t>(values.size() - 1), cut = static_cast<std::ptrdiff_t>(tail);
  std::nth_element(values.begin(), values.begin() + cut - 1, values.end());
  std::nth_element(values.begin() + std::min(cut, last), values.begin() + std::max(last - cut, std::min(cut, last)),
                   values.end());
  const std::span<const double> above = std::span(values).subspan(values.size() > 1 ? tail : 0);
  const std::span<const double> between = values.size() > 2 ? above.first(above.size() - tail) : std::span(values);
  const Moments all = moments(values_), lower = moments(above), both = moments(between);
  Json json = {{"rows", values.size()},
               {"bad_rows", bad_rows},
               {"unit", unit == 1 ? "nats" : "bits per dimension"},
               {"mean", finite_or_null(all.mean * unit)},
               {"standard_error", finite_or_null(all.error * std::abs(unit))},
               {"lower_trimmed_mean", finite_or_null(lower.mean * unit)},
               {"lower_trimmed_error", finite_or_null(lower.error * std::abs(unit))},
               {"lower_trimmed_bias", finite_or_null((lower.mean - all.mean) * unit)},
               {"two_sided_trimmed_mean", finite_or_null(both.mean * unit)},
               {"two_sided_trimmed_error", finite_or_null(both.error * std::abs(unit))},
               {"worst_row", worst_row_},
               {"worst", finite_or_null(worst_ * unit)},
               {"below_-50_nats", std::count_if(values.begin(), values.end(), [](double v) { return v < kLow; })}};
  if (spread_rows_ > 0) json["draw_spread"] = spreads_ / static_cast<double>(spread_rows_) * std::abs(unit);
  if (error_rows_ > 0)
    json["row_error"] = std::sqrt(error_squares_ / static_cast<double>(error_rows_)) * std::abs(unit);
  return json;
}

}  // namespace nf::compare
