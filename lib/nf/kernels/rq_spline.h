#pragma once
// Monotone rational-quadratic splines over a tile: the arithmetic of transformers/rq_spline.cc, where the formulas are.
#include "nf/kernels/map.h"

namespace nf::kernels {

struct RqSpline {
  static constexpr int kMostBins = 64;
  int bins = 8;
  bool periodic = false;  // else the identity outside [-bound, bound]
  double bound = 3;
  double min_width = 1e-3, min_height = 1e-3;  // of a bin, as shares of the whole; bins * either < 1
  double min_derivative = 1e-3;

  int num_params() const { return periodic ? 3 * bins : 3 * bins - 1; }
  int scratch_columns() const { return 0; }
};

NF_MAP(RqSpline)
NF_MAP_INVERSE_GRADIENT(RqSpline)

}  // namespace nf::kernels
