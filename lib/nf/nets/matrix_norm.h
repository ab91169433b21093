#pragma once
// Norms of weights, for layers that are one-to-one because these are bounded.
#include "nf/nets/matrix.h"

namespace nf {
inline namespace NF_PRECISION {

// At least the largest singular value of m, and at most a thousandth more. With G = M'M or MM', the smaller of them,
// and G' = G^(2^k): the largest eigenvalue of G is at most |G'|_F^(1/2^k), Frobenius' norm, which comes down to it as k
// grows (Gelfand 1941). Never less, as what a power iteration has reached is, and without a vector to be kept.
double spectral_norm_bound(const Matrix& m);

}  // namespace NF_PRECISION
}  // namespace nf
