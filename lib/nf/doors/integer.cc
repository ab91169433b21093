// integer.cc -- many whole numbers, or multiples of a step: v + step (u - 1/2), u uniform, enters the door behind,
// where a density of the whole interval is learned. The probability of v is that density's integral over the interval:
// log p >= the mean over u of log density + log step. Uria, Murray, Larochelle, RNADE, 2013, arXiv:1306.0186; Theis,
// van den Oord, Bethge, A note on the evaluation of generative models, 2015, arXiv:1511.01844.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "nf/core/random.h"
#include "nf/doors/affine.h"
#include "nf/doors/door.h"

namespace nf {
inline namespace NF_PRECISION {
namespace {

// To the rounding of decimals, and of floats.
bool is_multiple(double value, double nearest, double step) {
  return std::abs(nearest - value) <= std::max(1e-6 * step, std::min(2e-7 * std::abs(value), step / 4));
}

class Integer final : public Door {
 public:
  Integer(double step, double offset, bool wide, std::shared_ptr<const Door> door)
      : step_(step), offset_(offset), wide_(wide), door_(std::move(door)) {}
  int features() const override { return door_->features(); }
  Feature feature(int i) const override { return door_->feature(i); }
  bool exact() const override { return false; }
  bool mass() const override { return true; }
  bool wide() const override { return wide_; }
  CellForm form() const override { return door_->form(); }
  Json spec() const override {
    Json spec = {{"kind", "integer"}};
    if (step_ != 1) spec["step"] = step_;
    if (offset_ != 0) spec["offset"] = offset_;
    if (wide_) spec["wide"] = true;
    spec["door"] = door_->spec();
    return spec;
  }
  void enter(const Noise& noise, const double* v, std::ptrdiff_t stride, int rows, Tile x, LogDet& ld) const override {
    alignas(64) Real u[kTile];
    double within[kTile];
    noise.uniforms(0, 1, u);
    for (int r = 0; r < kTile; ++r) {
      const double value = v[std::min(r, rows - 1) * stride];
      within[r] = value + step_ * (static_cast<double>(u[r]) - 0.5);
      ld(r) += is_multiple(value, nearest(value), step_) ? std::log(step_) : -INFINITY;
    }
    door_->enter(noise, within, 1, kTile, x, ld);
  }
  void leave(const Noise& noise, TileIn x, int rows, double* v, std::ptrdiff_t stride, LogDet& ld) const override {
    double within[kTile];
    door_->leave(noise, x, rows, within, 1, ld);
    for (int r = 0; r < rows; ++r) v[r * stride] = nearest(within[r]);
    ld -= std::log(step_);
  }

 private:
  double nearest(double v) const {
    const double k = std::round((v - offset_) / step_);
    const double per = std::round(1 / step_);  // 3 / 100 is 0.03, and 3 * 0.01 is not
    return offset_ + (step_ < 1 && std::abs(per * step_ - 1) < 1e-12 ? k / per : k * step_);
  }

  double step_, offset_;
  bool wide_;
  std::shared_ptr<const Door> door_;
};

}  // namespace

std::unique_ptr<Door> make_integer(SpecReader& spec) {
  const double step = spec.number("step", 1, Affine::kLeast, Affine::kMost),
               offset = spec.number("offset", 0, -Affine::kMost, Affine::kMost);
  const bool wide = spec.flag("wide", false);
  auto door = make_door(spec.value("door", "standardise"), spec.place() + ".door");
  if (door->features() != 1 || door->feature(0).manifold == Manifold::kLevels)
    spec.fail("'door' is not one of a number");
  return std::make_unique<Integer>(step, offset, wide, std::move(door));
}

// "step": [1], "offset": [0], "door": what is measured of the numbers.
std::unique_ptr<Door> measure_integer(SpecReader& wish, const ColumnValues& column) {
  const double step = wish.number("step", 1, Affine::kLeast, Affine::kMost),
               offset = wish.number("offset", 0, -Affine::kMost, Affine::kMost);
  double most = 0;
  for (const double v : column.values) {
    const double steps = (v - offset) / step;
    if (!is_multiple(v, offset + std::round(steps) * step, step))
      throw Error(fmt::format("column {}: {} is no multiple of {}", column.label, v, step));
    most = std::max(most, std::abs(v));
  }
  constexpr double kFloatSteps = 1e6;  // more than a float tells apart
  auto door = measure_door(wish.value("door", nullptr), column);
  return door ? std::make_unique<Integer>(step, offset, most / step > kFloatSteps, std::move(door)) : nullptr;
}

}  // namespace NF_PRECISION
}  // namespace nf
