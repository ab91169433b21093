// plain.cc -- the plain twins of every kernel, and the double overloads, which are the twins.
#include <algorithm>
#include <array>
#include <cmath>

#include "nf/kernels/assignment.h"
#include "nf/kernels/kernels.h"
#include "nf/kernels/log_scale.h"
#include "nf/kernels/plain_assignment.h"

namespace nf::kernels::plain {
namespace {

template <class T>
T activate(T x, Activation activation) {
  switch (activation) {
    case Activation::kRelu:
      return x < 0 ? T(0) : x;  // a NaN stays
    case Activation::kTanh:
      return std::tanh(x);
    default:
      return x;
  }
}

template <class T>
T slope(T output, Activation activation) {
  switch (activation) {
    case Activation::kRelu:
      return output > 0 ? T(1) : T(0);
    case Activation::kTanh:
      return 1 - output * output;
    default:
      return T(1);
  }
}

template <class T, class Function>
void map(const T* x, T* y, std::size_t n, Function function) {
  for (std::size_t i = 0; i < n; ++i) y[i] = function(x[i]);
}

using Words = std::array<std::uint32_t, 4>;

Words philox(Words c, std::uint64_t seed) {
  std::uint32_t key0 = static_cast<std::uint32_t>(seed), key1 = static_cast<std::uint32_t>(seed >> 32);
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t product0 = std::uint64_t{0xD2511F53} * c[0], product1 = std::uint64_t{0xCD9E8D57} * c[2];
    c = {static_cast<std::uint32_t>(product1 >> 32) ^ c[1] ^ key0, static_cast<std::uint32_t>(product1),
         static_cast<std::uint32_t>(product0 >> 32) ^ c[3] ^ key1, static_cast<std::uint32_t>(product0)};
    key0 += 0x9E3779B9;
    key1 += 0xBB67AE85;
  }
  return c;
}

double uniform(std::uint32_t a) { return (a + 0.5) * 0x1p-32; }

// Calls fill(words, out) for the four values of a row and a block of four columns.
template <class T, class Fill>
void for_blocks(const RandomTile& at, T* to, Fill fill) {
  for (int column = 0; column < at.columns; column += 4) {
    for (int r = 0; r < kRows; ++r) {
      const std::uint64_t row = at.first_row + static_cast<std::uint64_t>(r);
      T out[4];
      fill(philox({static_cast<std::uint32_t>(row), static_cast<std::uint32_t>(row >> 32),
                   static_cast<std::uint32_t>((at.first_column + column) / 4), at.stream},
                  at.seed),
           out);
      for (int i = 0; i < 4 && column + i < at.columns; ++i) to[(column + i) * kRows + r] = out[i];
    }
  }
}

// The tree's sum over parts[0 .. count-1] of value i; the left subtree holds the largest power of two below count.
template <class T>
T tree_sum(const T* const* parts, int count, std::size_t i) {
  if (count == 1) return parts[0][i];
  int left = 1;
  while (2 * left < count) left *= 2;
  return tree_sum(parts, left, i) + tree_sum(parts + left, count - left, i);
}

}  // namespace

template <class T>
void product(const Product<T>& p) {
  for (int n = 0; n < p.units; ++n) {
    T* y = p.y + static_cast<std::ptrdiff_t>(n) * kRows;
    T sum[kRows];
    for (int r = 0; r < kRows; ++r) sum[r] = p.accumulate ? y[r] : p.bias ? p.bias[n] : T(0);
    const int first = p.begin ? p.begin[n] : p.first, last = p.end ? p.end[n] : p.last;
    for (int k = first; k < last; ++k) {
      const T w = p.w[n * p.unit_stride + k * p.input_stride];
      const T* x = p.x + static_cast<std::ptrdiff_t>(k) * kRows;
      for (int r = 0; r < kRows; ++r) sum[r] += w * x[r];
    }
    const T* gate = p.gate ? p.gate + static_cast<std::ptrdiff_t>(n) * kRows : nullptr;
    for (int r = 0; r < kRows; ++r) {
      y[r] = gate ? sum[r] * slope(gate[r], p.gate_activation) : activate(sum[r], p.activation);
    }
  }
}

template <class T>
void weight_gradient(const WeightGradient<T>& g) {
  // With x transposed to [row][input], the innermost loop runs along a unit's inputs.
  T* xt = g.scratch;
  for (int k = 0; k < g.inputs; ++k) {
    for (int r = 0; r < kRows; ++r) xt[r * g.inputs + k] = g.x[static_cast<std::ptrdiff_t>(k) * kRows + r];
  }
  T* sum = xt + static_cast<std::ptrdiff_t>(kRows) * g.inputs;  // 64 inputs at a time
  for (int n = 0; n < g.units; ++n) {
    const T* dy = g.dy + static_cast<std::ptrdiff_t>(n) * kRows;
    const int end = g.end ? g.end[n] : g.inputs;
    for (int k0 = 0; k0 < end; k0 += kRows) {
      const int count = std::min(kRows, end - k0);
      std::fill_n(sum, count, T(0));
      for (int r = 0; r < kRows; ++r) {
        for (int k = 0; k < count; ++k) sum[k] += dy[r] * xt[r * g.inputs + k0 + k];
      }
      for (int k = 0; k < count; ++k) g.dw[n * g.ld + k0 + k] += sum[k];
    }
    if (g.db) {
      T total = 0;
      for (int r = 0; r < kRows; ++r) total += dy[r];
      g.db[n] += total;
    }
  }
}

template <class T>
void exp(const T* x, T* y, std::size_t n) {
  map(x, y, n, [](T a) { return std::exp(a); });
}

template <class T>
void log(const T* x, T* y, std::size_t n) {
  map(x, y, n, [](T a) { return std::log(a); });
}

template <class T>
void tanh(const T* x, T* y, std::size_t n) {
  map(x, y, n, [](T a) { return std::tanh(a); });
}

template <class T>
void sigmoid(const T* x, T* y, std::size_t n) {
  map(x, y, n, [](T a) { return 1 / (1 + std::exp(-a)); });
}

template <class T>
void softplus(const T* x, T* y, std::size_t n) {
  map(x, y, n, [](T a) { return (a < 0 ? T(0) : a) + std::log1p(std::exp(-std::abs(a))); });
}

template <class T>
void sum_columns(const T* a, int columns, double* sum) {
  for (int j = 0; j < columns; ++j, a += kRows) {
    for (int r = 0; r < kRows; ++r) sum[r] += static_cast<double>(a[r]);
  }
}

template <class T>
void sum_squares(const T* a, int columns, double* sum) {
  for (int j = 0; j < columns; ++j, a += kRows) {
    for (int r = 0; r < kRows; ++r) sum[r] += static_cast<double>(a[r]) * static_cast<double>(a[r]);
  }
}

template <class T>
void normals(const RandomTile& at, T* z) {
  constexpr double kTwoPi = 6.283185307179586476925;
  for_blocks(at, z, [](const Words& words, T* out) {
    for (int pair = 0; pair < 4; pair += 2) {
      const double radius = std::sqrt(-2 * std::log(uniform(words[pair]))), angle = kTwoPi * uniform(words[pair + 1]);
      out[pair] = static_cast<T>(radius * std::cos(angle));
      out[pair + 1] = static_cast<T>(radius * std::sin(angle));
    }
  });
}

template <class T>
void uniforms(const RandomTile& at, T* u) {
  const T below_one = std::nextafter(T(1), T(0));  // rounding to float may reach 1
  for_blocks(at, u, [below_one](const Words& words, T* out) {
    for (int i = 0; i < 4; ++i) out[i] = std::min(static_cast<T>(uniform(words[i])), below_one);
  });
}

template <class T>
double reduce(const T* const* parts, int count, T* out, std::size_t n) {
  double norm = 0;
  for (std::size_t i = 0; i < n; ++i) {
    out[i] = count > 0 ? tree_sum(parts, count, i) : T(0);
    norm += static_cast<double>(out[i]) * static_cast<double>(out[i]);
  }
  return norm;
}

template <class T>
void adam(const AdamStep& s, const T* g, T* m, T* v, T* w, std::size_t n) {
  const T scale = static_cast<T>(s.scale), beta1 = static_cast<T>(s.beta1), beta2 = static_cast<T>(s.beta2);
  const T rest1 = static_cast<T>(1 - s.beta1), rest2 = static_cast<T>(1 - s.beta2);
  const T rate = static_cast<T>(s.rate / s.correction1), inverse_correction2 = static_cast<T>(1 / s.correction2);
  const T epsilon = static_cast<T>(s.epsilon), shrinkage = static_cast<T>(s.rate * s.decay);
  for (std::size_t i = 0; i < n; ++i) {
    const T gi = scale * g[i];
    m[i] = beta1 * m[i] + rest1 * gi;
    v[i] = beta2 * v[i] + rest2 * (gi * gi);
    w[i] -= rate * m[i] / (std::sqrt(v[i] * inverse_correction2) + epsilon) + shrinkage * w[i];
  }
}

template <class T>
void average(double keep, const T* w, T* average, std::size_t n) {
  const T part = static_cast<T>(1 - keep);
  for (std::size_t i = 0; i < n; ++i) average[i] += part * (w[i] - average[i]);
}

#define NF_INSTANTIATE(T)                                                 \
  template void product(const Product<T>&);                               \
  template void weight_gradient(const WeightGradient<T>&);                \
  template void exp(const T*, T*, std::size_t);                           \
  template void log(const T*, T*, std::size_t);                           \
  template void tanh(const T*, T*, std::size_t);                          \
  template void sigmoid(const T*, T*, std::size_t);                       \
  template void softplus(const T*, T*, std::size_t);                      \
  template void sum_columns(const T*, int, double*);                      \
  template void sum_squares(const T*, int, double*);                      \
  template void normals(const RandomTile&, T*);                           \
  template void uniforms(const RandomTile&, T*);                          \
  template double reduce(const T* const*, int, T*, std::size_t);          \
  template void adam(const AdamStep&, const T*, T*, T*, T*, std::size_t); \
  template void average(double, const T*, T*, std::size_t);
NF_INSTANTIATE(float)
NF_INSTANTIATE(double)
#undef NF_INSTANTIATE

void assign(const std::int32_t* cost, std::int32_t* columns) {
  const Assignment<kRows> paired(cost);
  std::copy(paired.columns().begin(), paired.columns().end(), columns);
}

}  // namespace nf::kernels::plain

namespace nf::kernels {

void product(const Product<double>& p) { plain::product(p); }
void weight_gradient(const WeightGradient<double>& g) { plain::weight_gradient(g); }
void exp(const double* x, double* y, std::size_t n) { plain::exp(x, y, n); }
void log(const double* x, double* y, std::size_t n) { plain::log(x, y, n); }
void tanh(const double* x, double* y, std::size_t n) { plain::tanh(x, y, n); }
void sigmoid(const double* x, double* y, std::size_t n) { plain::sigmoid(x, y, n); }
void softplus(const double* x, double* y, std::size_t n) { plain::softplus(x, y, n); }
void sum_columns(const double* a, int columns, double* sum) { plain::sum_columns(a, columns, sum); }
void sum_squares(const double* a, int columns, double* sum) { plain::sum_squares(a, columns, sum); }
void normals(const RandomTile& at, double* z) { plain::normals(at, z); }
void uniforms(const RandomTile& at, double* u) { plain::uniforms(at, u); }
double reduce(const double* const* parts, int count, double* out, std::size_t n) {
  return plain::reduce(parts, count, out, n);
}
void adam(const AdamStep& s, const double* g, double* m, double* v, double* w, std::size_t n) {
  plain::adam(s, g, m, v, w, n);
}
void average(double keep, const double* w, double* average, std::size_t n) { plain::average(keep, w, average, n); }

}  // namespace nf::kernels
