// bend.cc -- the elementwise parts of a net with slopes and curvatures.
#include "nf/kernels/bend.h"

#include "nf/kernels/simd.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "nf/kernels/bend.cc"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"
#include "nf/kernels/kernels.h"
#include "nf/kernels/lanes-inl.h"

HWY_BEFORE_NAMESPACE();
namespace nf::kernels::HWY_NAMESPACE {

// With s = b a, p = sigmoid(s), q = p (1 - p): f' = (p + s q) / 1.1, f'' = b q (2 + s (1 - 2 p)) / 1.1. The largest f'
// is 1.09984 / 1.1 (Chen, Behrmann, Duvenaud, Jacobsen, 2019, arXiv:1906.02735).
template <class V>
HWY_INLINE void lipswish(const Bend<Value<V>>& t) {
  const V one(1), share(static_cast<double>(t.gain) / 1.1);
  for (int j = 0; j < t.units; ++j) {
    const V b(static_cast<double>(t.sharpness[j]));
    for (int row = 0; row < kRows; row += V::kCount) {
      const int i = kRows * j + row;
      const V a = V::load(t.a + i), s = a * b, p = sigmoid(s), q = p * (one - p);
      (share * a * p).store(t.h + i);
      (share * multiply_add(s, q, p)).store(t.d + i);
      (share * b * q * multiply_add(s, one - p - p, V(2))).store(t.d2 + i);
    }
  }
}

template <class V>
HWY_INLINE void hyperbolic(const Bend<Value<V>>& t) {
  const V gain(static_cast<double>(t.gain));
  for (int j = 0; j < t.units; ++j) {
    const V b(static_cast<double>(t.sharpness[j])), inverse = gain / b;
    for (int row = 0; row < kRows; row += V::kCount) {
      const int i = kRows * j + row;
      const V y = tanh(b * V::load(t.a + i)), d = gain * multiply_add(-y, y, V(1));
      (inverse * y).store(t.h + i);
      d.store(t.d + i);
      (V(-2) * b * y * d).store(t.d2 + i);
    }
  }
}

template <class V>
HWY_INLINE void bends(const Bend<Value<V>>& t) {
  if (t.lipswish) lipswish<V>(t);
  else hyperbolic<V>(t);
}

template <class V>
HWY_INLINE void product(const Value<V>* x, const Value<V>* y, int units, Value<V>* to) {
  for (int i = 0; i < kRows * units; i += V::kCount) (V::load(x + i) * V::load(y + i)).store(to + i);
}

template <class V>
HWY_INLINE void by_slopes(const Slopes<Value<V>>& t) {
  for (int i = 0; i < kRows * t.units; i += V::kCount) {
    const V dt = V::load(t.dt + i);
    multiply_add(dt, V::load(t.s + i), V::load(t.dd + i)).store(t.dd + i);
    (dt * V::load(t.d + i)).store(t.ds + i);
  }
}

template <class V>
HWY_INLINE void by_curves(const Curves<Value<V>>& t) {
  for (int i = 0; i < kRows * t.units; i += V::kCount)
    multiply_add(V::load(t.d2 + i), V::load(t.dd + i), V::load(t.d + i) * V::load(t.dh + i)).store(t.da + i);
}

void bends_float(const Bend<float>& t) { bends<Lanes>(t); }
void product_float(const float* x, const float* y, int units, float* to) { product<Lanes>(x, y, units, to); }
void by_slopes_float(const Slopes<float>& t) { by_slopes<Lanes>(t); }
void by_curves_float(const Curves<float>& t) { by_curves<Lanes>(t); }

// NOLINTNEXTLINE(google-readability-namespace-comments)
}  // namespace nf::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace nf::kernels {
void bend(const Bend<float>& t) { NF_DISPATCH(bends_float)(t); }
void times(const float* x, const float* y, int units, float* to) { NF_DISPATCH(product_float)(x, y, units, to); }
void slopes_backward(const Slopes<float>& t) { NF_DISPATCH(by_slopes_float)(t); }
void curves_backward(const Curves<float>& t) { NF_DISPATCH(by_curves_float)(t); }
void bend(const Bend<double>& t) { HWY_STATIC_DISPATCH(bends<Lane<double>>)(t); }
void times(const double* x, const double* y, int units, double* to) {
  HWY_STATIC_DISPATCH(product<Lane<double>>)(x, y, units, to);
}
void slopes_backward(const Slopes<double>& t) { HWY_STATIC_DISPATCH(by_slopes<Lane<double>>)(t); }
void curves_backward(const Curves<double>& t) { HWY_STATIC_DISPATCH(by_curves<Lane<double>>)(t); }
namespace plain {
void bend(const Bend<float>& t) { HWY_STATIC_DISPATCH(bends<Lane<float>>)(t); }
void times(const float* x, const float* y, int units, float* to) {
  HWY_STATIC_DISPATCH(product<Lane<float>>)(x, y, units, to);
}
void slopes_backward(const Slopes<float>& t) { HWY_STATIC_DISPATCH(by_slopes<Lane<float>>)(t); }
void curves_backward(const Curves<float>& t) { HWY_STATIC_DISPATCH(by_curves<Lane<float>>)(t); }
}  // namespace plain
}  // namespace nf::kernels
#endif
