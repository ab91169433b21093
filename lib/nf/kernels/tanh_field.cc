// tanh_field.cc -- the elementwise parts of a field of two layers of tanh.
#include "nf/kernels/tanh_field.h"

#include "nf/kernels/simd.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "nf/kernels/tanh_field.cc"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"
#include "nf/kernels/kernels.h"
#include "nf/kernels/lanes-inl.h"

HWY_BEFORE_NAMESPACE();
namespace nf::kernels::HWY_NAMESPACE {

template <class V>
HWY_INLINE V slope(V y) {
  return multiply_add(-y, y, V(1));
}

template <class V>
HWY_INLINE void slopes(const Value<V>* h, int units, Value<V>* d1) {
  for (int i = 0; i < kRows * units; i += V::kCount) slope(V::load(h + i)).store(d1 + i);
}

template <class V>
HWY_INLINE void trace(const TanhTrace<Value<V>>& t) {
  for (int row = 0; row < kRows; row += V::kCount) {
    V sum(0);
    for (int j = 0; j < t.units; ++j) {
      const int i = kRows * j + row;
      sum = multiply_add(slope(V::load(t.u + i)), V::load(t.product + i), sum);
      sum = multiply_add(V(static_cast<double>(t.diagonal[j])), V::load(t.d1 + i), sum);
    }
    sum.store(t.q + row);
  }
}

template <class V>
HWY_INLINE void outer(const TanhOuter<Value<V>>& t) {
  for (int j = 0; j < t.units; ++j)
    for (int row = 0; row < kRows; row += V::kCount) {
      const int i = kRows * j + row;
      const V u = V::load(t.u + i), d2 = slope(u), dh = V::load(t.dh + i);
      if (!t.dq) {
        (d2 * dh).store(t.da + i);
        continue;
      }
      const V dq = V::load(t.dq + row);
      (dq * d2).store(t.p + i);
      (d2 * multiply_add(V(-2) * u, dq * V::load(t.product + i), dh)).store(t.da + i);
    }
}

template <class V>
HWY_INLINE void inner(const TanhInner<Value<V>>& t) {
  for (int j = 0; j < t.units; ++j) {
    const V diagonal(static_cast<double>(t.diagonal[j]));
    for (int row = 0; row < kRows; row += V::kCount) {
      const int i = kRows * j + row;
      const V h = V::load(t.h + i), dh = V::load(t.dh + i);
      if (!t.dq) {
        (slope(h) * dh).store(t.da + i);
        continue;
      }
      const V dd1 = multiply_add(V::load(t.dq + row), diagonal, V::load(t.dd1 + i));
      (slope(h) * multiply_add(V(-2) * h, dd1, dh)).store(t.da + i);
    }
  }
}

void slopes_float(const float* h, int units, float* d1) { slopes<Lanes>(h, units, d1); }
void trace_float(const TanhTrace<float>& t) { trace<Lanes>(t); }
void outer_float(const TanhOuter<float>& t) { outer<Lanes>(t); }
void inner_float(const TanhInner<float>& t) { inner<Lanes>(t); }

// NOLINTNEXTLINE(google-readability-namespace-comments)
}  // namespace nf::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace nf::kernels {
void tanh_slope(const float* h, int units, float* d1) { NF_DISPATCH(slopes_float)(h, units, d1); }
void tanh_trace(const TanhTrace<float>& t) { NF_DISPATCH(trace_float)(t); }
void tanh_outer(const TanhOuter<float>& t) { NF_DISPATCH(outer_float)(t); }
void tanh_inner(const TanhInner<float>& t) { NF_DISPATCH(inner_float)(t); }
void tanh_slope(const double* h, int units, double* d1) { HWY_STATIC_DISPATCH(slopes<Lane<double>>)(h, units, d1); }
void tanh_trace(const TanhTrace<double>& t) { HWY_STATIC_DISPATCH(trace<Lane<double>>)(t); }
void tanh_outer(const TanhOuter<double>& t) { HWY_STATIC_DISPATCH(outer<Lane<double>>)(t); }
void tanh_inner(const TanhInner<double>& t) { HWY_STATIC_DISPATCH(inner<Lane<double>>)(t); }
namespace plain {
void tanh_slope(const float* h, int units, float* d1) { HWY_STATIC_DISPATCH(slopes<Lane<float>>)(h, units, d1); }
void tanh_trace(const TanhTrace<float>& t) { HWY_STATIC_DISPATCH(trace<Lane<float>>)(t); }
void tanh_outer(const TanhOuter<float>& t) { HWY_STATIC_DISPATCH(outer<Lane<float>>)(t); }
void tanh_inner(const TanhInner<float>& t) { HWY_STATIC_DISPATCH(inner<Lane<float>>)(t); }
}  // namespace plain
}  // namespace nf::kernels
#endif
