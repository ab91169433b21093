// atoms.cc -- values that many rows share exactly (a spike at 0, a limit, a word, a gap) beside a density of all
// others: a feature of levels, 0 where the value goes through the door behind, and that door's features, which are
// there at level 0 alone.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "nf/doors/door.h"

namespace nf {
inline namespace NF_PRECISION {
namespace {

class Atoms final : public Door {
 public:
  // `at`: numbers, words of the form, kGap; level i + 1 is at[i].
  Atoms(std::vector<double> at, CellForm form, std::shared_ptr<const Door> door)
      : at_(std::move(at)), form_(std::move(form)), door_(std::move(door)) {
    const CellForm behind = door_->form();
    form_.dates = behind.dates;
    form_.date = behind.date;
    const int behind_it = door_->features();
    const Vector middle = Vector::Zero(kTile * behind_it);
    LogDet unused = LogDet::Zero();
    door_->leave({}, TileIn(middle.data(), kTile, behind_it), 1, &usual_, 1, unused);
  }
  int features() const override { return 1 + door_->features(); }
  Feature feature(int i) const override {
    if (i == 0) return {Manifold::kLevels, static_cast<int>(at_.size()) + 1};
    Feature one = door_->feature(i - 1);
    one.gate = 0;
    return one;
  }
  bool exact() const override { return door_->exact(); }
  bool mass() const override { return door_->mass(); }
  bool wide() const override { return door_->wide(); }
  CellForm form() const override { return form_; }
  Json spec() const override {
    Json list = Json::array();
    for (const double cell : at_) {
      if (is_word(cell)) list.push_back(form_.words[word_of(cell)]);
      else if (is_gap(cell)) list.push_back(nullptr);
      else list.push_back(cell);
    }
    Json spec = {{"kind", "atoms"}, {"at", list}};
    if (form_.gaps) spec["gap"] = form_.gap;
    spec["door"] = door_->spec();
    return spec;
  }
  void enter(const Noise& noise, const double* v, std::ptrdiff_t stride, int rows, Tile x, LogDet& ld) const override {
    double others[kTile];
    for (int r = 0; r < kTile; ++r) {
      const double cell = v[std::min(r, rows - 1) * stride];
      const int level = level_of(cell);
      others[r] = level == 0 ? cell : usual_;
      x(r, 0) = static_cast<Real>(level);
      if (level == 0 && is_word(cell)) {
        others[r] = usual_;
        if (word_of(cell) == kNoCell) x(r, 0) = std::numeric_limits<Real>::quiet_NaN();
        else ld(r) = -INFINITY;
      }
    }
    LogDet own = LogDet::Zero();
    Tile behind = columns(x, 1, door_->features());
    door_->enter(noise, others, 1, kTile, behind, own);
    for (int r = 0; r < kTile; ++r) {
      if (x(r, 0) == 0) ld(r) += own(r);
      else behind.row(r).setZero();
    }
  }
  void leave(const Noise& noise, TileIn x, int rows, double* v, std::ptrdiff_t stride, LogDet& ld) const override {
    LogDet own = LogDet::Zero();
    double others[kTile];
    door_->leave(noise, columns(x, 1, door_->features()), rows, others, 1, own);
    for (int r = 0; r < rows; ++r) {
      const auto level = static_cast<std::size_t>(std::max(x(r, 0), Real(0)));  // NaN is 0
      if (level == 0) ld(r) += own(r);
      v[r * stride] = level == 0 ? others[r] : at_[std::min(level, at_.size()) - 1];
    }
  }

 private:
  int level_of(double cell) const {
    for (std::size_t i = 0; i < at_.size(); ++i) {
      const bool same = std::isnan(at_[i])
                            ? (is_gap(at_[i]) ? is_gap(cell) : is_word(cell) && word_of(cell) == word_of(at_[i]))
                            : at_[i] == cell || (!wide() && static_cast<float>(at_[i]) == static_cast<float>(cell));
      if (same) return static_cast<int>(i) + 1;
    }
    return 0;
  }

  std::vector<double> at_;
  CellForm form_;
  std::shared_ptr<const Door> door_;
  double usual_ = 0;  // a value that the door behind knows
};

// The list "at" as cells; words are numbered as they come.
std::vector<double> read_atoms(SpecReader& spec, CellForm& form) {
  const Json list = spec.value("at", Json::array({nullptr}));
  if (!list.is_array() || list.empty() || list.size() >= kMostLevels) spec.fail("'at' is not a list of a few values");
  std::vector<double> at;
  for (const Json& one : list) {
    if (one.is_null()) {
      at.push_back(kGap);
      form.gaps = true;
    } else if (one.is_string()) {
      at.push_back(word_cell(static_cast<std::uint32_t>(form.words.size())));
      form.words.push_back(one.get<std::string>());
    } else if (one.is_number() && std::isfinite(one.get<double>())) {
      at.push_back(one.get<double>());
    } else {
      spec.fail(fmt::format("'at' has {}, where a number, a word or null was expected", one.dump()));
    }
  }
  return at;
}

// Where the others are one value, or none: near it, in units of 1.
Json guess(const Json& wish, double value) {
  const Json number = {{"kind", "standardise"}, {"mean", value}, {"scale", 1}};
  const Json kind = wish.is_object() ? wish.value("kind", Json()) : Json();
  if (kind != "integer" && kind != "rounded") return number;
  Json door = wish;
  door["door"] = number;
  return door;
}

}  // namespace

std::unique_ptr<Door> make_atoms(SpecReader& spec) {
  CellForm form;
  std::vector<double> at = read_atoms(spec, form);
  if (form.gaps) form.gap = spec.word("gap", "", {});
  auto door = make_door(spec.value("door", "standardise"), spec.place() + ".door");
  for (int i = 0; i < std::max(door->features(), 1); ++i)
    if (door->features() == 0 || door->feature(i).gate >= 0 ||
        (door->features() == 1 && door->feature(0).manifold == Manifold::kLevels))
      spec.fail("'door' is not one of a number");
  return std::make_unique<Atoms>(std::move(at), std::move(form), std::move(door));
}

// "at": numbers, words, null for gaps [gaps]; "door": what is measured of all others.
std::unique_ptr<Door> measure_atoms(SpecReader& wish, const ColumnValues& column) {
  CellForm form{.gap = wish.word("gap", "", {})};
  std::vector<double> at = read_atoms(wish, form);
  ColumnValues others{.values = {}, .label = column.label};
  for (std::size_t i = 0; i < column.values.size(); ++i) {
    const double cell = column.values[i];
    const auto is = [&](double atom) {
      if (is_gap(atom)) return is_gap(cell);
      return is_word(atom) ? is_word(cell) && column.word(cell) == form.words[word_of(atom)] : atom == cell;
    };
    if (std::any_of(at.begin(), at.end(), is)) continue;
    if (is_word(cell))
      throw Error(fmt::format("column {}: '{}' is neither a number nor one of the door's values", column.label,
                              column.word(cell)));
    if (is_gap(cell)) throw Error(fmt::format("column {}: there are gaps, which the door atoms has not", column.label));
    others.values.push_back(cell);
    if (!column.weights.empty()) others.weights.push_back(column.weights[i]);
  }
  const Json behind = wish.value("door", nullptr);
  std::shared_ptr<const Door> door = others.values.empty() ? nullptr : measure_door(behind, others);
  if (!door) door = make_door(guess(behind, others.values.empty() ? 0 : others.values[0]), column.label);
  return std::make_unique<Atoms>(std::move(at), std::move(form), std::move(door));
}

}  // namespace NF_PRECISION
}  // namespace nf
