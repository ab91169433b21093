// Arithmetic for maps that are written once and compiled for every target: a function template on V sees one number,
// and V stands for as many rows as a register holds (`Lanes`) or for a single float or double (`Lane<T>`, the plain
// twin). Include after "hwy/highway.h". A kernel reads
//
//   template <class V> void foo(const Value<V>* x, Value<V>* y) {
//     for (int row = 0; row < kRows; row += V::kCount) (exp(V::load(x + row)) * V(0.5f)).store(y + row);
//   }
//   void foo_float(const float* x, float* y) { foo<Lanes>(x, y); }   // in every target's namespace: NF_DISPATCH
//   #if HWY_ONCE
//   void foo_plain(const double* x, double* y) { foo<Lane<double>>(x, y); }   // HWY_STATIC_DISPATCH
//   #endif

// ---- one number ----
#ifndef NF_KERNELS_LANE_H_
#define NF_KERNELS_LANE_H_
#include "nf/kernels/kernels.h"

namespace nf::kernels {

template <class T>
struct Lane {
  using Scalar = T;
  using Mask = bool;
  static constexpr int kCount = 1;
  T v;

  Lane() = default;
  explicit Lane(double value) : v(static_cast<T>(value)) {}
  static Lane of(T value) {
    Lane lane;
    lane.v = value;
    return lane;
  }
  static Lane load(const T* p) { return of(*p); }
  void store(T* p) const { *p = v; }

  friend Lane operator+(Lane a, Lane b) { return of(a.v + b.v); }
  friend Lane operator-(Lane a, Lane b) { return of(a.v - b.v); }
  friend Lane operator*(Lane a, Lane b) { return of(a.v * b.v); }
  friend Lane operator/(Lane a, Lane b) { return of(a.v / b.v); }
  friend Lane operator-(Lane a) { return of(-a.v); }
  friend Mask operator<(Lane a, Lane b) { return a.v < b.v; }
  friend Mask operator<=(Lane a, Lane b) { return a.v <= b.v; }
  friend Mask operator>(Lane a, Lane b) { return a.v > b.v; }
  friend Mask operator>=(Lane a, Lane b) { return a.v >= b.v; }
  friend Mask operator==(Lane a, Lane b) { return a.v == b.v; }
};

inline bool both(bool a, bool b) { return a && b; }
inline bool either(bool a, bool b) { return a || b; }
inline bool negated(bool a) { return !a; }
inline bool every(bool a) { return a; }
template <class T>
Lane<T> select(bool yes, Lane<T> a, Lane<T> b) {
  return yes ? a : b;
}
template <class T>
Lane<T> multiply_add(Lane<T> a, Lane<T> b, Lane<T> c) {
  return Lane<T>::of(a.v * b.v + c.v);
}
template <class T>
Lane<T> abs(Lane<T> x) {
  return x.v < 0 ? -x : x;
}
// The limit where x is beyond it; a NaN in x stays.
template <class T>
Lane<T> at_least(Lane<T> low, Lane<T> x) {
  return x.v < low.v ? low : x;
}
template <class T>
Lane<T> at_most(Lane<T> high, Lane<T> x) {
  return x.v > high.v ? high : x;
}
inline Lane<float> sqrt(Lane<float> x) { return Lane<float>::of(__builtin_sqrtf(x.v)); }
inline Lane<double> sqrt(Lane<double> x) { return Lane<double>::of(__builtin_sqrt(x.v)); }
inline Lane<float> round(Lane<float> x) { return Lane<float>::of(__builtin_rintf(x.v)); }  // ties to even
inline Lane<double> round(Lane<double> x) { return Lane<double>::of(__builtin_rint(x.v)); }
inline Lane<float> exp(Lane<float> x) { return Lane<float>::of(__builtin_expf(x.v)); }
inline Lane<double> exp(Lane<double> x) { return Lane<double>::of(__builtin_exp(x.v)); }
inline Lane<float> log(Lane<float> x) { return Lane<float>::of(__builtin_logf(x.v)); }
inline Lane<double> log(Lane<double> x) { return Lane<double>::of(__builtin_log(x.v)); }
inline Lane<float> log1p(Lane<float> x) { return Lane<float>::of(__builtin_log1pf(x.v)); }
inline Lane<double> log1p(Lane<double> x) { return Lane<double>::of(__builtin_log1p(x.v)); }
inline Lane<float> tanh(Lane<float> x) { return Lane<float>::of(__builtin_tanhf(x.v)); }
inline Lane<double> tanh(Lane<double> x) { return Lane<double>::of(__builtin_tanh(x.v)); }
template <class T>
Lane<T> sigmoid(Lane<T> x) {
  return Lane<T>(1) / (Lane<T>(1) + exp(-x));
}
template <class T>
Lane<T> softplus(Lane<T> x) {
  return at_least(Lane<T>(0), x) + log1p(exp(-abs(x)));
}

template <class V>
using Value = typename V::Scalar;

}  // namespace nf::kernels
#endif  // NF_KERNELS_LANE_H_

// ---- a register of rows, for each target ----
#if defined(NF_KERNELS_LANES_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef NF_KERNELS_LANES_INL_H_
#undef NF_KERNELS_LANES_INL_H_
#else
#define NF_KERNELS_LANES_INL_H_
#endif

#include "nf/kernels/vector-inl.h"

HWY_BEFORE_NAMESPACE();
namespace nf::kernels::HWY_NAMESPACE {

#if HWY_TARGET == HWY_SCALAR
using Lanes = Lane<float>;
#else

struct Lanes {
  using Scalar = float;
  using Mask = hn::Mask<Floats>;
  static constexpr int kCount = kLanes;
  F v;

  Lanes() = default;
  HWY_INLINE explicit Lanes(double value) : v(set(static_cast<float>(value))) {}
  HWY_INLINE Lanes(F value, int) : v(value) {}
  static HWY_INLINE Lanes of(F value) { return Lanes(value, 0); }
  static HWY_INLINE Lanes load(const float* p) { return of(hn::Load(Floats(), p)); }
  HWY_INLINE void store(float* p) const { hn::Store(v, Floats(), p); }

  friend HWY_INLINE Lanes operator+(Lanes a, Lanes b) { return of(hn::Add(a.v, b.v)); }
  friend HWY_INLINE Lanes operator-(Lanes a, Lanes b) { return of(hn::Sub(a.v, b.v)); }
  friend HWY_INLINE Lanes operator*(Lanes a, Lanes b) { return of(hn::Mul(a.v, b.v)); }
  friend HWY_INLINE Lanes operator/(Lanes a, Lanes b) { return of(hn::Div(a.v, b.v)); }
  friend HWY_INLINE Lanes operator-(Lanes a) { return of(hn::Neg(a.v)); }
  friend HWY_INLINE Mask operator<(Lanes a, Lanes b) { return hn::Lt(a.v, b.v); }
  friend HWY_INLINE Mask operator<=(Lanes a, Lanes b) { return hn::Le(a.v, b.v); }
  friend HWY_INLINE Mask operator>(Lanes a, Lanes b) { return hn::Gt(a.v, b.v); }
  friend HWY_INLINE Mask operator>=(Lanes a, Lanes b) { return hn::Ge(a.v, b.v); }
  friend HWY_INLINE Mask operator==(Lanes a, Lanes b) { return hn::Eq(a.v, b.v); }
};

using kernels::both;  // for plain rows beside these: a bool has no namespace to be found by
using kernels::either;
using kernels::every;
using kernels::negated;
using LanesMask = Lanes::Mask;
HWY_INLINE LanesMask both(LanesMask a, LanesMask b) { return hn::And(a, b); }
HWY_INLINE LanesMask either(LanesMask a, LanesMask b) { return hn::Or(a, b); }
HWY_INLINE LanesMask negated(LanesMask a) { return hn::Not(a); }
HWY_INLINE bool every(LanesMask a) { return hn::AllTrue(Floats(), a); }
HWY_INLINE Lanes select(LanesMask yes, Lanes a, Lanes b) { return Lanes::of(hn::IfThenElse(yes, a.v, b.v)); }
HWY_INLINE Lanes multiply_add(Lanes a, Lanes b, Lanes c) { return Lanes::of(hn::MulAdd(a.v, b.v, c.v)); }
HWY_INLINE Lanes abs(Lanes x) { return Lanes::of(hn::Abs(x.v)); }
HWY_INLINE Lanes at_least(Lanes low, Lanes x) { return select(x < low, low, x); }
HWY_INLINE Lanes at_most(Lanes high, Lanes x) { return select(x > high, high, x); }
HWY_INLINE Lanes sqrt(Lanes x) { return Lanes::of(hn::Sqrt(x.v)); }
HWY_INLINE Lanes round(Lanes x) { return Lanes::of(hn::Round(x.v)); }
HWY_INLINE Lanes exp(Lanes x) { return Lanes::of(vector_exp(x.v)); }
HWY_INLINE Lanes exp_small(Lanes x) { return Lanes::of(vector_exp_small(x.v)); }  // |x| <= 87
HWY_INLINE Lanes log(Lanes x) { return Lanes::of(vector_log(x.v)); }
// log(u) of the rounded u = 1 + x, with what rounding took added to first order.
HWY_INLINE Lanes log1p(Lanes x) {
  const Lanes one(1), u = one + x;
  return log(u) + (x - (u - one)) / u;
}
HWY_INLINE Lanes tanh(Lanes x) { return Lanes::of(vector_tanh(x.v)); }
HWY_INLINE Lanes sigmoid(Lanes x) { return Lanes::of(vector_sigmoid(x.v)); }
HWY_INLINE Lanes softplus(Lanes x) { return Lanes::of(vector_softplus(x.v)); }
#endif

template <class T>
Lane<T> exp_small(Lane<T> x) {
  return exp(x);
}

// The bounded logarithm of a scale (log_scale.h), log s = r times this; d log s / dr is its square.
template <class V>
HWY_INLINE V shrink(V r) {
  return V(1) / multiply_add(abs(r), V(1 / kLogScaleBound), V(1));
}
// log s; |r| = inf gives the bound itself, not inf * 0.
template <class V>
HWY_INLINE V log_scale(V r) {
  const V cut = at_least(V(-1e20), at_most(V(1e20), r));
  return cut / multiply_add(abs(cut), V(1 / kLogScaleBound), V(1));
}

// NOLINTNEXTLINE(google-readability-namespace-comments)
}  // namespace nf::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();
#endif  // guard
