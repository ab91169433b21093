// affine.cc -- y = x exp(s) + t, its inverse and its gradients.
#include "nf/kernels/affine.h"

#include "nf/kernels/simd.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "nf/kernels/affine.cc"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"
#include "nf/kernels/kernels.h"
#include "nf/kernels/lanes-inl.h"
#include "nf/kernels/map-inl.h"

HWY_BEFORE_NAMESPACE();
namespace nf::kernels::HWY_NAMESPACE {

template <class V>
HWY_INLINE void affine_forward(V x, V t, V r, Value<V>* y, Value<V>* logd) {
  const V s = log_scale(r);
  multiply_add(x, exp_small(s), t).store(y);
  s.store(logd);
}
template <class V>
HWY_INLINE void affine_inverse(V y, V t, V r, Value<V>* x, Value<V>* logd) {
  const V minus_s = -log_scale(r);
  ((y - t) * exp_small(minus_s)).store(x);
  minus_s.store(logd);
}
// dx = dy e^s, dr = (dy x e^s + dlogd) ds/dr, and dt = dy.
template <class V>
HWY_INLINE void affine_backward(V x, V r, V dy, V dlogd, Value<V>* dx, Value<V>* dr) {
  const V dx_row = dy * exp_small(log_scale(r)), slope = shrink(r);
  dx_row.store(dx);
  (multiply_add(dx_row, x, dlogd) * (slope * slope)).store(dr);
}

template <class V>
HWY_INLINE void forward_row(const Affine&, const Value<V>* x, const Value<V>* phi, Value<V>* y, Value<V>* logd,
                            Value<V>*) {
  affine_forward(V::load(x), V::load(phi), V::load(phi + kRows), y, logd);
}
template <class V>
HWY_INLINE void inverse_row(const Affine&, const Value<V>* y, const Value<V>* phi, Value<V>* x, Value<V>* logd,
                            Value<V>*) {
  affine_inverse(V::load(y), V::load(phi), V::load(phi + kRows), x, logd);
}
template <class V>
HWY_INLINE void backward_row(const Affine&, const Value<V>* x, const Value<V>* phi, const Value<V>* dy,
                             const Value<V>* dlogd, Value<V>* dx, Value<V>* dphi, Value<V>*) {
  const V dy_row = V::load(dy);
  affine_backward(V::load(x), V::load(phi + kRows), dy_row, V::load(dlogd), dx, dphi + kRows);
  dy_row.store(dphi);
}

template <class V>
HWY_INLINE void forward_row(const Scale&, const Value<V>* x, const Value<V>* phi, Value<V>* y, Value<V>* logd,
                            Value<V>*) {
  affine_forward(V::load(x), V(0), V::load(phi), y, logd);
}
template <class V>
HWY_INLINE void inverse_row(const Scale&, const Value<V>* y, const Value<V>* phi, Value<V>* x, Value<V>* logd,
                            Value<V>*) {
  affine_inverse(V::load(y), V(0), V::load(phi), x, logd);
}
template <class V>
HWY_INLINE void backward_row(const Scale&, const Value<V>* x, const Value<V>* phi, const Value<V>* dy,
                             const Value<V>* dlogd, Value<V>* dx, Value<V>* dphi, Value<V>*) {
  affine_backward(V::load(x), V::load(phi), V::load(dy), V::load(dlogd), dx, dphi);
}

NF_MAP_HERE(Affine)
NF_MAP_HERE(Scale)

// NOLINTNEXTLINE(google-readability-namespace-comments)
}  // namespace nf::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace nf::kernels {
NF_MAP_DISPATCH(Affine)
NF_MAP_DISPATCH(Scale)
}  // namespace nf::kernels
#endif
