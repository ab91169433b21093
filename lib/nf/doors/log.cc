// log.cc -- a number with a long tail on one side: x = sign (log(sign (v - from)) - mean) / scale. Values on the other
// side of `from` cannot be.
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

class Log final : public ScalarDoor<Log> {
 public:
  Log(const Affine& affine, double from, bool below) : affine_(affine), from_(from), sign_(below ? -1 : 1) {}
  // The step from `from` to the usual value is what float has to resolve.
  bool wide() const override {
    return std::abs(from_) > 1e3 * std::exp(affine_.mean) || std::abs(affine_.mean) > 70 || affine_.wide();
  }
  Json spec() const override {
    Json spec = affine_.spec("log");
    if (from_ != 0) spec["from"] = from_;
    if (sign_ < 0) spec["below"] = true;
    return spec;
  }

  double feature_of(double v) const {
    return away(v) <= 0 ? 0 : sign_ * affine_.feature(std::log(away(v)));
  }  // NaN stays
  double value(double x) const {
    // Far out in a tail there are numbers that no column holds.
    const double most = wide() ? std::numeric_limits<double>::max() : std::numeric_limits<float>::max() / 2;
    const double v = from_ + sign_ * std::min(std::exp(affine_.value(sign_ * x)), most);
    const double next = wide() ? std::nextafter(from_ + sign_ * std::numeric_limits<double>::min(), sign_ * INFINITY)
                               : next_float(from_, sign_ * INFINITY);
    return away(v) < away(next) ? next : v;
  }
  double log_slope(double v) const { return away(v) <= 0 ? -INFINITY : affine_.log_slope - std::log(away(v)); }

 private:
  double away(double v) const { return sign_ * (v - from_); }

  Affine affine_;
  double from_, sign_;
};

}  // namespace

std::unique_ptr<Door> make_log(SpecReader& spec) {
  const Affine affine = Affine::read(spec);
  const double from = spec.number("from", 0, -Affine::kMost, Affine::kMost);
  return std::make_unique<Log>(affine, from, spec.flag("below", false));
}

// "from": [0], "below": values lie below it.
std::unique_ptr<Door> measure_log(SpecReader& wish, const ColumnValues& column) {
  const double from = wish.number("from", 0, -Affine::kMost, Affine::kMost);
  const bool below = wish.flag("below", false);
  const std::optional<Affine> affine = measure_affine(column.map([&](double v) {
    const double away = below ? from - v : v - from;
    if (!(away > 0))
      throw Error(fmt::format("column {}: {} is not {} {}, and the door log was asked for", column.label, v,
                              below ? "below" : "above", from));
    return std::log(away);
  }));
  return affine ? std::make_unique<Log>(*affine, from, below) : nullptr;
}

}  // namespace NF_PRECISION
}  // namespace nf
