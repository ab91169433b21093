// remainder.cc -- counts of a step that have a rhythm: days and the time of day, numbers that often end in 0 or in 99.
// v is `per` k + r steps, 0 <= r < per; k through one door, r through another, both as whole numbers.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "nf/core/random.h"
#include "nf/doors/door.h"
#include "nf/doors/steps.h"

namespace nf {
inline namespace NF_PRECISION {
namespace {

class Remainder final : public Door {
 public:
  Remainder(Steps steps, double per, bool wide, std::shared_ptr<const Door> whole, std::shared_ptr<const Door> rest)
      : steps_(steps), per_(per), wide_(wide), whole_(std::move(whole)), rest_(std::move(rest)) {}
  int features() const override { return whole_->features() + rest_->features(); }
  Feature feature(int i) const override {
    return i < whole_->features() ? whole_->feature(i) : rest_->feature(i - whole_->features());
  }
  bool exact() const override { return whole_->exact() && rest_->exact(); }
  bool mass() const override { return true; }
  bool wide() const override { return wide_; }
  Json spec() const override {
    Json spec = {{"kind", "remainder"}, {"per", per_}};
    steps_.write(spec);
    if (wide_) spec["wide"] = true;
    spec["whole"] = whole_->spec();
    spec["left"] = rest_->spec();
    return spec;
  }
  void enter(const Noise& noise, const double* v, std::ptrdiff_t stride, int rows, Tile x, LogDet& ld) const override {
    double whole[kTile], rest[kTile];
    for (int r = 0; r < kTile; ++r) {
      const double value = v[std::min(r, rows - 1) * stride], count = steps_.count(value);
      whole[r] = std::isnan(value) ? value : std::floor(count / per_);  // the cell that it is
      rest[r] = std::isnan(value) ? value : count - per_ * whole[r];
      if (!std::isnan(value) && !steps_.has(value)) ld(r) = -INFINITY;
    }
    whole_->enter(of_part(noise, 0), whole, 1, kTile, columns(x, 0, whole_->features()), ld);
    rest_->enter(of_part(noise, 1), rest, 1, kTile, columns(x, whole_->features(), rest_->features()), ld);
  }
  void leave(const Noise& noise, TileIn x, int rows, double* v, std::ptrdiff_t stride, LogDet& ld) const override {
    double whole[kTile], rest[kTile];
    whole_->leave(of_part(noise, 0), columns(x, 0, whole_->features()), rows, whole, 1, ld);
    rest_->leave(of_part(noise, 1), columns(x, whole_->features(), rest_->features()), rows, rest, 1, ld);
    for (int r = 0; r < rows; ++r) v[r * stride] = steps_.value(per_ * whole[r] + std::clamp(rest[r], 0.0, per_ - 1));
  }

 private:
  static Noise of_part(const Noise& noise, std::uint64_t part) {
    return {seed_of_part(scrambled(noise.seed), part), noise.first_row};
  }

  Steps steps_;
  double per_;
  bool wide_;
  std::shared_ptr<const Door> whole_, rest_;
};

double read_per(SpecReader& spec) {
  const double per = spec.number("per", 10, 2, 1e9);
  if (per != std::floor(per)) spec.fail("'per' is no whole number");
  return per;
}

bool is_of_counts(const Door& door) {
  for (int i = 0; i < door.features(); ++i)
    if (door.feature(i).gate >= 0 || door.feature(i).manifold == Manifold::kCircle) return false;
  const CellForm form = door.form();
  return door.mass() && !form.gaps && !form.dates && form.words.empty();
}

// Where all are the same.
std::shared_ptr<const Door> only(double value) {
  return make_door({{"kind", "constant"}, {"value", value}}, "remainder");
}

}  // namespace

std::unique_ptr<Door> make_remainder(SpecReader& spec) {
  const Steps steps = Steps::read(spec);
  const double per = read_per(spec);
  const bool wide = spec.flag("wide", false);
  auto whole = make_door(spec.value("whole", "integer"), spec.place() + ".whole"),
       rest = make_door(spec.value("left", "integer"), spec.place() + ".rest");
  if (!is_of_counts(*whole) || !is_of_counts(*rest)) spec.fail("'whole' and 'left' are not both doors of counts");
  return std::make_unique<Remainder>(steps, per, wide, std::move(whole), std::move(rest));
}

// "step": [1], "offset": [0], "per": [10], "whole", "left": what is measured of both [integer].
std::unique_ptr<Door> measure_remainder(SpecReader& wish, const ColumnValues& column) {
  const Steps steps = Steps::read(wish);
  const double per = read_per(wish);
  const double most = steps.most(column);
  const auto whole_of = [&](double v) { return std::floor(steps.count(v) / per); };
  const auto measured = [&](const char* key, auto part) {
    const ColumnValues parts = column.map(part);
    auto door = measure_door(wish.value(key, "integer"), parts);
    return door ? door : only(parts.values.empty() ? 0 : parts.values[0]);
  };
  const auto whole = measured("whole", whole_of);
  const auto rest = measured("left", [&](double v) { return steps.count(v) - per * whole_of(v); });
  if (whole->features() + rest->features() == 0) return nullptr;
  if (!is_of_counts(*whole) || !is_of_counts(*rest))
    throw Error(fmt::format("column {}: a remainder's doors are not both of counts", column.label));
  return std::make_unique<Remainder>(steps, per, steps.wide(most), whole, rest);
}

}  // namespace NF_PRECISION
}  // namespace nf
