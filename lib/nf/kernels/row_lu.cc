// row_lu.cc -- elimination in 64 small matrices at once, a register of rows at a time.
#include "nf/kernels/row_lu.h"

#include "nf/kernels/simd.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "nf/kernels/row_lu.cc"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"
#include "nf/kernels/kernels.h"
#include "nf/kernels/lanes-inl.h"

HWY_BEFORE_NAMESPACE();
namespace nf::kernels::HWY_NAMESPACE {

// x[i] -= factor l[i] for i = first .. n - 1, both with a column an element.
template <class V>
HWY_INLINE void subtract(V factor, const Value<V>* l, int first, int n, Value<V>* x) {
  for (int i = first; i < n; ++i)
    multiply_add(-factor, V::load(l + kRows * i), V::load(x + kRows * i)).store(x + kRows * i);
}
template <class V>
HWY_INLINE V less_dot(V start, const Value<V>* a, const Value<V>* x, int first, int n) {
  for (int i = first; i < n; ++i) start = multiply_add(-V::load(a + kRows * i), V::load(x + kRows * i), start);
  return start;
}

// A column is brought up to date when its turn comes: written again and again while it is near, not all of them.
template <class V>
HWY_INLINE void factor(Value<V>* a, int n) {
  for (int row = 0; row < kRows; row += V::kCount)
    for (int k = 0; k < n; ++k) {
      Value<V>* const column = a + kRows * n * k + row;
      (V(1) + V::load(column + kRows * k)).store(column + kRows * k);
      for (int j = 0; j < k; ++j) subtract(V::load(column + kRows * j), a + kRows * n * j + row, j + 1, n, column);
      const V inverse = V(1) / V::load(column + kRows * k);
      for (int i = k + 1; i < n; ++i) (inverse * V::load(column + kRows * i)).store(column + kRows * i);
    }
}

template <class V>
HWY_INLINE void solve(const Value<V>* lu, int n, Value<V>* to) {
  for (int row = 0; row < kRows; row += V::kCount) {
    const Value<V>* const at = lu + row;
    Value<V>* const x = to + row;
    for (int j = 0; j < n; ++j) subtract(V::load(x + kRows * j), at + kRows * n * j, j + 1, n, x);
    for (int j = n - 1; j >= 0; --j) {
      const V xj = V::load(x + kRows * j) / V::load(at + kRows * (n + 1) * j);
      xj.store(x + kRows * j);
      subtract(xj, at + kRows * n * j, 0, j, x);
    }
  }
}

template <class V>
HWY_INLINE void solve_transposed(const Value<V>* lu, int n, Value<V>* to) {
  for (int row = 0; row < kRows; row += V::kCount) {
    const Value<V>* const at = lu + row;
    Value<V>* const x = to + row;
    for (int j = 0; j < n; ++j) {
      const V sum = less_dot(V::load(x + kRows * j), at + kRows * n * j, x, 0, j);
      (sum / V::load(at + kRows * (n + 1) * j)).store(x + kRows * j);
    }
    for (int j = n - 2; j >= 0; --j)
      less_dot(V::load(x + kRows * j), at + kRows * n * j, x, j + 1, n).store(x + kRows * j);
  }
}

void factor_float(float* a, int n) { factor<Lanes>(a, n); }
void solve_float(const float* lu, int n, float* x) { solve<Lanes>(lu, n, x); }
void solve_transposed_float(const float* lu, int n, float* x) { solve_transposed<Lanes>(lu, n, x); }

// NOLINTNEXTLINE(google-readability-namespace-comments)
}  // namespace nf::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace nf::kernels {
void lu_of_one_plus(float* a, int n) { NF_DISPATCH(factor_float)(a, n); }
void lu_solve(const float* lu, int n, float* x) { NF_DISPATCH(solve_float)(lu, n, x); }
void lu_solve_transposed(const float* lu, int n, float* x) { NF_DISPATCH(solve_transposed_float)(lu, n, x); }
void lu_of_one_plus(double* a, int n) { HWY_STATIC_DISPATCH(factor<Lane<double>>)(a, n); }
void lu_solve(const double* lu, int n, double* x) { HWY_STATIC_DISPATCH(solve<Lane<double>>)(lu, n, x); }
void lu_solve_transposed(const double* lu, int n, double* x) {
  HWY_STATIC_DISPATCH(solve_transposed<Lane<double>>)(lu, n, x);
}
namespace plain {
void lu_of_one_plus(float* a, int n) { HWY_STATIC_DISPATCH(factor<Lane<float>>)(a, n); }
void lu_solve(const float* lu, int n, float* x) { HWY_STATIC_DISPATCH(solve<Lane<float>>)(lu, n, x); }
void lu_solve_transposed(const float* lu, int n, float* x) {
  HWY_STATIC_DISPATCH(solve_transposed<Lane<float>>)(lu, n, x);
}
}  // namespace plain
}  // namespace nf::kernels
#endif
