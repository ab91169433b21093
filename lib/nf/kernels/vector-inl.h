// Vector helpers and elementary functions, compiled once for each target. Include after "hwy/highway.h".
#if defined(NF_KERNELS_VECTOR_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef NF_KERNELS_VECTOR_INL_H_
#undef NF_KERNELS_VECTOR_INL_H_
#else
#define NF_KERNELS_VECTOR_INL_H_
#endif

#if HWY_TARGET != HWY_SCALAR
HWY_BEFORE_NAMESPACE();
namespace nf::kernels::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

using Floats = hn::ScalableTag<float>;
using Ints = hn::RebindToSigned<Floats>;
using F = hn::Vec<Floats>;
using I = hn::Vec<Ints>;
inline constexpr int kLanes = static_cast<int>(hn::MaxLanes(Floats()));

// The accumulators of the products live in registers: 24 of 32, or 12 of 16.
inline constexpr bool kManyRegisters = HWY_TARGET != HWY_AVX2 && HWY_TARGET != HWY_SSE4;

// ---- the first n < kLanes values of a vector; nothing beyond is touched ----
HWY_INLINE F load_first(const float* p, std::size_t n) {
  const Floats d;
#if HWY_TARGET == HWY_SSE4
  alignas(16) float lanes[kLanes] = {};
  for (std::size_t i = 0; i < n; ++i) lanes[i] = p[i];
  return hn::Load(d, lanes);
#else
  return hn::MaskedLoad(hn::FirstN(d, n), d, p);
#endif
}

HWY_INLINE void store_first(F v, float* p, std::size_t n) {
  const Floats d;
#if HWY_TARGET == HWY_SSE4
  alignas(16) float lanes[kLanes];
  hn::Store(v, d, lanes);
  for (std::size_t i = 0; i < n; ++i) p[i] = lanes[i];
#else
  hn::BlendedStore(v, hn::FirstN(d, n), d, p);
#endif
}

// ---- elementary functions ----
// Polynomials after Moshier's Cephes library (expf, logf, sinf, cosf). Errors are stated with their users.

HWY_INLINE F set(float value) { return hn::Set(Floats(), value); }
HWY_INLINE I set_int(std::int32_t value) { return hn::Set(Ints(), value); }

// Not hn::Max: these hand a NaN in x through on every target.
HWY_INLINE F at_least(float low, F x) { return hn::IfThenElse(hn::Lt(x, set(low)), set(low), x); }
HWY_INLINE F at_most(float high, F x) { return hn::IfThenElse(hn::Gt(x, set(high)), set(high), x); }

// x = n ln 2 + r, |r| <= ln 2 / 2; n as integers, and p = e^r - 1 with a small relative error also near 0.
struct Exponent {
  I n;
  F p;
};
// REQUIRES: |x| < 2^20 or NaN.
HWY_INLINE Exponent split_exp(F x) {
  const F magic = set(12582912.0f);  // 1.5 * 2^23: adding it rounds to an integer, held in the low bits
  const F shifted = hn::MulAdd(x, set(1.44269504f), magic);
  const F n = hn::Sub(shifted, magic);
  F r = hn::NegMulAdd(n, set(0.693359375f), x);  // 10 bits: n times it is exact
  r = hn::NegMulAdd(n, set(-2.12194440e-4f), r);
  F q = set(1.9875691500e-4f);
  q = hn::MulAdd(q, r, set(1.3981999507e-3f));
  q = hn::MulAdd(q, r, set(8.3334519073e-3f));
  q = hn::MulAdd(q, r, set(4.1665795894e-2f));
  q = hn::MulAdd(q, r, set(1.6666665459e-1f));
  q = hn::MulAdd(q, r, set(5.0000001201e-1f));
  return {hn::Sub(hn::BitCast(Ints(), shifted), set_int(0x4b400000)), hn::MulAdd(hn::Mul(q, r), r, r)};
}

// 2^n, -126 <= n <= 127.
HWY_INLINE F power_of_two(I n) {
  return hn::BitCast(Floats(), hn::ShiftLeft<23>(hn::Add(n, set_int(127))));
}

HWY_INLINE F vector_exp(F x) {
  const Exponent e = split_exp(at_least(-110.0f, at_most(90.0f, x)));
  const I half = hn::ShiftRight<1>(e.n);  // two factors: 2^n itself over- and underflows before the result does
  return hn::Mul(hn::Mul(hn::Add(e.p, set(1.0f)), power_of_two(half)), power_of_two(hn::Sub(e.n, half)));
}

// exp for |x| <= 87, one factor fewer.
HWY_INLINE F vector_exp_small(F x) {
  const Exponent e = split_exp(x);
  const F scale = power_of_two(e.n);
  return hn::MulAdd(e.p, scale, scale);
}

// e^x - 1 for x <= 88 or NaN.
HWY_INLINE F vector_expm1(F x) {
  const Exponent e = split_exp(at_least(-40.0f, x));
  const F scale = power_of_two(e.n);
  return hn::MulAdd(e.p, scale, hn::Sub(scale, set(1.0f)));
}

// log(1 + f) + e ln 2 for sqrt(1/2) - 1 <= f <= sqrt(2) - 1.
HWY_INLINE F log1p_small(F f, F e) {
  F q = set(7.0376836292e-2f);
  q = hn::MulAdd(q, f, set(-1.1514610310e-1f));
  q = hn::MulAdd(q, f, set(1.1676998740e-1f));
  q = hn::MulAdd(q, f, set(-1.2420140846e-1f));
  q = hn::MulAdd(q, f, set(1.4249322787e-1f));
  q = hn::MulAdd(q, f, set(-1.6668057665e-1f));
  q = hn::MulAdd(q, f, set(2.0000714765e-1f));
  q = hn::MulAdd(q, f, set(-2.4999993993e-1f));
  q = hn::MulAdd(q, f, set(3.3333331174e-1f));
  const F f2 = hn::Mul(f, f);
  F y = hn::Mul(hn::Mul(q, f2), f);
  y = hn::MulAdd(e, set(-2.12194440e-4f), y);
  y = hn::NegMulAdd(f2, set(0.5f), y);
  return hn::MulAdd(e, set(0.693359375f), hn::Add(f, y));
}

// x = 2^e m with sqrt(1/2) <= m < sqrt(2), for positive normal x.
struct Mantissa {
  F m, e;
};
HWY_INLINE Mantissa split_log(F x) {
  const I bits = hn::BitCast(Ints(), x);
  const I sqrt_half = set_int(0x3f3504f3);
  const I e = hn::ShiftRight<23>(hn::Sub(bits, sqrt_half));
  return {hn::BitCast(Floats(), hn::Sub(bits, hn::ShiftLeft<23>(e))), hn::ConvertTo(Floats(), e)};
}

HWY_INLINE F vector_log(F x) {
  const float smallest = 1.17549435e-38f, infinity = __builtin_inff();
  const auto denormal = hn::Lt(x, set(smallest));
  Mantissa s = split_log(hn::IfThenElse(denormal, hn::Mul(x, set(33554432.0f)), x));
  s.e = hn::Sub(s.e, hn::IfThenElseZero(denormal, set(25.0f)));
  F y = log1p_small(hn::Sub(s.m, set(1.0f)), s.e);
  y = hn::IfThenElse(hn::Lt(x, set(infinity)), y, x);  // inf and NaN are their own logarithms
  y = hn::IfThenElse(hn::Gt(x, hn::Zero(Floats())), y, hn::IfThenElse(hn::Lt(x, set(infinity)), set(-infinity), y));
  return hn::IfThenElse(hn::Lt(x, hn::Zero(Floats())), set(__builtin_nanf("")), y);
}

// log(1 + t), 0 <= t <= 1 or NaN.
HWY_INLINE F log1p_unit(F t) {
  const auto upper = hn::Gt(t, set(0.41421356f));
  const F f = hn::IfThenElse(upper, hn::Mul(set(0.5f), hn::Sub(t, set(1.0f))), t);
  return log1p_small(f, hn::IfThenElseZero(upper, set(1.0f)));
}

// (e^2x - 1) / (e^2x + 1), which keeps its relative accuracy near 0; 1 in float beyond 9.02.
HWY_INLINE F vector_tanh(F x) {
  const F m = vector_expm1(at_least(-20.0f, at_most(20.0f, hn::Add(x, x))));
  return hn::Div(m, hn::Add(m, set(2.0f)));
}

HWY_INLINE F vector_sigmoid(F x) {
  const F one = set(1.0f);
  return hn::Div(one, hn::Add(one, vector_exp(hn::Neg(x))));
}

HWY_INLINE F vector_softplus(F x) {
  return hn::Add(at_least(0.0f, x), log1p_unit(vector_exp(hn::Neg(hn::Abs(x)))));
}

// NOLINTNEXTLINE(google-readability-namespace-comments)
}  // namespace nf::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif  // HWY_TARGET != HWY_SCALAR
#endif  // guard
