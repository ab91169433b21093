#include "nf/doors/affine.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "nf/doors/door.h"

namespace nf {
inline namespace NF_PRECISION {
namespace {

constexpr std::size_t kMostSorted = 10000;  // values that quantiles are taken from
// A standard deviation this much larger than the middle 98 % or the middle half are wide (in standard deviations that a
// normal column of that width has) is that of a few wild values. The second is where float's digits end: the wild ones
// may be many, but the others are all one number.
constexpr double kWildFew = 1e3, kWildMany = 1e6;
constexpr double kMiddle98 = 4.6527, kMiddleHalf = 1.3490;  // widths of a standard normal

struct Moments {
  double mean, deviation;
};

// What the values of positive weight have in common: value / unit is neither too large nor too small to be squared.
struct Range {
  double least = INFINITY, most = -INFINITY, weights = 0;
  double unit() const { return std::max(std::abs(least), std::abs(most)); }
};

Range range_of(const ColumnValues& column) {
  Range range;
  for (std::size_t i = 0; i < column.values.size(); ++i) {
    if (column.weight(i) == 0) continue;
    range.weights += column.weight(i);
    range.least = std::min(range.least, column.values[i]);
    range.most = std::max(range.most, column.values[i]);
  }
  if (range.weights == 0) throw Error("all weights of the training rows are 0");
  return range;
}

// In units of `unit`.
Moments moments(const ColumnValues& column, double weights, double unit) {
  double sum = 0, squares = 0;
  for (std::size_t i = 0; i < column.values.size(); ++i)
    if (column.weight(i) != 0) sum += column.weight(i) * (column.values[i] / unit);
  const double mean = sum / weights;
  for (std::size_t i = 0; i < column.values.size(); ++i) {
    const double from_mean = column.values[i] / unit - mean;
    squares += column.weight(i) * from_mean * from_mean;
  }
  return {mean, std::sqrt(squares / weights)};
}

// Median and width of the middle, where the deviation is that of a few wild values.
void narrow(const ColumnValues& column, Moments& all) {
  std::vector<double> values;
  const std::size_t step = 1 + (column.values.size() - 1) / kMostSorted;
  for (std::size_t i = 0; i < column.values.size(); i += step)
    if (column.weight(i) != 0) values.push_back(column.values[i]);
  if (values.empty()) return;
  std::sort(values.begin(), values.end());
  const auto quantile = [&](double share) {
    return values[static_cast<std::size_t>(share * static_cast<double>(values.size() - 1) + 0.5)];
  };
  const double few = (quantile(0.99) - quantile(0.01)) / kMiddle98,
               many = (quantile(0.75) - quantile(0.25)) / kMiddleHalf;
  const bool is_few = few > 0 && few < all.deviation / kWildFew;
  const bool is_many = many > 0 && many < all.deviation / kWildMany;
  if (is_few || is_many) all = {quantile(0.5), is_many ? many : few};
}

}  // namespace

std::optional<Affine> measure_affine(const ColumnValues& column) {
  if (column.values.empty()) return std::nullopt;
  const Range range = range_of(column);
  if (range.least == range.most) return std::nullopt;
  Moments all = moments(column, range.weights, 1);
  const double square = all.deviation * all.deviation;
  if (!std::isfinite(square) || square < std::numeric_limits<double>::min()) {
    all = moments(column, range.weights, range.unit());
    all.mean *= range.unit();
    all.deviation *= range.unit();
  }
  narrow(column, all);
  if (!(std::abs(all.mean) <= Affine::kMost) || !(all.deviation <= Affine::kMost))
    throw Error(fmt::format("column {}: its values are too large", column.label));
  if (all.deviation == 0) return std::nullopt;
  if (all.deviation < Affine::kLeast)
    throw Error(fmt::format("column {}: its values are too small, near {:.3g}; another unit helps", column.label,
                            all.deviation));
  return Affine{all.mean, all.deviation};
}

}  // namespace NF_PRECISION
}  // namespace nf
