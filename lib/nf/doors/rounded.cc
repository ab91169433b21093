// rounded.cc -- numbers that are measured, and written with so many decimals or digits: through the door behind as they
// are; back to the nearest multiple of a step, or to so many digits; to the next one where the door behind cannot
// have that, and as they are where it has neither.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "nf/doors/door.h"
#include "nf/doors/steps.h"

namespace nf {
inline namespace NF_PRECISION {
namespace {

// Multiples of a step, or, where `digits` is not 0, what so many digits can write.
struct Grid {
  Steps steps;
  std::int64_t digits = 0;

  // The step at v; 0: none is needed.
  double step(double v) const {
    if (digits == 0) return steps.size;
    constexpr double kMost = 22;  // powers of 10 that a double holds exactly
    if (v == 0 || !std::isfinite(v)) return 0;
    const double places = static_cast<double>(digits) - 1 - std::floor(std::log10(std::abs(v)));
    return std::abs(places) > kMost ? 0 : std::pow(10.0, -places);
  }
  double nearest(double v) const {
    const double at = step(v);
    return at == 0 ? v : Steps{at, steps.offset}.nearest(v);
  }
  double next(double v, double up) const { return nearest(nearest(v) + up * step(v)); }
  bool wide(double most) const { return digits == 0 ? steps.wide(most) : digits > 7; }
  void write(Json& spec) const {
    if (digits == 0) steps.write(spec);
    else spec["digits"] = digits;
  }
  static Grid read(SpecReader& spec) {
    const std::int64_t digits = spec.integer("digits", 0, 0, 15);
    return {digits > 0 ? Steps{} : Steps::read(spec), digits};
  }
};

class Rounded final : public Door {
 public:
  Rounded(Grid grid, bool wide, std::shared_ptr<const Door> door) : grid_(grid), wide_(wide), door_(std::move(door)) {}
  int features() const override { return 1; }
  Feature feature(int i) const override { return door_->feature(i); }
  bool exact() const override { return door_->exact(); }
  bool wide() const override { return wide_ || door_->wide(); }
  CellForm form() const override { return door_->form(); }
  Json spec() const override {
    Json spec = {{"kind", "rounded"}};
    grid_.write(spec);
    if (wide_) spec["wide"] = true;
    spec["door"] = door_->spec();
    return spec;
  }
  void enter(const Noise& noise, const double* v, std::ptrdiff_t stride, int rows, Tile x, LogDet& ld) const override {
    door_->enter(noise, v, stride, rows, x, ld);
  }
  void leave(const Noise& noise, TileIn x, int rows, double* v, std::ptrdiff_t stride, LogDet& ld) const override {
    double within[kTile], nearest[kTile];
    door_->leave(noise, x, rows, within, 1, ld);
    for (int r = 0; r < rows; ++r) nearest[r] = grid_.nearest(within[r]);
    const LogDet there = log_slopes(noise, nearest, rows);
    const bool all = there.isFinite().all();
    for (int r = 0; r < rows && !all; ++r)
      if (there(r) == -INFINITY) nearest[r] = grid_.next(within[r], within[r] > nearest[r] ? 1 : -1);
    const LogDet again = all ? there : log_slopes(noise, nearest, rows);
    for (int r = 0; r < rows; ++r) v[r * stride] = again(r) == -INFINITY ? within[r] : nearest[r];
  }

 private:
  LogDet log_slopes(const Noise& noise, const double* v, int rows) const {
    alignas(64) Real unused[kTile];
    LogDet ld = LogDet::Zero();
    door_->enter(noise, v, 1, rows, Tile(unused, kTile, 1), ld);
    return ld;
  }

  Grid grid_;
  bool wide_;
  std::shared_ptr<const Door> door_;
};

}  // namespace

std::unique_ptr<Door> make_rounded(SpecReader& spec) {
  const Grid grid = Grid::read(spec);
  const bool wide = spec.flag("wide", false);
  auto door = make_door(spec.value("door", "standardise"), spec.place() + ".door");
  if (door->features() != 1 || door->feature(0).manifold == Manifold::kLevels || door->mass())
    spec.fail("'door' is not one of a number that is measured");
  return std::make_unique<Rounded>(grid, wide, std::move(door));
}

// "step": [1] and "offset": [0], or "digits"; "door": what is measured of the numbers.
std::unique_ptr<Door> measure_rounded(SpecReader& wish, const ColumnValues& column) {
  const Grid grid = Grid::read(wish);
  double most = 0;
  for (const double v : column.values)
    if (!std::isnan(v)) most = std::max(most, std::abs(v));
  auto door = measure_door(wish.value("door", nullptr), column);
  return door ? std::make_unique<Rounded>(grid, grid.wide(most), std::move(door)) : nullptr;
}

}  // namespace NF_PRECISION
}  // namespace nf
