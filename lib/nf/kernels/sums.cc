// sums.cc -- sums over the columns of a tile, a value a row, in double.
#include "nf/kernels/simd.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "nf/kernels/sums.cc"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"
#include "nf/kernels/kernels.h"
#include "nf/kernels/vector-inl.h"

HWY_BEFORE_NAMESPACE();
namespace nf::kernels::HWY_NAMESPACE {

#if HWY_TARGET == HWY_SCALAR
void sum_columns(const float* a, int columns, double* sum) { plain::sum_columns(a, columns, sum); }
void sum_squares(const float* a, int columns, double* sum) { plain::sum_squares(a, columns, sum); }
#else

// The square of a float is exact in double, so a fused multiply-add changes nothing.
template <bool kSquare>
HWY_INLINE void add_columns(const float* a, int columns, double* sum) {
  const hn::ScalableTag<double> d;
  const hn::Rebind<float, decltype(d)> half;
  constexpr int kDoubles = kLanes / 2, kVectors = 8;  // accumulators
  for (int row = 0; row < kRows; row += kVectors * kDoubles) {
    hn::Vec<decltype(d)> acc[kVectors];
    HWY_UNROLL(8)
    for (int v = 0; v < kVectors; ++v) acc[v] = hn::LoadU(d, sum + row + v * kDoubles);
    const float* column = a + row;
    for (int j = 0; j < columns; ++j, column += kRows) {
      HWY_UNROLL(8)
      for (int v = 0; v < kVectors; ++v) {
        const auto value = hn::PromoteTo(d, hn::Load(half, column + v * kDoubles));
        acc[v] = kSquare ? hn::MulAdd(value, value, acc[v]) : hn::Add(value, acc[v]);
      }
    }
    HWY_UNROLL(8)
    for (int v = 0; v < kVectors; ++v) hn::StoreU(acc[v], d, sum + row + v * kDoubles);
  }
}

void sum_columns(const float* a, int columns, double* sum) { add_columns<false>(a, columns, sum); }
void sum_squares(const float* a, int columns, double* sum) { add_columns<true>(a, columns, sum); }
#endif

// NOLINTNEXTLINE(google-readability-namespace-comments)
}  // namespace nf::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace nf::kernels {
void sum_columns(const float* a, int columns, double* sum) { NF_DISPATCH(sum_columns)(a, columns, sum); }
void sum_squares(const float* a, int columns, double* sum) { NF_DISPATCH(sum_squares)(a, columns, sum); }
}  // namespace nf::kernels
#endif
