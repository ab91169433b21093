#include "nf/nets/matrix_norm.h"

#include <cmath>
#include <limits>

#include "nf/kernels/kernels.h"

namespace nf {
inline namespace NF_PRECISION {
namespace {

constexpr double kEnough = 1e-3;
constexpr int kMostSquarings = 30;

// A matrix in tiles of 64 columns: element (i, j) at (j / 64) 64 rows + 64 i + j % 64.
class Tiled {
 public:
  Tiled(int rows, int cols)
      : rows_(rows), tiles_((cols + kTile - 1) / kTile), numbers_(Batch::Zero(tiles_ * std::ptrdiff_t{rows}, kTile)) {}
  explicit Tiled(const Batch& m) : Tiled(static_cast<int>(m.rows()), static_cast<int>(m.cols())) {
    for (int j = 0; j < m.cols(); ++j)
      for (int i = 0; i < rows_; ++i) at(i, j) = m(i, j);
  }
  int rows() const { return rows_; }
  Real& at(int i, int j) { return tile(j / kTile)[kTile * std::ptrdiff_t{i} + j % kTile]; }
  // Divides by Frobenius' norm, which it returns.
  double normalise() {
    double sum = 0;
    for (Eigen::Index i = 0; i < numbers_.rows(); ++i) sum += static_cast<double>(numbers_.row(i).squaredNorm());
    numbers_ /= static_cast<Real>(std::sqrt(sum));
    return std::sqrt(sum);
  }
  void operator*=(double factor) { numbers_ *= static_cast<Real>(factor); }

  // Becomes a b, a symmetric.
  void product(Tiled& a, Tiled& b) {
    for (int t = 0; t < tiles_; ++t)
      for (int k = 0; k < a.tiles_; ++k) {
        kernels::Product<Real> p;
        p.w = a.tile(k);
        p.unit_stride = kTile;
        p.x = b.tile(t) + std::ptrdiff_t{kTile} * kTile * k;
        p.y = tile(t);
        p.units = rows_;
        p.last = std::min(kTile, a.rows_ - kTile * k);
        p.accumulate = k > 0;
        kernels::product(p);
      }
  }
  // Becomes m m'.
  void square(const Batch& m) {
    Tiled transposed(m.transpose());
    for (int t = 0; t < tiles_; ++t) {
      kernels::Product<Real> p;
      p.w = m.data();
      p.unit_stride = m.cols();
      p.x = transposed.tile(t);
      p.y = tile(t);
      p.units = rows_;
      p.last = static_cast<int>(m.cols());
      kernels::product(p);
    }
  }

 private:
  Real* tile(int t) { return numbers_.data() + kTile * std::ptrdiff_t{rows_} * t; }

  int rows_, tiles_;
  Batch numbers_;
};

// Of m m'; rows <= cols.
double bound_of(const Batch& m, Tiled& g) {
  const double inflation = 1 + 64 * static_cast<double>(std::numeric_limits<Real>::epsilon());
  Tiled power = g, next = g;
  double norm = power.normalise(), log_bound = std::log(norm) / 2, share = 0.25;
  if (norm == 0) return 0;
  for (int k = 0; k < kMostSquarings && m.rows() > 1; ++k, share /= 2) {
    next.product(power, power);
    std::swap(power, next);
    norm = power.normalise();
    if (!std::isfinite(norm)) return norm;
    log_bound += share * std::log(norm);
    // What is still to come is no more than this step.
    if (-share * std::log(norm) < kEnough) break;
  }
  return std::exp(log_bound) * inflation;
}

}  // namespace

double spectral_norm_bound(const Batch& m) {
  if (m.rows() > m.cols()) return spectral_norm_bound(m.transpose());
  Tiled g(static_cast<int>(m.rows()), static_cast<int>(m.rows()));
  g.square(m);
  return bound_of(m, g);
}

void hold_spectral_norm(Batch& m, double most) {
  if (m.rows() > m.cols()) {
    Batch transposed = m.transpose();
    hold_spectral_norm(transposed, most);
    m = transposed.transpose();
    return;
  }
  const int rows = static_cast<int>(m.rows()), cols = static_cast<int>(m.cols());
  Tiled g(rows, rows);
  g.square(m);
  const double bound = bound_of(m, g), excess = 1 - most / bound;
  if (!(excess > 0)) return;
  if (3 * excess > 1) {
    m *= static_cast<Real>(most / bound);
    return;
  }
  g *= 1 / (bound * bound);
  Tiled next = g;
  for (double p = 2; (2 * p + 1) * excess <= 1; p *= 2) {
    next.product(g, g);
    std::swap(g, next);
  }
  Tiled all(m), cut(rows, cols);
  cut.product(g, all);
  for (int i = 0; i < rows; ++i)
    for (int j = 0; j < cols; ++j) m(i, j) -= static_cast<Real>(excess) * cut.at(i, j);
}

}  // namespace NF_PRECISION
}  // namespace nf
