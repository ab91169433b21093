#pragma once
// x = (v - mean) / scale, which several doors begin with.
#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include "nf/core/spec.h"
#include "nf/core/types.h"

namespace nf {

struct Affine {
  double mean = 0, scale = 1;
  double log_slope = -std::log(scale);

  static constexpr double kLeast = 1e-300, kMost = 1e300;  // scales, and how far a mean may be from 0
  static Affine read(SpecReader& spec) {
    const double mean = spec.number("mean", 0, -kMost, kMost);
    return {mean, spec.number("scale", 1, kLeast, kMost)};
  }
  Json spec(const char* kind) const { return {{"kind", kind}, {"mean", mean}, {"scale", scale}}; }
  double feature(double v) const { return (v - mean) / scale; }
  double value(double x) const { return x * scale + mean; }
  // A float would lose digits that the spread needs, or could not hold the values.
  bool wide() const { return std::abs(mean) > 1e3 * scale || scale < 1e-30 || scale > 1e30; }
};

// The first number beyond a bound, towards `to`, that a float tells from it, denormal numbers left aside.
inline double next_float(double bound, double to) {
  const double up = to > bound ? 1 : -1, least = up * static_cast<double>(std::numeric_limits<float>::min());
  const auto narrow = static_cast<float>(bound);
  const double next = std::nextafter(narrow, static_cast<float>(up) * std::numeric_limits<float>::infinity());
  return up > 0 ? std::max(next, bound + least) : std::min(next, bound + least);
}

inline namespace NF_PRECISION {

struct ColumnValues;

// Mean and standard deviation, weighted, unless a few values are so far out that float could no longer tell the others
// apart: then the median, and a width of the middle. None where the values do not vary; throws Error where they are too
// large or too small.
std::optional<Affine> measure_affine(const ColumnValues& column);

}  // namespace NF_PRECISION
}  // namespace nf
