// gdn.cc -- y_i = x_i (a_i + 1 / n_i), n_i^2 = beta_i + sum_j gamma_ij x_j^2: generalised divisive normalisation with
// the usual exponents, every feature's gain set by the energy of all, and a linear tail.
// Balle, Laparra, Simoncelli, Density modeling of images using a generalized normalization transformation, 2016,
// arXiv:1511.06281, section 3. beta = softplus(.) > 0, gamma = softplus(.) > 0, a = 1/100 + softplus(.) > 0.
//
// The normalisation alone saturates: it fills a bounded region, and what lies outside has no x. The tail makes the map
// one to one from R^D onto R^D. With X_j = x_j^2 its Jacobian is J = diag(x) M diag(1/x), M = diag(a + 1/n) - m,
// m_ij = gamma_ij X_j / n_i^3 >= 0; row i of M adds up to a_i + beta_i / n_i^3 > 0. So M is a strictly diagonally
// dominant M-matrix, det J = det M > 0 everywhere (where an x_j is 0, by continuity of both), and |y_i| >= a_i |x_i|:
// a local diffeomorphism under which only bounded sets have bounded images is one of R^D onto itself (Hadamard).
//
// log|det J| is the sum of the logs of M's pivots. M is factored from its row sums and its elements beside the
// diagonal without a single subtraction (Grassmann, Taksar, Heyman, Regenerative analysis and steady state
// distributions for Markov chains, 1985), exact far out too.
//
// Inverse: with s = |x| > 0, t = log s, the residual r_i = log(s_i (a_i + 1/n_i) / |y_i|) has dr/dt = I - W P, w_i =
// (1/n_i) / (a_i + 1/n_i), P_ij = gamma_ij X_j / n_i^2: rows of W P add up to less than 1, so a Newton step exists
// everywhere, is found by the same elimination, and a small enough part of it makes the largest |r_i| smaller; the t
// with residuals below any bound are themselves bounded, so the steps end at the solution.
//
// "tail": false is the normalisation alone, a = 0. It is inverted with a tail of 1e-9: inside the region that is its
// inverse; a y outside becomes an x of 1e9 and more, whose density is next to nothing.
#include <algorithm>
#include <cmath>
#include <limits>

#include "nf/layers/implicit.h"
#include "nf/nets/matrix.h"

namespace nf {
inline namespace NF_PRECISION {
namespace {

class Gdn final : public Implicit {
 public:
  Gdn(SpecReader& spec, const Site& site) : Implicit(site.dim), has_tail_(spec.flag("tail", true)) {
    spec_ = spec.canonical();
    beta_ = site.add("beta", 1, dim_).offset;
    gamma_ = site.add("gamma", dim_, dim_);
    if (has_tail_) tail_ = site.add("tail", 1, dim_).offset;
    prepared_ = site.prepare(2 * dim_ * (dim_ + 2));
  }

  void prepare(Pass& pass, Real* prepared) const override {
    Real *value = prepared + prepared_, *slope = value + dim_ * (dim_ + 2);
    const auto add = [&](const Real* from) {
      kernels::softplus(from, value, static_cast<std::size_t>(dim_));
      for (int i = 0; i < dim_; ++i) slope[i] = static_cast<Real>(Softplus(from[i]).slope);
      value += dim_, slope += dim_;
    };
    add(pass.theta + beta_);
    if (has_tail_) {
      add(pass.theta + tail_);
      for (int i = 1; i <= dim_; ++i) value[-i] += Real(kLeastTail);
    } else {
      std::fill_n(value, dim_, Real(0));
      value += dim_, slope += dim_;
    }
    for (int i = 0; i < dim_; ++i) add(pass.theta + gamma_.at(i));
  }

  // beta = 1; gamma = 0.1 on the diagonal, 0.1 / D beside it; a = 0.1.
  void init(Real* theta, Uniforms&) const override {
    for (int i = 0; i < dim_; ++i) {
      theta[beta_ + i] = static_cast<Real>(kSoftplusOne);
      for (int j = 0; j < dim_; ++j)
        theta[gamma_.at(i, j)] = static_cast<Real>(std::log(std::expm1(i == j ? 0.1 : 0.1 / dim_)));
      if (has_tail_) theta[tail_ + i] = static_cast<Real>(std::log(std::expm1(0.1 - kLeastTail)));
    }
  }

 protected:
  void map(Pass& pass, TileIn x, Tile y, LogDet& ld) const override {
    Scratch scratch(*pass.scratch);
    const Numbers n(pass, *this);
    const State at(n, *this, x, scratch);
    for (int i = 0; i < dim_; ++i) y.col(i) = (x.col(i).array() * (n.tail[i] + at.gain.col(i).array())).matrix();
    ld += log_det(pass, n, at);
  }
  void solve(Pass& pass, TileIn y, Tile x, LogDet& ld) const override {
    Scratch scratch(*pass.scratch);
    const Numbers n(pass, *this);
    Newton newton(n, *this, scratch);
    for (int r = 0; r < kTile; ++r) {
      if (y.row(r).allFinite()) newton.solve(y, x, r);
      else x.row(r).setConstant(std::numeric_limits<Real>::quiet_NaN());
    }
    ld -= log_det(pass, n, State(n, *this, in(x), scratch));
  }

  // With G = M^-1, q = n^2, l = dld: d log det M = sum_ij G_ji dM_ij gives a_i: G_ii, and of q_i and gamma_ij X_j
  //   dq_i = G_ii / n_i^3 - 3/2 (1 - a_i G_ii) / q_i,   d(gamma_ij X_j) = dq_i - G_ji / n_i^3;
  // y adds dy_i x_i to a_i and -dy_i x_i / (2 n_i^3) to q_i.
  void gradient(Pass& pass, TileIn x, TileIn dy, const LogDet& dld, Tile dx) const override {
    Scratch scratch(*pass.scratch);
    const Numbers n(pass, *this);
    const State at(n, *this, x, scratch);
    Tile inverse = scratch.tile(dim_ * dim_), dq = scratch.tile(dim_), dsquares = scratch.tile(dim_);
    Real* dbeta = scratch.get(dim_ / kTile + 1);
    Real* dtail = scratch.get(dim_ / kTile + 1);
    Real* dgamma = scratch.get(dim_ * dim_ / kTile + 1);
    invert(pass, n, at, inverse);
    const Rows l = dld.cast<Real>();
    for (int i = 0; i < dim_; ++i) {
      const Rows own = inverse.col(i * dim_ + i).array(), slope = dy.col(i).array() * x.col(i).array();
      const Rows gain = at.gain.col(i).array();
      dq.col(i) = (-(slope * gain + 3 * l * (1 - n.tail[i] * own)) / (2 * at.norms.col(i).array())).matrix();
      dx.col(i) = (dy.col(i).array() * (n.tail[i] + gain)).matrix();
      dtail[i] = (slope + l * own).sum();
    }
    multiply(Matrix{n.gamma, dim_, dim_, dim_, 1}.transposed(), in(dq), dsquares);
    for (int i = 0; i < dim_; ++i) {
      const Rows share = l * at.gain.col(i).array() / at.norms.col(i).array();
      dbeta[i] = (dq.col(i).array() + share * inverse.col(i * dim_ + i).array()).sum();
      for (int j = 0; j < dim_; ++j) {
        const Rows by_det = share * (inverse.col(i * dim_ + i) - inverse.col(j * dim_ + i)).array();
        dgamma[i * dim_ + j] = (at.squares.col(j).array() * (dq.col(i).array() + by_det)).sum();
        dsquares.col(j) += (n.gamma[i * dim_ + j] * by_det).matrix();
      }
    }
    dx += (2 * x.array() * dsquares.array()).matrix();
    if (!pass.dtheta) return;
    for (int i = 0; i < dim_; ++i) {
      pass.dtheta[beta_ + i] += dbeta[i] * n.beta_slope[i];
      if (has_tail_) pass.dtheta[tail_ + i] += dtail[i] * n.tail_slope[i];
      for (int j = 0; j < dim_; ++j) pass.dtheta[gamma_.at(i, j)] += dgamma[i * dim_ + j] * n.gamma_slope[i * dim_ + j];
    }
  }
  // (J^-T u)_j = 1 / x_j sum_i G_ij x_i u_i. G_ij holds a factor x_j^2 beside the diagonal.
  void solve_transposed(Pass& pass, TileIn x, TileIn u, Tile dy) const override {
    Scratch scratch(*pass.scratch);
    const Numbers n(pass, *this);
    Tile inverse = scratch.tile(dim_ * dim_), away = scratch.tile(dim_);  // x, kept off 0
    away = (x.array().abs() < Real(1e-15)).select(TileIn::PlainObject::Constant(kTile, dim_, Real(1e-15)), x);
    invert(pass, n, State(n, *this, in(away), scratch), inverse);
    for (int j = 0; j < dim_; ++j) {
      Rows sum = Rows::Zero();
      for (int i = 0; i < dim_; ++i) sum += inverse.col(i * dim_ + j).array() * away.col(i).array() * u.col(i).array();
      dy.col(j) = (sum / away.col(j).array()).matrix();
    }
  }

 private:
  static constexpr double kLeastTail = 0.01;
  // Softplus of theta's numbers, then its slopes there: beta, tail (D each), gamma (D x D).
  struct Numbers {
    Numbers(const Pass& pass, const Gdn& a)
        : beta(pass.prepared + a.prepared_),
          tail(beta + a.dim_),
          gamma(tail + a.dim_),
          beta_slope(gamma + a.dim_ * a.dim_),
          tail_slope(beta_slope + a.dim_),
          gamma_slope(tail_slope + a.dim_) {}
    const Real *beta, *tail, *gamma, *beta_slope, *tail_slope, *gamma_slope;
  };
  // Of a tile: X, n^2 and 1 / n. X ends where another n^2 would not be a number; there the tail is all that counts.
  struct State {
    State(const Numbers& n, const Gdn& a, TileIn x, Scratch& scratch)
        : squares(scratch.tile(a.dim_)), norms(scratch.tile(a.dim_)), gain(scratch.tile(a.dim_)) {
      squares = x.array().square().min(std::numeric_limits<Real>::max() / 1000).matrix();
      for (int i = 0; i < a.dim_; ++i) norms.col(i).setConstant(n.beta[i]);
      add_product({n.gamma, a.dim_, a.dim_, a.dim_, 1}, in(squares), norms);
      gain = norms.array().sqrt().inverse().matrix();
    }
    Tile squares, norms, gain;
  };

  // -> M = L U in every row; element (i, j) in column i D + j: pivots on the diagonal, above it the size of U's
  // (negative) elements, below it that of L's.
  void factor(const Numbers& n, const State& at, Tile matrix) const {
    const auto m = [&](int i, int j) { return matrix.col(i * dim_ + j).array(); };
    for (int i = 0; i < dim_; ++i) {
      const auto norm = at.norms.col(i).array(), gain = at.gain.col(i).array();
      for (int j = 0; j < dim_; ++j) m(i, j) = n.gamma[i * dim_ + j] * at.squares.col(j).array() / norm * gain;
      m(i, i) = n.tail[i] + n.beta[i] / norm * gain;  // until its turn, what the row adds up to
    }
    for (int k = 0; k < dim_; ++k) {
      const Rows rest = m(k, k);
      for (int j = k + 1; j < dim_; ++j) m(k, k) += m(k, j);
      const Rows inverse = m(k, k).inverse();
      for (int i = k + 1; i < dim_; ++i) {
        const Rows factor = m(i, k) * inverse;
        m(i, k) = factor;
        m(i, i) += factor * rest;
        for (int j = k + 1; j < dim_; ++j)
          if (j != i) m(i, j) += factor * m(k, j);
      }
    }
  }
  LogDet log_det(Pass& pass, const Numbers& n, const State& at) const {
    Scratch scratch(*pass.scratch);
    Tile matrix = scratch.tile(dim_ * dim_), logs = scratch.tile(dim_);
    factor(n, at, matrix);
    LogDet sum = LogDet::Zero();
    for (int i = 0; i < dim_; ++i) logs.col(i) = matrix.col(i * dim_ + i);
    kernels::log(logs.data(), logs.data(), logs.size());
    kernels::sum_columns(logs.data(), dim_, sum.data());
    return sum;
  }
  // M^-1, column by column; all its elements are sums of positive terms.
  void invert(Pass& pass, const Numbers& n, const State& state, Tile inverse) const {
    Scratch scratch(*pass.scratch);
    Tile matrix = scratch.tile(dim_ * dim_);
    factor(n, state, matrix);
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

  // |x| of one row, in double.
  class Newton {
   public:
    Newton(const Numbers& n, const Gdn& a, Scratch& scratch)
        : n_(n), dim_(a.dim_), least_tail_(a.has_tail_ ? 0 : 1e-9), matrix_(doubles(scratch, dim_ * dim_)) {
      for (double** vector : {&size_, &trial_, &target_, &residual_, &step_}) *vector = doubles(scratch, dim_);
    }
    void solve(TileIn y, Tile x, int row) {
      for (int i = 0; i < dim_; ++i) {
        target_[i] = std::max(std::abs(static_cast<double>(y(row, i))), 1e-290);  // of 0 there is no logarithm
        size_[i] = target_[i] / (tail(i) + 1 / std::sqrt(static_cast<double>(n_.beta[i])));  // never too large
      }
      double worst = residuals(size_);
      for (int step = 0; step < 200 && worst > kExact; ++step) {
        direction();
        double share = 1, next = 0;
        for (; share > 1e-9; share /= 2) {
          for (int i = 0; i < dim_; ++i) trial_[i] = size_[i] * std::exp(-share * step_[i]);
          if ((next = residuals(trial_)) < worst) break;
        }
        if (!(next < worst)) break;  // as exact as can be
        std::swap(size_, trial_);
        worst = next;
      }
      for (int i = 0; i < dim_; ++i)
        x(row, i) = y(row, i) == 0 ? y(row, i) : static_cast<Real>(std::copysign(size_[i], double{y(row, i)}));
    }

   private:
    static constexpr double kInfinity = std::numeric_limits<double>::infinity();
    static constexpr double kExact = std::max(1e-15, static_cast<double>(std::numeric_limits<Real>::epsilon()) / 100);
    static double* doubles(Scratch& scratch, int count) {
      return reinterpret_cast<double*>(scratch.get(2 * count / kTile + 1));
    }
    double tail(int i) const { return std::max(static_cast<double>(n_.tail[i]), least_tail_); }
    double& at(int i, int j) { return matrix_[i * dim_ + j]; }
    // residual_ and matrix_ = W P at `size`; the largest |residual|, infinite where one is no number.
    double residuals(const double* size) {
      double worst = 0;
      for (int i = 0; i < dim_; ++i) {
        double q = static_cast<double>(n_.beta[i]);
        for (int j = 0; j < dim_; ++j) q += at(i, j) = static_cast<double>(n_.gamma[i * dim_ + j]) * size[j] * size[j];
        const double gain = 1 / std::sqrt(q), slope = tail(i) + gain;
        for (int j = 0; j < dim_; ++j) at(i, j) *= gain / slope / q;
        residual_[i] = std::log(size[i] * slope / target_[i]);
        worst = std::max(worst, std::isfinite(residual_[i]) ? std::abs(residual_[i]) : kInfinity);
      }
      return worst;
    }
    // (I - W P) step = residual: diagonally dominant, so without exchanges.
    void direction() {
      for (int i = 0; i < dim_; ++i) {
        for (int j = 0; j < dim_; ++j) at(i, j) = (i == j) - at(i, j);
        step_[i] = residual_[i];
      }
      for (int k = 0; k < dim_; ++k)
        for (int i = k + 1; i < dim_; ++i) {
          const double factor = at(i, k) / at(k, k);
          for (int j = k + 1; j < dim_; ++j) at(i, j) -= factor * at(k, j);
          step_[i] -= factor * step_[k];
        }
      for (int i = dim_ - 1; i >= 0; --i) {
        for (int j = i + 1; j < dim_; ++j) step_[i] -= at(i, j) * step_[j];
        step_[i] /= at(i, i);
      }
    }

    const Numbers& n_;
    int dim_;
    double least_tail_;
    double *matrix_, *size_, *trial_, *target_, *residual_, *step_;
  };

  bool has_tail_;
  std::size_t beta_ = 0, tail_ = 0;
  int prepared_ = 0;
  Place gamma_;
};

}  // namespace

std::unique_ptr<Layer> make_gdn(SpecReader& spec, const Site& site) { return std::make_unique<Gdn>(spec, site); }

}  // namespace NF_PRECISION
}  // namespace nf
