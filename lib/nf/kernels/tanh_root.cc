// tanh_root.cc -- a + kappa tanh(a) = c, the one equation that the inverses of planar and Sylvester flows come down to.
#include "nf/kernels/simd.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "nf/kernels/tanh_root.cc"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"
#include "nf/kernels/kernels.h"
#include "nf/kernels/lanes-inl.h"
#include "nf/kernels/tanh_root.h"

HWY_BEFORE_NAMESPACE();
namespace nf::kernels::HWY_NAMESPACE {

// Both sides are odd, so let c >= 0. On a >= 0 the left side g increases; it is concave for kappa > 0, so Newton's
// steps from a point below the root stay below it and only grow, and convex for kappa < 0, so from above they only
// shrink. Since tanh(a) <= min(a, 1), c - kappa and c / (1 + kappa) are both on the good side; the nearer one starts.
template <class V>
HWY_INLINE V solve(V c, V kappa, bool concave) {
  const V one(1), size = abs(c), first = size - kappa, second = size / (one + kappa);
  V a = select(concave ? second > first : second < first, second, first);
  for (int i = 0; i < 100; ++i) {
    const V t = tanh(a);
    const V next = a - (multiply_add(kappa, t, a) - size) / multiply_add(kappa, one - t * t, one);
    const auto moves = concave ? next > a : next < a;
    if (every(negated(moves))) break;
    a = select(moves, next, a);
  }
  return select(c < V(0), -a, a);
}

template <class V>
HWY_INLINE void solve_rows(const Value<V>* c, Value<V> kappa, Value<V>* a) {
  for (int row = 0; row < kRows; row += V::kCount)
    solve(V::load(c + row), V(static_cast<double>(kappa)), kappa > 0).store(a + row);
}

void tanh_root_float(const float* c, float kappa, float* a) { solve_rows<Lanes>(c, kappa, a); }

// NOLINTNEXTLINE(google-readability-namespace-comments)
}  // namespace nf::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace nf::kernels {
void tanh_root(const float* c, float kappa, float* a) { NF_DISPATCH(tanh_root_float)(c, kappa, a); }
void tanh_root(const double* c, double kappa, double* a) { HWY_STATIC_DISPATCH(solve_rows<Lane<double>>)(c, kappa, a); }
namespace plain {
void tanh_root(const float* c, float kappa, float* a) { HWY_STATIC_DISPATCH(solve_rows<Lane<float>>)(c, kappa, a); }
}  // namespace plain
}  // namespace nf::kernels
#endif
