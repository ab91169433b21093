#pragma once
// The inner loops. Raw pointers, no Eigen, no allocation, no state: any thread may call any function.
//
// A tile is `[feature][64 rows]`: feature k of a tile at x stands at x + 64 k, 64-byte aligned. Weights are row-major
// with a leading dimension. The float functions choose at run time between code for AVX-512, AVX2 and the baseline
// (Google Highway); the double functions, and everything in `plain`, are straightforward loops: the twins that the
// tests hold the fast code against.
//
// Sums over inputs run in the order of the inputs, one accumulator an output: a unit's value does not depend on which
// other units are computed with it, so an incremental decode gives the same bits as a full pass.
#include <cstddef>
#include <cstdint>

namespace nf::kernels {

inline constexpr int kRows = 64;
inline constexpr double kLogScaleBound = 6.907755278982137;  // ln 1000: of the log of every trained scale

enum class Activation : std::uint8_t { kNone, kRelu, kTanh };

// y[n] = epilogue(start[n] + sum_k w[n * unit_stride + k * input_stride] * x[k]),  n = 0 .. units - 1, over
// k = begin[n] .. end[n] - 1. REQUIRES: begin and end do not decrease with n; weights are exactly zero where
// min(begin) <= k < max(end) of six neighbouring units but outside the unit's own range, and x is finite there (a
// kernel may work on several units at once, over the union of their ranges). y does not overlap x.
template <class T>
struct Product {
  const T* w = nullptr;
  std::ptrdiff_t unit_stride = 0, input_stride = 1;
  const T* x = nullptr;
  T* y = nullptr;
  int units = 0;
  const int* begin = nullptr;  // null: `first` for every unit
  const int* end = nullptr;    // null: `last` for every unit
  int first = 0, last = 0;
  const T* bias = nullptr;                          // start[n]; null: 0
  bool accumulate = false;                          // start[n] is what y[n] holds, a value a row; bias is then null
  Activation activation = Activation::kNone;        // y = activation(sum)
  const T* gate = nullptr;                          // or y = sum * gate_activation'(.), with the derivative taken
  Activation gate_activation = Activation::kNone;   //   from the activation's output: relu: gate > 0, tanh: 1 - gate^2
};
void product(const Product<float>& p);
void product(const Product<double>& p);

// dw[n * ld + k] += sum over the 64 rows of dy[n] x[k], for k < end[n] (null: k < inputs); nothing is written beyond.
// db[n] += sum over the rows of dy[n] (db null: skipped). `scratch` holds at least 64 * (inputs + 64) values.
template <class T>
struct WeightGradient {
  const T* dy = nullptr;
  const T* x = nullptr;
  int units = 0, inputs = 0;
  const int* end = nullptr;  // not decreasing
  T* dw = nullptr;
  std::ptrdiff_t ld = 0;
  T* db = nullptr;
  T* scratch = nullptr;
};
void weight_gradient(const WeightGradient<float>& g);
void weight_gradient(const WeightGradient<double>& g);

// Elementwise y[i] = f(x[i]), n values, any alignment, y may be x. Max error of the float versions in ULP is stated in
// elementwise.cc beside each and tested. exp: 0 below -104, inf above 88.8; NaN stays NaN everywhere.
void exp(const float* x, float* y, std::size_t n);
void log(const float* x, float* y, std::size_t n);
void tanh(const float* x, float* y, std::size_t n);
void sigmoid(const float* x, float* y, std::size_t n);
void softplus(const float* x, float* y, std::size_t n);
void exp(const double* x, double* y, std::size_t n);
void log(const double* x, double* y, std::size_t n);
void tanh(const double* x, double* y, std::size_t n);
void sigmoid(const double* x, double* y, std::size_t n);
void softplus(const double* x, double* y, std::size_t n);

// sum[r] += sum over columns of a[j][r], added up in double, j ascending.
void sum_columns(const float* a, int columns, double* sum);
void sum_columns(const double* a, int columns, double* sum);
// sum[r] += sum over columns of a[j][r]^2.
void sum_squares(const float* a, int columns, double* sum);
void sum_squares(const double* a, int columns, double* sum);

// Philox4x32-10 (Salmon, Moraes, Dror, Shaw, Parallel random numbers: as easy as 1, 2, 3, 2011; Random123): key = seed,
// counter = (row low, row high, column / 4, stream). Word c % 4 of a block serves column c.
// z: 64 rows (first_row ..), columns first_column .. first_column + columns - 1, first_column a multiple of 4.
// Uniforms are (a + 1/2) / 2^32; normals are Box-Muller pairs of words (0, 1) and (2, 3):
// sqrt(-2 ln u0) cos(2 pi u1), sqrt(-2 ln u0) sin(2 pi u1).
struct RandomTile {
  std::uint64_t seed = 0, first_row = 0;
  std::uint32_t stream = 0;
  int first_column = 0, columns = 0;
};
void normals(const RandomTile& at, float* z);
void normals(const RandomTile& at, double* z);
void uniforms(const RandomTile& at, float* u);
void uniforms(const RandomTile& at, double* u);

// out[i] = the parts' sum, added pairwise as a binary tree over the part number ((0+1)+(2+3))+..., whatever n is cut
// into; out may be parts[0]. Returns the sum of out[i]^2 in double over this range.
double reduce(const float* const* parts, int count, float* out, std::size_t n);
double reduce(const double* const* parts, int count, double* out, std::size_t n);

// Adam (Kingma & Ba 2014, arXiv:1412.6980) with decoupled weight decay (Loshchilov & Hutter 2017, arXiv:1711.05101):
// g' = scale g; m, v moments; w -= rate (m / correction1) / (sqrt(v / correction2) + epsilon) + rate * decay * w.
struct AdamStep {
  double rate = 0, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8, decay = 0;
  double scale = 1;                           // gradient clipping and the batch mean
  double correction1 = 1, correction2 = 1;    // 1 - beta^step
};
void adam(const AdamStep& s, const float* g, float* m, float* v, float* w, std::size_t n);
void adam(const AdamStep& s, const double* g, double* m, double* v, double* w, std::size_t n);

// average += (1 - keep) * (w - average).
void average(double keep, const float* w, float* average, std::size_t n);
void average(double keep, const double* w, double* average, std::size_t n);

// The instruction set the float kernels run on now ("avx512", "avx2", "sse4", "baseline"), those this machine can run,
// the best first, and a choice among them (empty: the best), by these names or Highway's; throws nf::Error for another.
// Not thread-safe.
const char* target();
int num_targets();
const char* target_name(int i);
void choose_target(const char* name);

// The twins: same contracts, plain loops, for both scalar types.
namespace plain {
template <class T> void product(const Product<T>& p);
template <class T> void weight_gradient(const WeightGradient<T>& g);
template <class T> void exp(const T* x, T* y, std::size_t n);
template <class T> void log(const T* x, T* y, std::size_t n);
template <class T> void tanh(const T* x, T* y, std::size_t n);
template <class T> void sigmoid(const T* x, T* y, std::size_t n);
template <class T> void softplus(const T* x, T* y, std::size_t n);
template <class T> void sum_columns(const T* a, int columns, double* sum);
template <class T> void sum_squares(const T* a, int columns, double* sum);
template <class T> void normals(const RandomTile& at, T* z);
template <class T> void uniforms(const RandomTile& at, T* u);
template <class T> double reduce(const T* const* parts, int count, T* out, std::size_t n);
template <class T> void adam(const AdamStep& s, const T* g, T* m, T* v, T* w, std::size_t n);
template <class T> void average(double keep, const T* w, T* average, std::size_t n);
}  // namespace plain

}  // namespace nf::kernels
