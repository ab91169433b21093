#include "nf/data/measure.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "nf/core/constants.h"

namespace nf {
inline namespace NF_PRECISION {
namespace {

constexpr std::size_t kMostSorted = 10000;  // values that quantiles are taken from
// A standard deviation this much larger than the middle 98 % or the middle half are wide (in standard deviations that a
// normal column of that width has) is that of a few wild values. The second is where float's digits end: the wild ones
// may be many, but the others are all one number.
constexpr double kWildFew = 1e3, kWildMany = 1e6;
constexpr double kMiddle98 = 4.6527, kMiddleHalf = 1.3490;  // widths of a standard normal

// What the values of positive weight have in common: value / unit is neither too large nor too small to be squared.
struct Range {
  double least = INFINITY, most = -INFINITY, weights = 0;
  double unit() const { return std::max(std::abs(least), std::abs(most)); }
};

Range range_of(const Sample& table, std::size_t j, const std::vector<std::size_t>& rows) {
  Range range;
  for (const std::size_t r : rows) {
    const double w = table.weight(r), value = table.row(r)[j];
    if (w == 0) continue;
    range.weights += w;
    range.least = std::min(range.least, value);
    range.most = std::max(range.most, value);
  }
  if (range.weights == 0) throw Error("all weights of the training rows are 0");
  return range;
}

// Mean and standard deviation in units of `unit`.
Column moments(const Sample& table, std::size_t j, const std::vector<std::size_t>& rows, double weights, double unit) {
  double sum = 0, squares = 0;
  for (const std::size_t r : rows)
    if (table.weight(r) != 0) sum += table.weight(r) * (table.row(r)[j] / unit);
  const double mean = sum / weights;
  for (const std::size_t r : rows) {
    const double from_mean = table.row(r)[j] / unit - mean;
    squares += table.weight(r) * from_mean * from_mean;
  }
  return {"", mean, std::sqrt(squares / weights)};
}

// Median and width of the middle, where the door's scale is that of a few wild values.
void narrow(const Sample& table, std::size_t j, const std::vector<std::size_t>& rows, Column& door) {
  std::vector<double> values;
  const std::size_t step = 1 + (rows.size() - 1) / kMostSorted;
  for (std::size_t i = 0; i < rows.size(); i += step)
    if (table.weight(rows[i]) != 0) values.push_back(table.row(rows[i])[j]);
  if (values.empty()) return;
  std::sort(values.begin(), values.end());
  const auto quantile = [&](double share) {
    return values[static_cast<std::size_t>(share * static_cast<double>(values.size() - 1) + 0.5)];
  };
  const double few = (quantile(0.99) - quantile(0.01)) / kMiddle98,
               many = (quantile(0.75) - quantile(0.25)) / kMiddleHalf;
  const bool is_few = few > 0 && few<door.scale / kWildFew, is_many = many> 0 && many < door.scale / kWildMany;
  if (!is_few && !is_many) return;
  door.mean = quantile(0.5);
  door.scale = is_many ? many : few;
}

// Scale 0: constant.
Column measure(const Sample& table, std::size_t j, const std::vector<std::size_t>& rows) {
  const Range range = range_of(table, j, rows);
  if (range.least == range.most) return {"", range.least, 0};
  Column door = moments(table, j, rows, range.weights, 1);
  const double square = door.scale * door.scale;
  if (!std::isfinite(square) || square < std::numeric_limits<double>::min()) {
    door = moments(table, j, rows, range.weights, range.unit());
    door.mean *= range.unit();
    door.scale *= range.unit();
  }
  narrow(table, j, rows, door);
  return door;
}

// The door of an angle: its values lie around 0 or, from 0 on, in one period.
Column circle_door(const Sample& table, std::size_t j, const std::vector<std::size_t>& rows) {
  const double period = table.period(j), slack = 1e-6 * period;  // pi rounded up is still an angle
  double least = INFINITY, most = -INFINITY;
  for (const std::size_t r : rows) {
    least = std::min(least, table.row(r)[j]);
    most = std::max(most, table.row(r)[j]);
  }
  Column door;
  door.circle = true;
  door.scale = period / kTwoPi;
  if (least >= -slack && most > period / 2 + slack) door.mean = period / 2;
  if (least < door.mean - period / 2 - slack || most > door.mean + period / 2 + slack)
    throw Error(
        fmt::format("column {}: its values, {} to {}, do not fit a period of {}", table.label(j), least, most, period));
  return door;
}

// Throws Error if the door is none that a column of numbers can go through and come back.
void check(const Column& door, const std::string& label) {
  if (!std::isfinite(door.mean) || !std::isfinite(door.scale))
    throw Error(fmt::format("column {}: its values are too large", label));
  if (door.scale > 0 && door.scale < std::numeric_limits<double>::min())
    throw Error(fmt::format("column {}: its values are too small, near {:.3g}; another unit helps", label, door.scale));
}

// Doors of columns first .. first + names.size() - 1; `kept` gets the places of those that vary.
std::vector<Column> measure_all(const std::function<void(std::size_t)>& constant, const Sample& table,
                                const std::vector<std::size_t>& rows, std::size_t first,
                                const std::vector<std::string>& names, std::vector<std::size_t>& kept) {
  std::vector<Column> doors;
  for (std::size_t j = first; j < first + names.size(); ++j) {
    Column door = table.period(j) > 0 ? circle_door(table, j, rows) : measure(table, j, rows);
    door.name = names[j - first];
    check(door, table.label(j));
    if (door.scale > 0) {
      doors.push_back(door);
      kept.push_back(j);
    } else if (constant) {
      constant(j);
    } else {
      throw ConstantColumn(fmt::format("column {} is constant ({}) in the {}training rows", table.label(j), door.mean,
                                       rows.size() < 10 ? fmt::format("{} ", rows.size()) : ""));
    }
  }
  return doors;
}

}  // namespace

Doors measure_doors(const Sample& table, const std::vector<std::size_t>& rows,
                    const std::function<void(std::size_t)>& constant) {
  if (rows.size() < 2) throw Error(fmt::format("too few rows to train on: {} of {}", rows.size(), table.rows()));
  Doors doors;
  doors.x = measure_all(constant, table, rows, 0, table.x_names, doors.x_kept);
  doors.c = measure_all(constant, table, rows, table.x_names.size(), table.c_names, doors.c_kept);
  if (doors.x.empty()) throw Error("all columns are constant");
  return doors;
}

Doors doors_as(const std::vector<Column>& x, const std::vector<Column>& c) {
  Doors doors{x, c, {}, {}};
  for (std::size_t j = 0; j < x.size(); ++j) doors.x_kept.push_back(j);
  for (std::size_t j = 0; j < c.size(); ++j) doors.c_kept.push_back(x.size() + j);
  return doors;
}

}  // namespace NF_PRECISION
}  // namespace nf
