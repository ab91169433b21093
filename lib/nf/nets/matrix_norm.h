#pragma once
// Norms of weights, for layers that are one-to-one because these are bounded.
#include "nf/core/types.h"

namespace nf {
inline namespace NF_PRECISION {

// At least the largest singular value of m, and at most a thousandth more. With G = M'M or MM', the smaller of them:
// its largest eigenvalue is at most |G^p|_F^(1/p), F Frobenius' norm, which comes down to it as p = 1, 2, 4, .. grows.
// Never less, as what a power iteration has reached is, and without a vector to be kept.
double spectral_norm_bound(const Batch& m);

// Singular values above `most` are taken down to it, others hardly changed: with b the bound above and a = 1 - most /
// b, s becomes s (1 - a (s / b)^(2p)), which grows with s, and so up to `most`, as long as 2p + 1 <= 1 / a: the least
// excess is cut off most sharply. (Scaling all of m instead, step after step, would leave one singular value alone.)
void hold_spectral_norm(Batch& m, double most);

}  // namespace NF_PRECISION
}  // namespace nf
