// affine.cc -- y = x exp(s) + t with s = r / (1 + |r| / ln 1000), its inverse and its gradients, fused over a tile.
#include "nf/kernels/simd.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "nf/kernels/affine.cc"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"
#include "nf/kernels/kernels.h"
#include "nf/kernels/vector-inl.h"

HWY_BEFORE_NAMESPACE();
namespace nf::kernels::HWY_NAMESPACE {

#if HWY_TARGET == HWY_SCALAR
void affine_forward(const float* x, const float* phi, float* y, float* logd, int features) {
  plain::affine_forward(x, phi, y, logd, features);
}
void affine_inverse(const float* y, const float* phi, float* x, float* logd, int features) {
  plain::affine_inverse(y, phi, x, logd, features);
}
void affine_backward(const float* x, const float* phi, const float* dy, const float* dlogd, float* dx, float* dphi,
                     int features) {
  plain::affine_backward(x, phi, dy, dlogd, dx, dphi, features);
}
#else

constexpr float kInverseBound = 1 / kLogScaleBound;

// 1 / (1 + |r| / ln 1000): s is r times it, ds/dr its square.
HWY_INLINE F shrink(F r) { return hn::Div(set(1.0f), hn::MulAdd(hn::Abs(r), set(kInverseBound), set(1.0f))); }

// s; |r| = inf gives the bound itself, not inf * 0.
HWY_INLINE F log_scale(F r) {
  const F bounded = at_least(-1e20f, at_most(1e20f, r));
  return hn::Div(bounded, hn::MulAdd(hn::Abs(bounded), set(kInverseBound), set(1.0f)));
}

void affine_forward(const float* x, const float* phi, float* y, float* logd, int features) {
  const Floats d;
  for (int f = 0; f < features; ++f, x += kRows, phi += 2 * kRows, y += kRows, logd += kRows) {
    for (int row = 0; row < kRows; row += kLanes) {
      const F t = hn::Load(d, phi + row), s = log_scale(hn::Load(d, phi + kRows + row));
      hn::Store(hn::MulAdd(hn::Load(d, x + row), vector_exp_small(s), t), d, y + row);
      hn::Store(s, d, logd + row);
    }
  }
}

void affine_inverse(const float* y, const float* phi, float* x, float* logd, int features) {
  const Floats d;
  for (int f = 0; f < features; ++f, y += kRows, phi += 2 * kRows, x += kRows, logd += kRows) {
    for (int row = 0; row < kRows; row += kLanes) {
      const F t = hn::Load(d, phi + row), minus_s = hn::Neg(log_scale(hn::Load(d, phi + kRows + row)));
      hn::Store(hn::Mul(hn::Sub(hn::Load(d, y + row), t), vector_exp_small(minus_s)), d, x + row);
      hn::Store(minus_s, d, logd + row);
    }
  }
}

void affine_backward(const float* x, const float* phi, const float* dy, const float* dlogd, float* dx, float* dphi,
                     int features) {
  const Floats d;
  for (int f = 0; f < features; ++f) {
    for (int row = 0; row < kRows; row += kLanes) {
      const F r = hn::Load(d, phi + kRows + row), dy_row = hn::Load(d, dy + row);
      const F dx_row = hn::Mul(dy_row, vector_exp_small(log_scale(r))), slope = shrink(r);
      const F ds = hn::MulAdd(dx_row, hn::Load(d, x + row), hn::Load(d, dlogd + row));
      hn::Store(dx_row, d, dx + row);
      hn::Store(dy_row, d, dphi + row);
      hn::Store(hn::Mul(ds, hn::Mul(slope, slope)), d, dphi + kRows + row);
    }
    x += kRows, phi += 2 * kRows, dy += kRows, dlogd += kRows, dx += kRows, dphi += 2 * kRows;
  }
}
#endif

// NOLINTNEXTLINE(google-readability-namespace-comments)
}  // namespace nf::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace nf::kernels {
void affine_forward(const float* x, const float* phi, float* y, float* logd, int features) {
  NF_DISPATCH(affine_forward)(x, phi, y, logd, features);
}
void affine_inverse(const float* y, const float* phi, float* x, float* logd, int features) {
  NF_DISPATCH(affine_inverse)(y, phi, x, logd, features);
}
void affine_backward(const float* x, const float* phi, const float* dy, const float* dlogd, float* dx, float* dphi,
                     int features) {
  NF_DISPATCH(affine_backward)(x, phi, dy, dlogd, dx, dphi, features);
}
}  // namespace nf::kernels
#endif
