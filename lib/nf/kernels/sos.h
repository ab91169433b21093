#pragma once
// Sums of squares of polynomials, integrated, over the 64 rows of a tile. Layouts as in kernels.h.
//
// With D(u) = slope + sum_k p_k(u / bound)^2, k < polynomials, p_k(v) = sum_m a_km v^m of degree M - k,
//   y = c + integral of D from 0 to x, logd = log D(x), for |x| <= bound;
// beyond, y goes on as a straight line with the slope at the bound. phi of a feature is (c, a_00 .. a_0M, a_10 .. );
// coefficients count as at most 1e10 in size, so that no square overflows.
#include "nf/kernels/map.h"

namespace nf::kernels {

struct Sos {
  static constexpr int kMostDegree = 8;
  int polynomials = 2, degree = 3;  // M: the first one's. REQUIRES: polynomials <= degree + 1
  double slope = 1e-3, bound = 3;
  int num_params() const { return 1 + polynomials * (2 * degree + 3 - polynomials) / 2; }
  int scratch_columns() const { return 0; }
};

NF_MAP(Sos)

}  // namespace nf::kernels
