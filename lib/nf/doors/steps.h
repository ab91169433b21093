#pragma once
// Multiples of a step, which several doors count in.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "nf/core/spec.h"
#include "nf/doors/affine.h"
#include "nf/doors/door.h"

namespace nf {
inline namespace NF_PRECISION {

struct Steps {
  double size = 1, offset = 0;

  static Steps read(SpecReader& spec) {
    const double size = spec.number("step", 1, Affine::kLeast, Affine::kMost);
    return {size, spec.number("offset", 0, -Affine::kMost, Affine::kMost)};
  }
  void write(Json& spec) const {
    if (size != 1) spec["step"] = size;
    if (offset != 0) spec["offset"] = offset;
  }
  double count(double v) const { return std::round((v - offset) / size); }
  double value(double count) const {
    const double per = std::round(1 / size);  // 3 / 100 is 0.03, and 3 * 0.01 is not
    return offset + (size < 1 && std::abs(per * size - 1) < 1e-12 ? count / per : count * size);
  }
  double nearest(double v) const { return value(count(v)); }
  // To the rounding of decimals, and of floats.
  bool has(double v) const {
    return std::abs(nearest(v) - v) <= std::max(1e-6 * size, std::min(2e-7 * std::abs(v), size / 4));
  }
  // The largest size of the column's values, which have to be multiples. Throws Error.
  double most(const ColumnValues& column) const {
    double most = 0;
    for (const double v : column.values) {
      if (!has(v)) throw Error(fmt::format("column {}: {} is no multiple of {}", column.label, v, size));
      most = std::max(most, std::abs(v));
    }
    return most;
  }
  // Whether a float would lose digits of values as large as this.
  bool wide(double most) const {
    constexpr double kFloatSteps = 1e6;
    return most / size > kFloatSteps;
  }
};

}  // namespace NF_PRECISION
}  // namespace nf
