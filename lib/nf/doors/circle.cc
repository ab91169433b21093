// circle.cc -- an angle: x = (v - mean) / scale, taken into (-pi, pi]. The period is 2 pi scale around mean.
#include <fmt/format.h>

#include "nf/doors/affine.h"
#include "nf/doors/door.h"

namespace nf {
inline namespace NF_PRECISION {
namespace {

class Circle final : public ScalarDoor<Circle> {
 public:
  explicit Circle(const Affine& affine) : affine_(affine) {}
  Feature feature(int) const override { return {Manifold::kCircle}; }
  bool wide() const override { return affine_.wide(); }
  Json spec() const override { return affine_.spec("circle"); }

  double feature_of(double v) const { return inside(affine_.feature(v)); }
  // The value, and its rounding to float, lie within the period: (mean - pi scale, mean + pi scale].
  double value(double x) const {
    const double low = affine_.value(-kPi), high = affine_.value(kPi), v = affine_.value(inside(x));
    const auto narrow = static_cast<float>(v);
    if (static_cast<double>(narrow) > high) return static_cast<double>(std::nextafter(narrow, -INFINITY));
    if (!(static_cast<double>(narrow) > low)) return static_cast<double>(std::nextafter(narrow, INFINITY));
    return v;
  }
  double log_slope(double) const { return affine_.log_slope; }

 private:
  static double inside(double angle) { return angle - 2 * kPi * std::ceil((angle - kPi) / (2 * kPi)); }

  Affine affine_;
};

}  // namespace

std::unique_ptr<Door> make_circle(SpecReader& spec) { return std::make_unique<Circle>(Affine::read(spec)); }

// "period": [2 pi]. The values lie around 0 or, from 0 on, in one period.
std::unique_ptr<Door> measure_circle(SpecReader& wish, const ColumnValues& column) {
  const double period = wish.number("period", kTwoPi, 10 * Affine::kLeast, Affine::kMost);
  const double slack = 1e-6 * period;  // pi rounded up is still an angle
  const auto [least, most] = std::minmax_element(column.values.begin(), column.values.end());
  const double mean = *least >= -slack && *most > period / 2 + slack ? period / 2 : 0;
  if (*least < mean - period / 2 - slack || *most > mean + period / 2 + slack)
    throw Error(
        fmt::format("column {}: its values, {} to {}, do not fit a period of {}", column.label, *least, *most, period));
  return std::make_unique<Circle>(Affine{mean, period / kTwoPi});
}

}  // namespace NF_PRECISION
}  // namespace nf
