// gdn.cc -- y_i = x_i / n_i, n_i^2 = beta_i + sum_j gamma_ij x_j^2: generalised divisive normalisation with the usual
// exponents, every feature's gain set by the energy of all.
// Balle, Laparra, Simoncelli, Density modeling of images using a generalized normalization transformation, 2016,
// arXiv:1511.06281, section 3. beta = softplus(.) > 0, gamma = softplus(.) > 0.
//
// With X_j = x_j^2, u_i = y_i^2 the map is linear in disguise: X_i = u_i (beta_i + sum_j gamma_ij X_j), so
//   (I - diag(u) gamma) X = diag(u) beta.
// The matrix is a nonsingular M-matrix (all pivots of an elimination without exchanges are positive) exactly where a
// solution X >= 0 exists: the image of R^D, a bounded region around 0 with the spectral radius of diag(u) gamma
// below 1. There the map is one to one and one solve inverts it. A y beyond has no x: it is drawn back along its ray to
// just inside the region, where x is huge: densities stay numbers, and are next to nothing.
//
// The Jacobian has log|det| = log det N - 3 sum log n_i with N_ij = -gamma_ij X_j beside the diagonal and N_ii = beta_i
// + sum_{j != i} gamma_ij X_j: rows of N add up to beta, so it is factored without a single subtraction (Grassmann,
// Taksar, Heyman, Regenerative analysis and steady state distributions for Markov chains, 1985), exact far out too.
#include <limits>

#include "nf/bijections/implicit.h"
#include "nf/bijections/matrix.h"

namespace nf {
inline namespace NF_PRECISION {
namespace {

class Gdn final : public Implicit {
 public:
  Gdn(SpecReader& spec, const Site& site) : Implicit(site.dim), spec_(spec.canonical()) {
    beta_ = site.params[site.params.add({.name = site.name + ".beta", .rows = 1, .cols = dim_})].offset;
    const int slot = site.params.add({.name = site.name + ".gamma", .rows = dim_, .cols = dim_});
    gamma_ = site.params[slot].offset;
    ld_ = site.params[slot].ld;
  }
  Json spec() const override { return spec_; }

  // beta = 1; gamma = 0.1 on the diagonal, 0.1 / D beside it.
  void init(Real* theta, Uniforms&) const override {
    for (int i = 0; i < dim_; ++i) {
      theta[beta_ + index(i)] = static_cast<Real>(kSoftplusOne);
      for (int j = 0; j < dim_; ++j)
        theta[gamma_ + index(i * ld_ + j)] = static_cast<Real>(std::log(std::expm1(i == j ? 0.1 : 0.1 / dim_)));
    }
  }

 protected:
  void map(Pass& pass, TileIn x, Tile y, LogDet& ld) const override {
    Scratch scratch(*pass.scratch);
    const Numbers n(pass.theta, *this, scratch);
    Tile squares = scratch.tile(dim_), norms = scratch.tile(dim_), matrix = scratch.tile(dim_ * dim_);
    normalise(n, x, squares, norms);
    y = (x.array() / norms.array().sqrt()).matrix();
    factor(n, squares, matrix);
    ld += log_det(pass, norms, matrix);
  }
  void solve(Pass& pass, TileIn y, Tile x, LogDet& ld) const override {
    Scratch scratch(*pass.scratch);
    const Numbers n(pass.theta, *this, scratch);
    Tile squares = scratch.tile(dim_), norms = scratch.tile(dim_), matrix = scratch.tile(dim_ * dim_);
    Elimination rows(n, *this, scratch);
    for (int r = 0; r < kTile; ++r) {
      if (!y.row(r).allFinite()) {
        x.row(r).setConstant(std::numeric_limits<Real>::quiet_NaN());
        continue;
      }
      if (!rows.solve(y, r, 1)) {
        // The largest share of y that is inside, to a part in 10^7: from the outside in, then halving.
        double inside = 0, outside = 1;
        for (double share = 0.5; share > 1e-30 && inside == 0; share /= 2)
          (rows.solve(y, r, share) ? inside : outside) = share;
        while (outside - inside > 1e-7 * outside && inside > 0) {
          const double share = (inside + outside) / 2;
          (rows.solve(y, r, share) ? inside : outside) = share;
        }
        rows.solve(y, r, inside);
      }
      for (int i = 0; i < dim_; ++i) {
        const double size = std::sqrt(rows.solution(i));
        x(r, i) = static_cast<Real>(std::copysign(size, static_cast<double>(y(r, i))));
      }
    }
    normalise(n, in(x), squares, norms);
    factor(n, squares, matrix);
    ld -= log_det(pass, norms, matrix);
  }

  // With G = N^-1: d log det N = sum_ij G_ji dN_ij, so of beta_i: G_ii, of gamma_ij: X_j (G_ii - G_ji), of X_j: sum_i
  // gamma_ij (G_ii - G_ji); and of n_i^2 through y and -3/2 log n_i^2: dn2_i = -(dy_i y_i + 3 dld) / (2 n_i^2).
  void gradient(Pass& pass, TileIn x, TileIn dy, const LogDet& dld, Tile dx) const override {
    Scratch scratch(*pass.scratch);
    const Numbers n(pass.theta, *this, scratch);
    Tile squares = scratch.tile(dim_), norms = scratch.tile(dim_), inverse = scratch.tile(dim_ * dim_);
    Tile dn2 = scratch.tile(dim_), dsquares = scratch.tile(dim_);
    Real* dbeta = scratch.get(dim_ / kTile + 1);
    Real* dgamma = scratch.get(dim_ * dim_ / kTile + 1);
    normalise(n, x, squares, norms);
    invert(pass, n, squares, inverse);
    const Rows l = dld.cast<Real>();
    for (int i = 0; i < dim_; ++i) {
      const Rows root = norms.col(i).array().sqrt();
      dn2.col(i) = (-(dy.col(i).array() * x.col(i).array() / root + 3 * l) / (2 * norms.col(i).array())).matrix();
      dx.col(i) = (dy.col(i).array() / root).matrix();
    }
    multiply(Matrix{n.gamma, dim_, dim_, dim_, 1}.transposed(), in(dn2), dsquares);
    for (int i = 0; i < dim_; ++i) {
      dbeta[i] = (dn2.col(i).array() + l * inverse.col(i * dim_ + i).array()).sum();
      for (int j = 0; j < dim_; ++j) {
        const Rows by_det = l * (inverse.col(i * dim_ + i) - inverse.col(j * dim_ + i)).array();
        dgamma[i * dim_ + j] = (squares.col(j).array() * (dn2.col(i).array() + by_det)).sum();
        dsquares.col(j) += (n.gamma[i * dim_ + j] * by_det).matrix();
      }
    }
    dx += (2 * x.array() * dsquares.array()).matrix();
    if (!pass.dtheta) return;
    for (int i = 0; i < dim_; ++i) {
      pass.dtheta[beta_ + index(i)] += dbeta[i] * static_cast<Real>(Softplus(pass.theta[beta_ + index(i)]).slope);
      for (int j = 0; j < dim_; ++j) {
        const std::size_t at = gamma_ + index(i * ld_ + j);
        pass.dtheta[at] += dgamma[i * dim_ + j] * static_cast<Real>(Softplus(pass.theta[at]).slope);
      }
    }
  }
  // J = diag(x / n^3) N diag(1 / x), so (J^-T u)_j = n_j^3 / x_j sum_i G_ij x_i u_i. G_ij holds a factor x_j^2.
  void solve_transposed(Pass& pass, TileIn x, TileIn u, Tile dy) const override {
    Scratch scratch(*pass.scratch);
    const Numbers n(pass.theta, *this, scratch);
    Tile squares = scratch.tile(dim_), norms = scratch.tile(dim_), inverse = scratch.tile(dim_ * dim_);
    Tile away = scratch.tile(dim_);  // x, kept off 0
    away = (x.array().abs() < Real(1e-15)).select(TileIn::PlainObject::Constant(kTile, dim_, Real(1e-15)), x);
    normalise(n, in(away), squares, norms);
    invert(pass, n, squares, inverse);
    for (int j = 0; j < dim_; ++j) {
      Rows sum = Rows::Zero();
      for (int i = 0; i < dim_; ++i) sum += inverse.col(i * dim_ + j).array() * away.col(i).array() * u.col(i).array();
      const Rows root = norms.col(j).array().sqrt();
      dy.col(j) = (sum * norms.col(j).array() * root / away.col(j).array()).matrix();
    }
  }

 private:
  struct Numbers {
    Numbers(const Real* theta, const Gdn& a, Scratch& scratch)
        : beta(scratch.get(a.dim_ / kTile + 1)), gamma(scratch.get(a.dim_ * a.dim_ / kTile + 1)) {
      const auto row = static_cast<std::size_t>(a.dim_);
      kernels::softplus(theta + a.beta_, beta, row);
      for (int i = 0; i < a.dim_; ++i) kernels::softplus(theta + a.gamma_ + index(i * a.ld_), gamma + i * a.dim_, row);
    }
    Real *beta, *gamma;  // D, D x D
  };
  static std::size_t index(std::ptrdiff_t i) { return static_cast<std::size_t>(i); }

  // squares = x^2, norms = n^2.
  void normalise(const Numbers& n, TileIn x, Tile squares, Tile norms) const {
    squares = x.array().square().matrix();
    for (int i = 0; i < dim_; ++i) norms.col(i).setConstant(n.beta[i]);
    add_product({n.gamma, dim_, dim_, dim_, 1}, in(squares), norms);
  }
  // -> N = L U in every row; element (i, j) in column i D + j: pivots on the diagonal, above it the size of U's
  // (negative) elements, below it that of L's.
  void factor(const Numbers& n, Tile squares, Tile matrix) const {
    const auto at = [&](int i, int j) { return matrix.col(i * dim_ + j).array(); };
    for (int i = 0; i < dim_; ++i)
      for (int j = 0; j < dim_; ++j) at(i, j) = n.gamma[i * dim_ + j] * squares.col(j).array();
    for (int i = 0; i < dim_; ++i) at(i, i).setConstant(n.beta[i]);  // until its turn, what the row adds up to
    for (int k = 0; k < dim_; ++k) {
      const Rows rest = at(k, k);
      for (int j = k + 1; j < dim_; ++j) at(k, k) += at(k, j);
      const Rows inverse = at(k, k).inverse();
      for (int i = k + 1; i < dim_; ++i) {
        const Rows factor = at(i, k) * inverse;
        at(i, k) = factor;
        at(i, i) += factor * rest;
        for (int j = k + 1; j < dim_; ++j)
          if (j != i) at(i, j) += factor * at(k, j);
      }
    }
  }
  LogDet log_det(Pass& pass, Tile norms, Tile matrix) const {
    Scratch scratch(*pass.scratch);
    Tile logs = scratch.tile(dim_);
    const auto values = static_cast<std::size_t>(norms.size());
    LogDet pivots = LogDet::Zero(), sizes = LogDet::Zero();
    for (int i = 0; i < dim_; ++i) logs.col(i) = matrix.col(i * dim_ + i);
    kernels::log(logs.data(), logs.data(), values);
    kernels::sum_columns(logs.data(), dim_, pivots.data());
    kernels::log(norms.data(), logs.data(), values);
    kernels::sum_columns(logs.data(), dim_, sizes.data());
    return pivots - 1.5 * sizes;
  }
  // N^-1, column by column; all its elements are sums of positive terms.
  void invert(Pass& pass, const Numbers& n, Tile squares, Tile inverse) const {
    Scratch scratch(*pass.scratch);
    Tile matrix = scratch.tile(dim_ * dim_);
    factor(n, squares, matrix);
    const auto at = [&](int i, int j) { return matrix.col(i * dim_ + j).array(); };
    const auto to = [&](int i, int j) { return inverse.col(i * dim_ + j).array(); };
    for (int c = 0; c < dim_; ++c) {
      for (int i = 0; i < dim_; ++i) {
        to(i, c).setConstant(i == c ? Real(1) : Real(0));
        for (int k = c; k < i; ++k) to(i, c) += at(i, k) * to(k, c);
      }
      for (int i = dim_ - 1; i >= 0; --i) {
        for (int k = i + 1; k < dim_; ++k) to(i, c) += at(i, k) * to(k, c);
        to(i, c) /= at(i, i);
      }
    }
  }

  // (I - diag(u) gamma) X = diag(u) beta of one row, in double: near the edge of the region all digits are needed.
  class Elimination {
   public:
    Elimination(const Numbers& n, const Gdn& a, Scratch& scratch)
        : n_(n), dim_(a.dim_), matrix_(doubles(scratch, dim_ * dim_)), x_(doubles(scratch, dim_)) {}
    // For `share` of y; false: outside the region.
    bool solve(TileIn y, int row, double share) {
      for (int i = 0; i < dim_; ++i) {
        const double yi = share * static_cast<double>(y(row, i)), u = std::min(yi * yi, 1e30);
        for (int j = 0; j < dim_; ++j) at(i, j) = (i == j) - u * static_cast<double>(n_.gamma[i * dim_ + j]);
        x_[i] = u * static_cast<double>(n_.beta[i]);
      }
      for (int k = 0; k < dim_; ++k) {
        if (!(at(k, k) > 0)) return false;
        for (int i = k + 1; i < dim_; ++i) {
          const double factor = at(i, k) / at(k, k);
          for (int j = k + 1; j < dim_; ++j) at(i, j) -= factor * at(k, j);
          x_[i] -= factor * x_[k];
        }
      }
      for (int i = dim_ - 1; i >= 0; --i) {
        for (int j = i + 1; j < dim_; ++j) x_[i] -= at(i, j) * x_[j];
        x_[i] /= at(i, i);
      }
      return true;
    }
    double solution(int i) const { return x_[i]; }

   private:
    static double* doubles(Scratch& scratch, int count) {
      return reinterpret_cast<double*>(scratch.get(2 * count / kTile + 1));
    }
    double& at(int i, int j) { return matrix_[i * dim_ + j]; }
    const Numbers& n_;
    int dim_;
    double *matrix_, *x_;
  };

  std::size_t beta_ = 0, gamma_ = 0;
  std::ptrdiff_t ld_ = 0;
  Json spec_;
};

}  // namespace

std::unique_ptr<Bijection> make_gdn(SpecReader& spec, const Site& site) { return std::make_unique<Gdn>(spec, site); }

}  // namespace NF_PRECISION
}  // namespace nf
