#pragma once
// Doors between a table's columns and a flow's features: each says what a column is. v is a cell as it was read
// (core/cell.h), x what the flow sees of it. Cells and log-dets are double whatever Real is.
//
// Const after construction, shared by models and threads.
#include <algorithm>
#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "nf/core/cell.h"
#include "nf/core/manifold.h"
#include "nf/core/pass.h"
#include "nf/core/spec.h"

namespace nf {
inline namespace NF_PRECISION {

class Door {
 public:
  virtual ~Door() = default;
  virtual int features() const { return 1; }               // columns of x
  virtual Feature feature(int /*i*/) const { return {}; }  // a gate is another of them
  // What enter adds makes log p(v) of log p(x), where v's is a probability and no density too; else a lower bound of it
  // in expectation, over the noise.
  virtual bool exact() const { return true; }
  virtual bool mass() const { return false; }   // v is counted, not measured: its log p is that of a probability
  virtual bool wide() const = 0;                // a float would lose digits of the values, or could not hold them
  virtual CellForm form() const { return {}; }  // how its cells are written; words are numbered as there
  // rows <= kTile cells, `stride` apart, to as many columns of 64 as there are features; rows beyond repeat the last.
  // Adds log|dx/dv| to ld, -inf for what the column cannot hold. Any other NaN than a gap or word comes out as one.
  virtual void enter(const Noise& noise, const double* v, std::ptrdiff_t stride, int rows, Tile x,
                     LogDet& ld) const = 0;
  // And back, adding log|dv/dx|; any number x there is gives a value that the column could hold.
  virtual void leave(const Noise& noise, TileIn x, int rows, double* v, std::ptrdiff_t stride, LogDet& ld) const = 0;
  virtual Json spec() const = 0;  // {"kind": ...}, from which make_door makes it again
};

// One feature a value, one to one. Self: double feature_of(double v), double value(double x), double log_slope(double
// v), the log of |d feature_of / dv|; where the column cannot hold v, any number and -inf.
template <class Self>
class ScalarDoor : public Door {
 public:
  void enter(const Noise&, const double* v, std::ptrdiff_t stride, int rows, Tile x, LogDet& ld) const final {
    for (int r = 0; r < kTile; ++r) {
      const double value = v[std::min(r, rows - 1) * stride];
      x(r, 0) = static_cast<Real>(self().feature_of(value));
      ld(r) += self().log_slope(value);
    }
  }
  void leave(const Noise&, TileIn x, int rows, double* v, std::ptrdiff_t stride, LogDet& ld) const final {
    for (int r = 0; r < rows; ++r) {
      const double value = self().value(static_cast<double>(x(r, 0)));
      v[r * stride] = value;
      ld(r) -= self().log_slope(value);
    }
  }

 private:
  const Self& self() const { return static_cast<const Self&>(*this); }
};

// A column in the training rows.
struct ColumnValues {
  std::vector<double> values;
  std::vector<double> weights = {};     // one a value; empty: all 1
  std::string label = {};               // the column's name in quotes, or its number
  std::vector<std::string> words = {};  // those that word cells name
  double weight(std::size_t i) const { return weights.empty() ? 1.0 : weights[i]; }
  std::string word(double cell) const { return word_of(cell) < words.size() ? words[word_of(cell)] : "?"; }
  // Of the values that count, something else.
  template <class Map>
  ColumnValues map(Map map) const {
    ColumnValues mapped{.values = {}, .label = label};
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (weight(i) == 0) continue;
      mapped.values.push_back(map(values[i]));
      mapped.weights.push_back(weight(i));
    }
    return mapped;
  }
};

// Units are lines of flow/registry.def. Throw Error, which names the place or the column.
std::shared_ptr<const Door> make_door(const Json& spec, const std::string& place);
// wish: a kind and what it asks for, {"kind": "circle", "period": 360}; null: standardise. Null: the values do not
// vary.
std::shared_ptr<const Door> measure_door(const Json& wish, const ColumnValues& column);
// Where features are the values themselves.
std::shared_ptr<const Door> plain_door(Manifold manifold = Manifold::kLine);

}  // namespace NF_PRECISION
}  // namespace nf
