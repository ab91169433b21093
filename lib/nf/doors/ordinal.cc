// ordinal.cc -- a few numbers, each a level: marks, numbers of children. Where counts may go on ("step"), one more
// level is any value beyond: half as likely with every step away from the others.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "nf/core/random.h"
#include "nf/doors/affine.h"
#include "nf/doors/levels.h"

namespace nf {
inline namespace NF_PRECISION {
namespace {

constexpr double kLogHalf = -0.6931471805599453;

struct Lattice {
  std::vector<double> values;  // rising
  double step = 0;             // 0: there are no others
  bool below = false;          // they are on both sides
};

class Ordinal final : public LevelsDoor<Ordinal> {
 public:
  Ordinal(Lattice lattice, CellForm form) : lattice_(std::move(lattice)), form_(std::move(form)) {
    // What rounding to a float moves, and no more than lies between two of them.
    slack_ = 2e-7 * std::max(std::abs(first()), std::abs(last()));
    for (std::size_t i = 1; i < lattice_.values.size(); ++i)
      slack_ = std::min(slack_, (lattice_.values[i] - lattice_.values[i - 1]) / 4);
  }
  int count() const { return num_values() + (goes_on() ? 1 : 0) + (form_.gaps ? 1 : 0); }
  bool wide() const override {
    return std::any_of(lattice_.values.begin(), lattice_.values.end(), [&](double v) {
      return std::abs(static_cast<double>(static_cast<float>(v)) - v) > slack_ / 2 ||
             (v == std::floor(v) && static_cast<double>(static_cast<float>(v)) != v);
    });
  }
  CellForm form() const override { return form_; }
  Json spec() const override {
    Json spec = {{"kind", "ordinal"}, {"values", lattice_.values}};
    if (goes_on()) spec["step"] = lattice_.step;
    if (lattice_.below) spec["below"] = true;
    if (form_.gaps) spec["gap"] = form_.gap;
    return spec;
  }

  int level(double cell, double& log_share) const {
    if (is_gap(cell) && form_.gaps) return count() - 1;
    if (std::isnan(cell)) return -1;
    const auto at = std::lower_bound(lattice_.values.begin(), lattice_.values.end(), cell - slack_);
    if (at != lattice_.values.end() && std::abs(*at - cell) <= slack_)
      return static_cast<int>(at - lattice_.values.begin());
    if (!goes_on()) return -1;
    const double steps = cell > last() ? (cell - last()) / lattice_.step : (first() - cell) / lattice_.step;
    if (!(steps > 0.5) || (cell < first() && !lattice_.below)) return -1;
    if (std::abs(steps - std::round(steps)) > 1e-6 * std::max(1.0, steps)) return -1;
    log_share = kLogHalf * (std::round(steps) + (lattice_.below ? 1 : 0));
    return num_values();
  }
  double cell(int level, double u, double& log_share) const {
    if (form_.gaps && level == count() - 1) return kGap;
    if (level < num_values()) return lattice_.values[level];
    const bool down = lattice_.below && u < 0.5;
    if (lattice_.below) u = down ? 2 * u : 2 * u - 1;
    const double steps = std::clamp(std::ceil(std::log(std::max(u, 1e-30)) / kLogHalf), 1.0, 100.0);
    log_share = kLogHalf * (steps + (lattice_.below ? 1 : 0));
    return down ? first() - steps * lattice_.step : last() + steps * lattice_.step;
  }

 private:
  int num_values() const { return static_cast<int>(lattice_.values.size()); }
  bool goes_on() const { return lattice_.step > 0; }
  double first() const { return lattice_.values.front(); }
  double last() const { return lattice_.values.back(); }

  Lattice lattice_;
  CellForm form_;
  double slack_;
};

std::unique_ptr<Door> checked(SpecReader& spec, Lattice lattice, CellForm form) {
  if (lattice.values.empty() || lattice.values.size() > kMostLevels)
    spec.fail("'values' is not a list of a few numbers");
  for (std::size_t i = 0; i < lattice.values.size(); ++i)
    if (!std::isfinite(lattice.values[i]) || (i > 0 && !(lattice.values[i] > lattice.values[i - 1])))
      spec.fail("'values' do not rise");
  auto door = std::make_unique<Ordinal>(std::move(lattice), std::move(form));
  if (door->count() > kMostLevels) spec.fail(fmt::format("{} levels", door->count()));
  return door->count() < 2 ? nullptr : std::move(door);
}

}  // namespace

std::unique_ptr<Door> make_ordinal(SpecReader& spec) {
  Lattice lattice{spec.numbers("values"), spec.number("step", 0, 0, Affine::kMost), spec.flag("below", false)};
  CellForm form{.gaps = spec.has("gap")};
  if (form.gaps) form.gap = spec.word("gap", "", {});
  auto door = checked(spec, std::move(lattice), std::move(form));
  if (!door) spec.fail("one level");
  return door;
}

// "values": these are levels, whether they are there or not. "step": counts go on by that; the values between are
// levels too. Below the least where that is neither 0 nor a step.
std::unique_ptr<Door> measure_ordinal(SpecReader& wish, const ColumnValues& column) {
  Lattice lattice{{}, wish.number("step", 0, 0, Affine::kMost)};
  std::set<double> values;
  if (wish.has("values"))
    for (const double value : wish.numbers("values")) values.insert(value);
  CellForm form{.gap = wish.word("gap", "", {})};
  for (const double cell : column.values) {
    if (is_word(cell))
      throw Error(fmt::format("column {}: '{}' is not a number, and the door ordinal was asked for", column.label,
                              column.word(cell)));
    if (is_gap(cell)) form.gaps = true;
    else values.insert(cell);
  }
  if (values.empty()) return nullptr;
  if (lattice.step > 0) {
    const double low = *values.begin(), steps = std::round((*values.rbegin() - low) / lattice.step);
    if (steps > kMostLevels - 3)
      throw Error(fmt::format("column {}: {} values are too many levels", column.label, steps));
    for (int i = 0; i <= static_cast<int>(steps); ++i) lattice.values.push_back(low + i * lattice.step);
    lattice.below = low != 0 && low != lattice.step;
  } else {
    lattice.values.assign(values.begin(), values.end());
  }
  if (lattice.values.size() > kMostLevels - 3)
    throw Error(fmt::format("column {}: {} values are too many levels", column.label, lattice.values.size()));
  return checked(wish, std::move(lattice), std::move(form));
}

}  // namespace NF_PRECISION
}  // namespace nf
