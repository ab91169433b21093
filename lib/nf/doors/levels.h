#pragma once
// Doors of one feature of levels, which is all that a cell is.
#include <algorithm>
#include <cmath>
#include <limits>

#include "nf/core/random.h"
#include "nf/doors/door.h"

namespace nf {
inline namespace NF_PRECISION {

// Self: int count(), the levels; int level(double cell, double& log_share), of a cell that the column can hold the
// level and the logarithm of its share of that, else -1; double cell(int level, double u, double& log_share), drawn by
// u, uniform on (0, 1), where a level is several cells.
template <class Self>
class LevelsDoor : public Door {
 public:
  Feature feature(int) const final { return {Manifold::kLevels, self().count()}; }
  bool mass() const final { return true; }
  void enter(const Noise&, const double* v, std::ptrdiff_t stride, int rows, Tile x, LogDet& ld) const final {
    for (int r = 0; r < kTile; ++r) {
      const double cell = v[std::min(r, rows - 1) * stride];
      double log_share = 0;
      const int level = self().level(cell, log_share);
      x(r, 0) = static_cast<Real>(std::max(level, 0));
      ld(r) += level < 0 ? -INFINITY : log_share;
      if (level >= 0 || !(is_gap(cell) || (is_word(cell) && word_of(cell) == kNoCell))) continue;
      x(r, 0) = std::numeric_limits<Real>::quiet_NaN();
      ld(r) = kGap;
    }
  }
  void leave(const Noise& noise, TileIn x, int rows, double* v, std::ptrdiff_t stride, LogDet& ld) const final {
    alignas(64) Real u[kTile];
    noise.uniforms(0, 1, u);
    for (int r = 0; r < rows; ++r) {
      double log_share = 0;
      const Real level = std::min(std::max(x(r, 0), Real(0)), static_cast<Real>(self().count() - 1));
      v[r * stride] = std::isnan(x(r, 0)) ? word_cell(kNoCell)
                                          : self().cell(static_cast<int>(level), static_cast<double>(u[r]), log_share);
      ld(r) -= log_share;
    }
  }

 private:
  const Self& self() const { return static_cast<const Self&>(*this); }
};

}  // namespace NF_PRECISION
}  // namespace nf
