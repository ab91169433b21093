#pragma once
// x = (v - mean) / scale, which several doors begin with.
#include <cmath>

#include "nf/core/spec.h"

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

}  // namespace nf
