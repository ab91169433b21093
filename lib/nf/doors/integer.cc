// integer.cc -- many whole numbers, or multiples of a step: v + step (u - 1/2), u uniform, enters the door behind,
// where a density of the whole interval is learned. The probability of v is that density's integral over the interval:
// log p >= the mean over u of log density + log step. Uria, Murray, Larochelle, RNADE, 2013, arXiv:1306.0186; Theis,
// van den Oord, Bethge, A note on the evaluation of generative models, 2015, arXiv:1511.01844.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "nf/core/random.h"
#include "nf/doors/door.h"
#include "nf/doors/steps.h"

namespace nf {
inline namespace NF_PRECISION {
namespace {

class Integer final : public Door {
 public:
  Integer(Steps steps, bool wide, std::shared_ptr<const Door> door)
      : steps_(steps), wide_(wide), door_(std::move(door)) {}
  int features() const override { return door_->features(); }
  Feature feature(int i) const override { return door_->feature(i); }
  bool exact() const override { return false; }
  bool mass() const override { return true; }
  bool wide() const override { return wide_; }
  CellForm form() const override { return door_->form(); }
  Json spec() const override {
    Json spec = {{"kind", "integer"}};
    steps_.write(spec);
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
      within[r] = value + steps_.size * (static_cast<double>(u[r]) - 0.5);
      ld(r) += steps_.has(value) ? std::log(steps_.size) : -INFINITY;
    }
    door_->enter(noise, within, 1, kTile, x, ld);
  }
  void leave(const Noise& noise, TileIn x, int rows, double* v, std::ptrdiff_t stride, LogDet& ld) const override {
    double within[kTile];
    door_->leave(noise, x, rows, within, 1, ld);
    for (int r = 0; r < rows; ++r) v[r * stride] = steps_.nearest(within[r]);
    ld -= std::log(steps_.size);
  }

 private:
  Steps steps_;
  bool wide_;
  std::shared_ptr<const Door> door_;
};

}  // namespace

std::unique_ptr<Door> make_integer(SpecReader& spec) {
  const Steps steps = Steps::read(spec);
  const bool wide = spec.flag("wide", false);
  auto door = make_door(spec.value("door", "standardise"), spec.place() + ".door");
  if (door->features() != 1 || door->feature(0).manifold == Manifold::kLevels)
    spec.fail("'door' is not one of a number");
  return std::make_unique<Integer>(steps, wide, std::move(door));
}

// "step": [1], "offset": [0], "door": what is measured of the numbers.
std::unique_ptr<Door> measure_integer(SpecReader& wish, const ColumnValues& column) {
  const Steps steps = Steps::read(wish);
  const double most = steps.most(column);
  auto door = measure_door(wish.value("door", nullptr), column);
  return door ? std::make_unique<Integer>(steps, steps.wide(most), std::move(door)) : nullptr;
}

}  // namespace NF_PRECISION
}  // namespace nf
