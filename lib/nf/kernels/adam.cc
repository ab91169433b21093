// adam.cc -- what happens to a gradient after the backward pass: adding up the parts, the step, the running average.
#include "nf/kernels/simd.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "nf/kernels/adam.cc"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"
#include "nf/kernels/kernels.h"
#include "nf/kernels/vector-inl.h"

HWY_BEFORE_NAMESPACE();
namespace nf::kernels::HWY_NAMESPACE {

#if HWY_TARGET == HWY_SCALAR
double reduce(const float* const* parts, int count, float* out, std::size_t n) {
  return plain::reduce(parts, count, out, n);
}
void adam(const AdamStep& s, const float* g, float* m, float* v, float* w, std::size_t n) {
  plain::adam(s, g, m, v, w, n);
}
void average(double keep, const float* w, float* average, std::size_t n) { plain::average(keep, w, average, n); }
#else

// out[i..] = the tree's sum over `parts`, for kVectors vectors, or for n < kLanes values (kFull false). Like counting in
// binary: a finished subtree of 2^b parts waits in pending[.] until its neighbour is complete.
template <int kVectors, bool kFull = true>
HWY_INLINE void add_parts(const float* const* parts, int count, float* out, std::size_t i, std::size_t n) {
  const Floats d;
  F pending[32][kVectors];
  int depth = 0;
  for (int part = 0; part < count; ++part) {
    const float* from = parts[part] + i;
    F sum[kVectors];
    for (int v = 0; v < kVectors; ++v) sum[v] = kFull ? hn::LoadU(d, from + v * kLanes) : load_first(from, n);
    for (int finished = part; finished & 1; finished >>= 1) {
      --depth;
      for (int v = 0; v < kVectors; ++v) sum[v] = hn::Add(pending[depth][v], sum[v]);
    }
    for (int v = 0; v < kVectors; ++v) pending[depth][v] = sum[v];
    ++depth;
  }
  for (; depth > 1; --depth) {
    for (int v = 0; v < kVectors; ++v) pending[depth - 2][v] = hn::Add(pending[depth - 2][v], pending[depth - 1][v]);
  }
  for (int v = 0; v < kVectors; ++v) {
    if (kFull) {
      hn::StoreU(pending[0][v], d, out + i + v * kLanes);
    } else {
      store_first(pending[0][v], out + i, n);
    }
  }
}

double reduce(const float* const* parts, int count, float* out, std::size_t n) {
  constexpr int kVectors = 4;
  constexpr std::size_t kStep = kVectors * kLanes;
  const hn::ScalableTag<double> d;
  const hn::Rebind<float, decltype(d)> half;
  if (count == 0) {
    for (std::size_t i = 0; i < n; ++i) out[i] = 0;
    return 0;
  }
  hn::Vec<decltype(d)> squares[2 * kVectors];
  for (auto& square : squares) square = hn::Zero(d);
  std::size_t i = 0;
  for (; i + kStep <= n; i += kStep) {
    add_parts<kVectors>(parts, count, out, i, kStep);
    for (int v = 0; v < 2 * kVectors; ++v) {
      const auto value = hn::PromoteTo(d, hn::LoadU(half, out + i + v * (kLanes / 2)));
      squares[v] = hn::MulAdd(value, value, squares[v]);
    }
  }
  for (int v = 1; v < 2 * kVectors; ++v) squares[0] = hn::Add(squares[0], squares[v]);
  double norm = hn::GetLane(hn::SumOfLanes(d, squares[0]));
  const std::size_t whole = i;
  for (; i + kLanes <= n; i += kLanes) add_parts<1>(parts, count, out, i, kLanes);
  if (i < n) add_parts<1, false>(parts, count, out, i, n - i);
  for (i = whole; i < n; ++i) norm += static_cast<double>(out[i]) * static_cast<double>(out[i]);
  return norm;
}

void adam(const AdamStep& s, const float* g, float* m, float* v, float* w, std::size_t n) {
  const Floats d;
  const F scale = set(static_cast<float>(s.scale));
  const F beta1 = set(static_cast<float>(s.beta1)), rest1 = set(static_cast<float>(1 - s.beta1));
  const F beta2 = set(static_cast<float>(s.beta2)), rest2 = set(static_cast<float>(1 - s.beta2));
  const F rate = set(static_cast<float>(s.rate / s.correction1)), epsilon = set(static_cast<float>(s.epsilon));
  const F inverse_correction2 = set(static_cast<float>(1 / s.correction2));
  const F shrink = set(static_cast<float>(s.rate * s.decay));
  std::size_t i = 0;
  const auto step = [&](F gi, F& mi, F& vi, F& wi) HWY_ATTR {
    gi = hn::Mul(scale, gi);
    mi = hn::MulAdd(beta1, mi, hn::Mul(rest1, gi));
    vi = hn::MulAdd(beta2, vi, hn::Mul(rest2, hn::Mul(gi, gi)));
    const F root = hn::Add(hn::Sqrt(hn::Mul(vi, inverse_correction2)), epsilon);
    wi = hn::Sub(wi, hn::MulAdd(shrink, wi, hn::Div(hn::Mul(rate, mi), root)));
  };
  for (; i + kLanes <= n; i += kLanes) {
    F mi = hn::LoadU(d, m + i), vi = hn::LoadU(d, v + i), wi = hn::LoadU(d, w + i);
    step(hn::LoadU(d, g + i), mi, vi, wi);
    hn::StoreU(mi, d, m + i);
    hn::StoreU(vi, d, v + i);
    hn::StoreU(wi, d, w + i);
  }
  if (i < n) {
    const std::size_t rest = n - i;
    F mi = load_first(m + i, rest), vi = load_first(v + i, rest), wi = load_first(w + i, rest);
    step(load_first(g + i, rest), mi, vi, wi);
    store_first(mi, m + i, rest);
    store_first(vi, v + i, rest);
    store_first(wi, w + i, rest);
  }
}

void average(double keep, const float* w, float* average, std::size_t n) {
  const Floats d;
  const F part = set(static_cast<float>(1 - keep));
  std::size_t i = 0;
  for (; i + kLanes <= n; i += kLanes) {
    const F old = hn::LoadU(d, average + i);
    hn::StoreU(hn::MulAdd(part, hn::Sub(hn::LoadU(d, w + i), old), old), d, average + i);
  }
  if (i < n) {
    const F old = load_first(average + i, n - i);
    store_first(hn::MulAdd(part, hn::Sub(load_first(w + i, n - i), old), old), average + i, n - i);
  }
}
#endif

// NOLINTNEXTLINE(google-readability-namespace-comments)
}  // namespace nf::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace nf::kernels {
double reduce(const float* const* parts, int count, float* out, std::size_t n) {
  return NF_DISPATCH(reduce)(parts, count, out, n);
}
void adam(const AdamStep& s, const float* g, float* m, float* v, float* w, std::size_t n) {
  NF_DISPATCH(adam)(s, g, m, v, w, n);
}
void average(double keep, const float* w, float* average, std::size_t n) {
  NF_DISPATCH(average)(keep, w, average, n);
}
}  // namespace nf::kernels
#endif
