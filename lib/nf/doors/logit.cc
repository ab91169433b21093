// logit.cc -- a number between bounds: x = (logit((v - low) / (high - low)) - mean) / scale. Values on the bounds or
// beyond cannot be.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include "nf/doors/affine.h"
#include "nf/doors/door.h"

namespace nf {
inline namespace NF_PRECISION {
namespace {

struct Bounds {
  double low = 0, high = 1;
  double range() const { return high - low; }
  bool holds(double v) const { return v > low && v < high; }
  // Each side by itself: 1 - 1e-20 is 1.
  double logit(double v) const { return std::log((v - low) / (high - v)); }
  double log_slope(double v) const { return std::log(range()) - std::log(v - low) - std::log(high - v); }
  // The value, and its rounding to float, lie between the bounds.
  double value(double t) const {
    const double v = t < 0 ? low + range() / (1 + std::exp(-t)) : high - range() / (1 + std::exp(t));
    const double least = next_float(low, high), most = next_float(high, low);
    return inside(least < most ? std::clamp(v, least, most) : v);
  }

 private:
  double inside(double v) const { return std::clamp(v, std::nextafter(low, high), std::nextafter(high, low)); }
};

Bounds read_bounds(SpecReader& spec) {
  const double low = spec.number("low", 0, -Affine::kMost, Affine::kMost),
               high = spec.number("high", 1, -Affine::kMost, Affine::kMost);
  if (!(std::nextafter(low, high) < high)) spec.fail("'low' is not below 'high'");
  return {low, high};
}

class Logit final : public ScalarDoor<Logit> {
 public:
  Logit(const Affine& affine, const Bounds& bounds) : affine_(affine), bounds_(bounds) {}
  bool wide() const override {
    return std::max(std::abs(bounds_.low), std::abs(bounds_.high)) > 1e3 * bounds_.range() || affine_.wide();
  }
  Json spec() const override {
    Json spec = affine_.spec("logit");
    spec["low"] = bounds_.low;
    spec["high"] = bounds_.high;
    return spec;
  }

  double feature_of(double v) const {
    return bounds_.holds(v) ? affine_.feature(bounds_.logit(v)) : std::isnan(v) ? v : 0;
  }
  double value(double x) const { return bounds_.value(affine_.value(x)); }
  double log_slope(double v) const { return bounds_.holds(v) ? affine_.log_slope + bounds_.log_slope(v) : -INFINITY; }

 private:
  Affine affine_;
  Bounds bounds_;
};

}  // namespace

std::unique_ptr<Door> make_logit(SpecReader& spec) {
  const Affine affine = Affine::read(spec);
  return std::make_unique<Logit>(affine, read_bounds(spec));
}

// "low", "high": [0 and 1].
std::unique_ptr<Door> measure_logit(SpecReader& wish, const ColumnValues& column) {
  const Bounds bounds = read_bounds(wish);
  const std::optional<Affine> affine = measure_affine(column.map([&](double v) {
    if (!bounds.holds(v))
      throw Error(fmt::format("column {}: {} is not between {} and {}, as the door logit needs", column.label, v,
                              bounds.low, bounds.high));
    return bounds.logit(v);
  }));
  return affine ? std::make_unique<Logit>(*affine, bounds) : nullptr;
}

}  // namespace NF_PRECISION
}  // namespace nf
