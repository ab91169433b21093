// product.cc -- y = epilogue(start + W x) over ranges of inputs: the forward pass of every layer and, with the strides
// of W exchanged, the gradient of its inputs.
//
// Units are taken up to six at a time with their accumulators in registers: six units by the whole tile where there are
// 32 registers, six by a part of the tile, in several passes, where there are 16. The inputs are never cut into blocks:
// an output is one chain of additions in the order of its inputs, whatever group its unit falls into.
#include "nf/kernels/simd.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "nf/kernels/product.cc"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"
#include "nf/kernels/kernels.h"
#include "nf/kernels/vector-inl.h"

HWY_BEFORE_NAMESPACE();
namespace nf::kernels::HWY_NAMESPACE {

#if HWY_TARGET == HWY_SCALAR
void product(const Product<float>& p) { plain::product(p); }
#else

constexpr int kMaxUnits = 6;
constexpr int kVectors = kManyRegisters ? 4 : 2;

// acc[u] += W x over inputs k0..k1-1 for units kFrom..kTo-1 of the group whose weights start at w.
template <int kFrom, int kTo, int kUnits>
HWY_INLINE void multiply(F (&acc)[kUnits][kVectors], const float* w, std::ptrdiff_t unit_stride,
                         std::ptrdiff_t input_stride, const float* x, int k0, int k1) {
  const Floats d;
  const float* wk = w + k0 * input_stride;
  const float* xk = x + static_cast<std::ptrdiff_t>(k0) * kRows;
  for (int k = k0; k < k1; ++k, wk += input_stride, xk += kRows) {
    F xs[kVectors];
    HWY_UNROLL(4)
    for (int v = 0; v < kVectors; ++v) xs[v] = hn::Load(d, xk + v * kLanes);
    HWY_UNROLL(6)
    for (int u = kFrom; u < kTo; ++u) {
      const F weight = hn::Set(d, wk[u * unit_stride]);
      HWY_UNROLL(4)
      for (int v = 0; v < kVectors; ++v) acc[u][v] = hn::MulAdd(weight, xs[v], acc[u][v]);
    }
  }
}

// The inputs before all units have begun: first unit 0 alone, then units 0 and 1, ...
template <int kActive, int kUnits>
HWY_INLINE void ramp_up(F (&acc)[kUnits][kVectors], const Product<float>& p, const float* w, const float* x,
                        const int* begin) {
  if constexpr (kActive < kUnits) {
    multiply<0, kActive>(acc, w, p.unit_stride, p.input_stride, x, begin[kActive - 1], begin[kActive]);
    ramp_up<kActive + 1>(acc, p, w, x, begin);
  }
}

// The inputs after the first units have ended.
template <int kFirst, int kUnits>
HWY_INLINE void ramp_down(F (&acc)[kUnits][kVectors], const Product<float>& p, const float* w, const float* x,
                          const int* end) {
  if constexpr (kFirst < kUnits) {
    multiply<kFirst, kUnits>(acc, w, p.unit_stride, p.input_stride, x, end[kFirst - 1], end[kFirst]);
    ramp_down<kFirst + 1>(acc, p, w, x, end);
  }
}

HWY_INLINE F gated(F sum, F gate, Activation activation) {
  if (activation == Activation::kRelu) return hn::IfThenElseZero(hn::Gt(gate, hn::Zero(Floats())), sum);
  if (activation == Activation::kTanh) return hn::Mul(sum, hn::NegMulAdd(gate, gate, set(1.0f)));
  return sum;
}

// Units n..n+kUnits-1, rows row..row + kVectors * kLanes - 1.
template <int kUnits>
HWY_INLINE void part(const Product<float>& p, int n, int row) {
  const Floats d;
  const float* w = p.w + n * p.unit_stride;
  const float* x = p.x + row;
  float* y = p.y + static_cast<std::ptrdiff_t>(n) * kRows + row;

  F acc[kUnits][kVectors];
  if (p.accumulate) {
    HWY_UNROLL(6)
    for (int u = 0; u < kUnits; ++u) {
      HWY_UNROLL(4)
      for (int v = 0; v < kVectors; ++v) acc[u][v] = hn::Load(d, y + u * kRows + v * kLanes);
    }
  } else {
    HWY_UNROLL(6)
    for (int u = 0; u < kUnits; ++u) {
      const F start = p.bias ? set(p.bias[n + u]) : hn::Zero(d);
      HWY_UNROLL(4)
      for (int v = 0; v < kVectors; ++v) acc[u][v] = start;
    }
  }

  const int first = p.begin ? p.begin[n] : p.first, last = p.end ? p.end[n + kUnits - 1] : p.last;
  const int all_begun = p.begin ? p.begin[n + kUnits - 1] : first, none_ended = p.end ? p.end[n] : last;
  if (all_begun < none_ended) {
    if (first < all_begun) ramp_up<1>(acc, p, w, x, p.begin + n);
    multiply<0, kUnits>(acc, w, p.unit_stride, p.input_stride, x, all_begun, none_ended);
    if (none_ended < last) ramp_down<1>(acc, p, w, x, p.end + n);
  } else {  // nothing in common: the union, over weights that are zero outside each unit's range
    multiply<0, kUnits>(acc, w, p.unit_stride, p.input_stride, x, first, last);
  }

  if (p.gate) {
    const float* gate = p.gate + (y - p.y);
    HWY_UNROLL(6)
    for (int u = 0; u < kUnits; ++u) {
      HWY_UNROLL(4)
      for (int v = 0; v < kVectors; ++v) {
        acc[u][v] = gated(acc[u][v], hn::Load(d, gate + u * kRows + v * kLanes), p.gate_activation);
      }
    }
  } else if (p.activation == Activation::kRelu) {
    HWY_UNROLL(6)
    for (int u = 0; u < kUnits; ++u) {
      HWY_UNROLL(4)
      for (int v = 0; v < kVectors; ++v) acc[u][v] = at_least(0.0f, acc[u][v]);
    }
  }
  HWY_UNROLL(6)
  for (int u = 0; u < kUnits; ++u) {
    HWY_UNROLL(4)
    for (int v = 0; v < kVectors; ++v) hn::Store(acc[u][v], d, y + u * kRows + v * kLanes);
  }
}

template <int kUnits>
HWY_NOINLINE void group(const Product<float>& p, int n) {
  for (int row = 0; row < kRows; row += kVectors * kLanes) part<kUnits>(p, n, row);
}

void product(const Product<float>& p) {
  static_assert(kMaxUnits == 6);
  for (int n = 0, groups = (p.units + kMaxUnits - 1) / kMaxUnits; groups > 0; --groups) {
    const int units = (p.units - n + groups - 1) / groups;  // 7 units are 4 + 3, not 6 + 1
    switch (units) {
      case 1: group<1>(p, n); break;
      case 2: group<2>(p, n); break;
      case 3: group<3>(p, n); break;
      case 4: group<4>(p, n); break;
      case 5: group<5>(p, n); break;
      default: group<6>(p, n); break;
    }
    if (p.activation == Activation::kTanh && !p.gate) {
      const Floats d;
      float* y = p.y + static_cast<std::ptrdiff_t>(n) * kRows;
      for (int i = 0; i < units * kRows; i += kLanes) hn::Store(vector_tanh(hn::Load(d, y + i)), d, y + i);
    }
    n += units;
  }
}
#endif

// NOLINTNEXTLINE(google-readability-namespace-comments)
}  // namespace nf::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace nf::kernels {
void product(const Product<float>& p) { NF_DISPATCH(product)(p); }
}  // namespace nf::kernels
#endif
