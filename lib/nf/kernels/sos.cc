// sos.cc -- sums of squares of polynomials, integrated.
//
// In v = u / bound. The integral needs the coefficients of sum_k p_k^2, a polynomial of degree 2M; with them it is one
// Horner scheme. D itself is summed as squares: from q_i, rounding could make it negative where all p_k are small.
#include "nf/kernels/simd.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "nf/kernels/sos.cc"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"
#include "nf/kernels/kernels.h"
#include "nf/kernels/lanes-inl.h"
#include "nf/kernels/map-inl.h"
#include "nf/kernels/solve-inl.h"
#include "nf/kernels/sos.h"

HWY_BEFORE_NAMESPACE();
namespace nf::kernels::HWY_NAMESPACE {

constexpr int kMostTerms = 2 * Sos::kMostDegree + 1;

template <class V>
HWY_INLINE V coefficient(const Value<V>* a) {
  return at_least(V(-1e10), at_most(V(1e10), V::load(a)));
}

// D(v) = slope + sum_k p_k(v)^2. a: the coefficients' first column, at the row.
template <class V>
HWY_INLINE V squares(const Sos& s, const Value<V>* a, V v) {
  V sum(s.slope);
  for (int k = 0, degree = s.degree; k < s.polynomials; ++k, a += (degree-- + 1) * kRows) {
    V p = coefficient<V>(a + degree * kRows);
    for (int m = degree - 1; m >= 0; --m) p = multiply_add(p, v, coefficient<V>(a + m * kRows));
    sum = multiply_add(p, p, sum);
  }
  return sum;
}

// The integral of D by v from 0: sum_i q_i v^(i+1), i <= 2M.
template <class V>
struct Integral {
  V q[kMostTerms];
  int terms;

  HWY_INLINE Integral(const Sos& s, const Value<V>* a) : terms(2 * s.degree + 1) {
    for (int i = 0; i < terms; ++i) q[i] = V(0);
    for (int k = 0, degree = s.degree; k < s.polynomials; ++k, a += (degree-- + 1) * kRows)
      for (int m = 0; m <= degree; ++m) {
        const V am = coefficient<V>(a + m * kRows), twice = am + am;
        for (int n = 0; n < m; ++n) q[m + n] = multiply_add(twice, coefficient<V>(a + n * kRows), q[m + n]);
        q[2 * m] = multiply_add(am, am, q[2 * m]);
      }
    for (int i = 1; i < terms; ++i) q[i] = q[i] * V(1.0 / (i + 1));
    q[0] = q[0] + V(s.slope);
  }
  HWY_INLINE V operator()(V v) const {
    V sum = q[terms - 1];
    for (int i = terms - 2; i >= 0; --i) sum = multiply_add(sum, v, q[i]);
    return sum * v;
  }
  // And its derivative, which rounding may leave below the least slope: a Newton step then is a long one.
  HWY_INLINE V operator()(V v, V& derivative) const {
    V sum = q[terms - 1];
    derivative = sum;
    for (int i = terms - 2; i >= 0; --i) {
      sum = multiply_add(sum, v, q[i]);
      derivative = multiply_add(derivative, v, sum);
    }
    return sum * v;
  }
};

template <class V>
HWY_INLINE V clamp(V x, double bound) {
  return at_least(V(-bound), at_most(V(bound), x));
}

template <class V>
HWY_INLINE void forward_row(const Sos& s, const Value<V>* x, const Value<V>* phi, Value<V>* y, Value<V>* logd,
                            Value<V>*) {
  const V at = V::load(x), inner = clamp(at, s.bound), v = inner * V(1 / s.bound);
  const Integral<V> integral(s, phi + kRows);
  const V d = squares(s, phi + kRows, v);
  multiply_add(d, at - inner, multiply_add(integral(v), V(s.bound), V::load(phi))).store(y);
  log(d).store(logd);
}

template <class V>
HWY_INLINE void inverse_row(const Sos& s, const Value<V>* y, const Value<V>* phi, Value<V>* x, Value<V>* logd,
                            Value<V>*) {
  const V target = (V::load(y) - V::load(phi)) * V(1 / s.bound), one(1);
  const Integral<V> integral(s, phi + kRows);
  // What lies beyond the integral's range is left to the straight line.
  const V within = at_least(integral(-one), at_most(integral(one), target));
  const V v = solve(integral, within, -one, one, V(0));
  const V d = squares(s, phi + kRows, v);
  ((v + (target - within) / d) * V(s.bound)).store(x);
  (-log(d)).store(logd);
}

// With inner = clamp(x), rest = x - inner: y = c + integral(inner) + D rest, logd = log D.
template <class V>
HWY_INLINE void backward_row(const Sos& s, const Value<V>* x, const Value<V>* phi, const Value<V>* dy,
                             const Value<V>* dlogd, Value<V>* dx, Value<V>* dphi, Value<V>*) {
  const V at = V::load(x), inner = clamp(at, s.bound), v = inner * V(1 / s.bound);
  const V gy = V::load(dy), gl = V::load(dlogd), d = squares(s, phi + kRows, v), share = gl / d;
  const V gd = multiply_add(gy, at - inner, share);  // dL/dD
  gy.store(dphi);
  V power[Sos::kMostDegree + 1], dq[kMostTerms];  // v^m, dL/dq_i
  power[0] = V(1);
  for (int m = 1; m <= s.degree; ++m) power[m] = power[m - 1] * v;
  V vi = gy * inner;
  for (int i = 0; i <= 2 * s.degree; ++i, vi = vi * v) dq[i] = vi * V(1.0 / (i + 1));
  V curvature(0);  // half of dD/dv
  const Value<V>* a = phi + kRows;
  Value<V>* da = dphi + kRows;
  for (int k = 0, degree = s.degree; k < s.polynomials; ++k, --degree) {
    V p = coefficient<V>(a + degree * kRows), dp(0);
    for (int m = degree - 1; m >= 0; --m) {
      dp = multiply_add(dp, v, p);
      p = multiply_add(p, v, coefficient<V>(a + m * kRows));
    }
    curvature = multiply_add(p, dp, curvature);
    const V g = gd * p;
    for (int m = 0; m <= degree; ++m) {
      V sum = g * power[m];
      for (int n = 0; n <= degree; ++n) sum = multiply_add(coefficient<V>(a + n * kRows), dq[m + n], sum);
      (sum + sum).store(da + m * kRows);
    }
    a += (degree + 1) * kRows, da += (degree + 1) * kRows;
  }
  const V bend = select(inner == at, share * curvature * V(2 / s.bound), V(0));
  multiply_add(gy, d, bend).store(dx);
}

NF_MAP_HERE(Sos)

// NOLINTNEXTLINE(google-readability-namespace-comments)
}  // namespace nf::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace nf::kernels {
NF_MAP_DISPATCH(Sos)
}  // namespace nf::kernels
#endif
