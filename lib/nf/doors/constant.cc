// constant.cc -- one number, word or gap, in all rows: no feature at all.
#include <fmt/format.h>

#include "nf/doors/affine.h"
#include "nf/doors/door.h"

namespace nf {
inline namespace NF_PRECISION {
namespace {

class Constant final : public Door {
 public:
  Constant(double cell, CellForm form) : cell_(cell), form_(std::move(form)) {}
  int features() const override { return 0; }
  bool mass() const override { return true; }
  bool wide() const override { return static_cast<double>(static_cast<float>(cell_)) != cell_; }
  CellForm form() const override { return form_; }
  Json spec() const override {
    Json spec = {{"kind", "constant"}, {"value", nullptr}};
    if (is_word(cell_)) spec["value"] = form_.words[0];
    else if (!is_gap(cell_)) spec["value"] = cell_;
    if (form_.gaps) spec["gap"] = form_.gap;
    return spec;
  }
  void enter(const Noise&, const double* v, std::ptrdiff_t stride, int rows, Tile, LogDet& ld) const override {
    for (int r = 0; r < kTile; ++r) {
      const double cell = v[std::min(r, rows - 1) * stride];
      const bool same =
          cell == cell_ || (is_gap(cell) && is_gap(cell_)) || (is_word(cell) && is_word(cell_) && word_of(cell) == 0);
      if (same) continue;
      const bool unread = is_gap(cell) || (is_word(cell) && word_of(cell) == kNoCell);
      ld(r) = unread ? kGap : -INFINITY;
    }
  }
  void leave(const Noise&, TileIn, int rows, double* v, std::ptrdiff_t stride, LogDet&) const override {
    for (int r = 0; r < rows; ++r) v[r * stride] = cell_;
  }

 private:
  double cell_;
  CellForm form_;
};

}  // namespace

std::unique_ptr<Door> make_constant(SpecReader& spec) {
  CellForm form{.gaps = spec.has("gap")};
  if (form.gaps) form.gap = spec.word("gap", "", {});
  const Json value = spec.value("value", 0);
  if (value.is_string()) {
    form.words.push_back(value.get<std::string>());
    return std::make_unique<Constant>(word_cell(0), std::move(form));
  }
  if (value.is_null()) return std::make_unique<Constant>(kGap, std::move(form));
  return std::make_unique<Constant>(spec.number("value", 0, -Affine::kMost, Affine::kMost), std::move(form));
}

std::unique_ptr<Door> measure_constant(SpecReader& wish, const ColumnValues& column) {
  const std::string gap = wish.word("gap", "", {});
  const auto text = [&](double cell) {
    return is_word(cell) ? column.word(cell) : is_gap(cell) ? gap : fmt::format("{}", cell);
  };
  const double first = column.values.at(0);
  for (const double cell : column.values)
    if (cell != first && text(cell) != text(first))
      throw Error(fmt::format("column {}: '{}' and '{}' are not constant", column.label, text(first), text(cell)));
  CellForm form{.gaps = is_gap(first), .gap = gap};
  if (is_word(first)) form.words.push_back(text(first));
  return std::make_unique<Constant>(is_word(first) ? word_cell(0) : first, std::move(form));
}

}  // namespace NF_PRECISION
}  // namespace nf
