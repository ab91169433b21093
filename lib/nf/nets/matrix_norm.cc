#include "nf/nets/matrix_norm.h"

#include <cmath>
#include <limits>

namespace nf {
inline namespace NF_PRECISION {
namespace {

constexpr double kEnough = 1e-3;
constexpr int kMostSquarings = 30;

// A symmetric n x n matrix in tiles of 64 columns: element (i, j) at (j / 64) 64 n + 64 i + j % 64.
struct Tiled {
  explicit Tiled(int size)
      : n(size), tiles((size + kTile - 1) / kTile), numbers(Batch::Zero(tiles * std::ptrdiff_t{n}, kTile)) {}
  Real* tile(int t) { return numbers.data() + kTile * std::ptrdiff_t{n} * t; }
  // Divides by Frobenius' norm, which it returns.
  double normalise() {
    const double norm = std::sqrt(numbers.cast<double>().squaredNorm());
    numbers /= static_cast<Real>(norm);
    return norm;
  }
  int n, tiles;
  Batch numbers;
};

void square(Tiled& from, Tiled& to) {
  for (int t = 0; t < from.tiles; ++t)
    for (int k = 0; k < from.tiles; ++k) {
      kernels::Product<Real> p;
      p.w = from.tile(k);
      p.unit_stride = kTile;
      p.x = from.tile(t) + std::ptrdiff_t{kTile} * kTile * k;
      p.y = to.tile(t);
      p.units = from.n;
      p.last = std::min(kTile, from.n - kTile * k);
      p.accumulate = k > 0;
      kernels::product(p);
    }
}

// M M'.
void fill(const Matrix& m, Tiled& g) {
  Batch part(m.cols, kTile);
  for (int t = 0; t < g.tiles; ++t) {
    for (int k = 0; k < m.cols; ++k)
      for (int j = 0; j < kTile; ++j) {
        const int i = kTile * t + j;
        part(k, j) = i < m.rows ? m.w[i * m.row_stride + k * m.col_stride] : 0;
      }
    multiply(m, TileIn(part.data(), kTile, m.cols), Tile(g.tile(t), kTile, m.rows));
  }
}

}  // namespace

double spectral_norm_bound(const Matrix& m) {
  if (m.rows > m.cols) return spectral_norm_bound(m.transposed());
  Tiled g(m.rows), next(m.rows);
  fill(m, g);
  double norm = g.normalise(), log_bound = std::log(norm) / 2, share = 0.25;
  if (norm == 0) return 0;
  for (int k = 0; k < kMostSquarings && std::isfinite(norm); ++k, share /= 2) {
    square(g, next);
    std::swap(g.numbers, next.numbers);
    norm = g.normalise();
    log_bound += share * std::log(norm);
    // What is still to come is less than this step, if the eigenvalues are equal, and far less otherwise.
    if (-share * std::log(norm) < kEnough) break;
  }
  return std::exp(log_bound) * (1 + 64 * static_cast<double>(std::numeric_limits<Real>::epsilon()));
}

}  // namespace NF_PRECISION
}  // namespace nf
