#pragma once
// Integrals of targets of two columns.
#include "nf/targets/target.h"

namespace nf {

// Over a square around 0, by the midpoint rule, which for smooth densities that end inside is exact to many digits.
// REQUIRES: `points` a multiple of 64.
inline double normaliser(const Target& target, double half_width, int points) {
  const double h = 2 * half_width / points;
  double sum = 0;
  Stack scratch;
  Vector memory = Vector::Zero(kTile * 2), gradient = Vector::Zero(kTile * 2);
  Tile x(memory.data(), kTile, 2);
  for (int i = 0; i < points; ++i)
    for (int first = 0; first < points; first += kTile) {
      for (int r = 0; r < kTile; ++r) {
        x(r, 0) = static_cast<Real>(-half_width + (i + 0.5) * h);
        x(r, 1) = static_cast<Real>(-half_width + (first + r + 0.5) * h);
      }
      Pass pass{.scratch = &scratch};
      LogDet lp;
      target.log_density(pass, in(x), lp, Tile(gradient.data(), kTile, 2));
      sum += lp.exp().sum();
    }
  return sum * h * h;
}

}  // namespace nf
