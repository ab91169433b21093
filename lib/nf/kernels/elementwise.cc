// elementwise.cc -- y[i] = f(x[i]). Errors are the largest on any target, in units in the last place of the exact value;
// denormal results may be flushed.
#include "nf/kernels/simd.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "nf/kernels/elementwise.cc"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"
#include "nf/kernels/kernels.h"
#include "nf/kernels/vector-inl.h"

HWY_BEFORE_NAMESPACE();
namespace nf::kernels::HWY_NAMESPACE {

#if HWY_TARGET == HWY_SCALAR
void exp(const float* x, float* y, std::size_t n) { plain::exp(x, y, n); }
void log(const float* x, float* y, std::size_t n) { plain::log(x, y, n); }
void tanh(const float* x, float* y, std::size_t n) { plain::tanh(x, y, n); }
void sigmoid(const float* x, float* y, std::size_t n) { plain::sigmoid(x, y, n); }
void softplus(const float* x, float* y, std::size_t n) { plain::softplus(x, y, n); }
#else

template <F (*kFunction)(F)>
HWY_INLINE void map(const float* x, float* y, std::size_t n) {
  const Floats d;
  std::size_t i = 0;
  for (; i + kLanes <= n; i += kLanes) hn::StoreU(kFunction(hn::LoadU(d, x + i)), d, y + i);
  if (i < n) store_first(kFunction(load_first(x + i, n - i)), y + i, n - i);
}

// Max error 1 ULP, all x.
void exp(const float* x, float* y, std::size_t n) { map<vector_exp>(x, y, n); }
// Max error 1 ULP, all x; log(0) = -inf, log(x < 0) is NaN.
void log(const float* x, float* y, std::size_t n) { map<vector_log>(x, y, n); }
// Max error 3 ULP, all x.
void tanh(const float* x, float* y, std::size_t n) { map<vector_tanh>(x, y, n); }
// Max error 3 ULP, x > -87; below, absolute error < 1.2e-38.
void sigmoid(const float* x, float* y, std::size_t n) { map<vector_sigmoid>(x, y, n); }
// Max error 2 ULP, x > -87; below, absolute error < 1.2e-38.
void softplus(const float* x, float* y, std::size_t n) { map<vector_softplus>(x, y, n); }
#endif

// NOLINTNEXTLINE(google-readability-namespace-comments)
}  // namespace nf::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace nf::kernels {
void exp(const float* x, float* y, std::size_t n) { NF_DISPATCH(exp)(x, y, n); }
void log(const float* x, float* y, std::size_t n) { NF_DISPATCH(log)(x, y, n); }
void tanh(const float* x, float* y, std::size_t n) { NF_DISPATCH(tanh)(x, y, n); }
void sigmoid(const float* x, float* y, std::size_t n) { NF_DISPATCH(sigmoid)(x, y, n); }
void softplus(const float* x, float* y, std::size_t n) { NF_DISPATCH(softplus)(x, y, n); }
}  // namespace nf::kernels
#endif
