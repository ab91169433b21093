// tanh_terms.cc -- sums of tanh in one number, and their gradients. With s = tanh, s' = 1 - s^2 and s'' = -2 s s', at
// beta x + gamma:  dv/dx = sum alpha beta s' + delta, and by that d alpha = beta s', d beta = alpha (s' + beta x s''),
// d gamma = alpha beta s'', d delta = 1, d x = sum alpha beta^2 s''.
#include "nf/kernels/tanh_terms.h"

#include "nf/kernels/simd.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "nf/kernels/tanh_terms.cc"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"
#include "nf/kernels/kernels.h"
#include "nf/kernels/lanes-inl.h"

HWY_BEFORE_NAMESPACE();
namespace nf::kernels::HWY_NAMESPACE {

template <class V>
HWY_INLINE void terms(const TanhTerms<Value<V>>& t) {
  const int count = t.terms;
  for (int row = 0; row < kRows; row += V::kCount) {
    V q(0);
    for (int i = 0; i < t.features; ++i) {
      const auto* const phi = t.phi + kRows * (3 * count + 2) * i + row;
      const auto at = [&](int k) { return V::load(phi + kRows * k); };
      const V x = V::load(t.x + kRows * i + row), delta = at(3 * count);
      V v = multiply_add(delta, x, at(3 * count + 1));
      q = q + delta;
      for (int k = 0; k < count; ++k) {
        const V alpha = at(k), beta = at(count + k), s = tanh(multiply_add(beta, x, at(2 * count + k)));
        s.store(t.steps + kRows * (count * i + k) + row);
        v = multiply_add(alpha, s, v);
        q = multiply_add(alpha * beta, multiply_add(-s, s, V(1)), q);
      }
      v.store(t.v + kRows * i + row);
    }
    if (t.q) q.store(t.q + row);
  }
}

template <class V>
HWY_INLINE void gradient(const TanhTermsGradient<Value<V>>& t) {
  const int count = t.terms;
  for (int row = 0; row < kRows; row += V::kCount) {
    const V dq = t.dq ? V::load(t.dq + row) : V(0);
    for (int i = 0; i < t.features; ++i) {
      const std::ptrdiff_t first = kRows * (3 * count + 2) * i + row;
      const auto at = [&](int k) { return V::load(t.phi + first + kRows * k); };
      const auto give = [&](int k, V d) { d.store(t.dphi + first + kRows * k); };
      const V x = V::load(t.x + kRows * i + row), dv = V::load(t.dv + kRows * i + row);
      V dx = dv * at(3 * count);
      for (int k = 0; k < count; ++k) {
        const V alpha = at(k), beta = at(count + k), s = V::load(t.steps + kRows * (count * i + k) + row),
                slope = multiply_add(-s, s, V(1)), bend = V(-2) * s * slope;
        // By beta x + gamma, v and q: what gamma gets, and beta x times, x beta times.
        const V inner = alpha * multiply_add(dq * beta, bend, dv * slope);
        give(k, multiply_add(dq * beta, slope, dv * s));
        give(count + k, multiply_add(inner, x, dq * alpha * slope));
        give(2 * count + k, inner);
        dx = multiply_add(inner, beta, dx);
      }
      give(3 * count, multiply_add(dv, x, dq));
      give(3 * count + 1, dv);
      dx.store(t.dx + kRows * i + row);
    }
  }
}

void terms_float(const TanhTerms<float>& t) { terms<Lanes>(t); }
void gradient_float(const TanhTermsGradient<float>& t) { gradient<Lanes>(t); }

// NOLINTNEXTLINE(google-readability-namespace-comments)
}  // namespace nf::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace nf::kernels {
void tanh_terms(const TanhTerms<float>& t) { NF_DISPATCH(terms_float)(t); }
void tanh_terms_gradient(const TanhTermsGradient<float>& t) { NF_DISPATCH(gradient_float)(t); }
void tanh_terms(const TanhTerms<double>& t) { HWY_STATIC_DISPATCH(terms<Lane<double>>)(t); }
void tanh_terms_gradient(const TanhTermsGradient<double>& t) { HWY_STATIC_DISPATCH(gradient<Lane<double>>)(t); }
namespace plain {
void tanh_terms(const TanhTerms<float>& t) { HWY_STATIC_DISPATCH(terms<Lane<float>>)(t); }
void tanh_terms_gradient(const TanhTermsGradient<float>& t) { HWY_STATIC_DISPATCH(gradient<Lane<float>>)(t); }
}  // namespace plain
}  // namespace nf::kernels
#endif
