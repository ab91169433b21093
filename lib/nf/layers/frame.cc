#include "nf/layers/frame.h"

#include <Eigen/Eigenvalues>
#include <algorithm>

#include "nf/layers/conditioned.h"
#include "nf/nets/matrix.h"
#include "nf/layers/reflections.h"

namespace nf {
inline namespace NF_PRECISION {
namespace {

constexpr int kMostColumns = 32;
using Small = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, 0, kMostColumns, kMostColumns>;  // no heap
using SmallVector = Eigen::Matrix<double, Eigen::Dynamic, 1, 0, kMostColumns, 1>;

// W and Q stand transposed, M x D.
class Polar final : public Frame {
 public:
  Polar(const Site& site, int rank)
      : dim_(site.dim), rank_(rank), frame_(site.add("frame", rank, dim_)), prepared_(site.prepare(rank * dim_)) {}
  // At an orthonormal W.
  void init(Real* theta, Uniforms& random) const override {
    for (int i = 0; i < rank_; ++i)
      for (int j = 0; j < dim_; ++j) theta[frame_.at(i, j)] = static_cast<Real>(2 * random.next() - 1);
    Vector q(rank_ * dim_);
    factor(theta, q.data());
    for (int i = 0; i < rank_; ++i) std::copy_n(q.data() + i * dim_, dim_, theta + frame_.at(i, 0));
  }
  void prepare(Pass& pass, Real* prepared) const override { factor(pass.theta, prepared + prepared_); }
  void project(Pass& pass, TileIn x, Tile v) const override {
    multiply({pass.prepared + prepared_, rank_, dim_, dim_, 1}, x, v);
  }
  void expand(Pass& pass, TileIn t, Tile z) const override {
    add_product({pass.prepared + prepared_, dim_, rank_, 1, dim_}, t, z);
  }

  // W = Q S, S = V diag(s) V'. For a gradient G of Q, with B = Q' G and K_ij = 1 / (s_i + s_j):
  //   dW = Q Y + (I - Q Q') G S^-1,  Y = V (K * (V' (B - B') V)) V'  (dQ = Q Omega + (I - Q Q') dW S^-1, Omega
  //   antisymmetric with Omega S + S Omega = Q' dW - dW' Q).
  void gradient(Pass& pass, TileIn x, TileIn dv, TileIn t, TileIn dz) const override {
    Scratch scratch(*pass.scratch);
    const Real* q = pass.prepared + prepared_;
    Real* g = scratch.get((rank_ * dim_ + kTile - 1) / kTile);
    std::fill_n(g, rank_ * dim_, Real(0));
    add_gradient(pass, dv, x, g, dim_);
    add_gradient(pass, t, dz, g, dim_);
    const Root root(pass.theta, *this);
    const Small b = gram([&](int i, int j) { return static_cast<double>(q[i * dim_ + j]); },
                         [&](int i, int j) { return static_cast<double>(g[i * dim_ + j]); });
    const Small odd = b - b.transpose();
    Small y = root.vectors.transpose().lazyProduct(odd.lazyProduct(root.vectors).eval());
    for (int i = 0; i < rank_; ++i)
      for (int j = 0; j < rank_; ++j) y(i, j) /= root.values(i) + root.values(j);
    y = root.vectors.lazyProduct(y.lazyProduct(root.vectors.transpose()).eval()).eval();
    const Small inverse = root.inverse();
    const Small of_q = y.transpose() - inverse.lazyProduct(b.transpose());
    for (int j = 0; j < dim_; ++j)
      for (int i = 0; i < rank_; ++i) {
        double sum = 0;
        for (int k = 0; k < rank_; ++k)
          sum +=
              of_q(i, k) * static_cast<double>(q[k * dim_ + j]) + inverse(i, k) * static_cast<double>(g[k * dim_ + j]);
        pass.dtheta[frame_.at(i, j)] += static_cast<Real>(sum);
      }
  }

 private:
  // S by the eigenvectors of W' W.
  struct Root {
    Root(const Real* theta, const Polar& a) {
      const auto w = [&](int i, int j) { return static_cast<double>(theta[a.frame_.at(i, j)]); };
      Eigen::SelfAdjointEigenSolver<Small> solver(a.rank_);
      solver.compute(a.gram(w, w));
      vectors = solver.eigenvectors();
      // A W that lost a direction has no factor; bounded, it stays a number.
      values = solver.eigenvalues().cwiseMax(1e-14 * std::max(solver.eigenvalues().maxCoeff(), 1e-200)).cwiseSqrt();
    }
    Small inverse() const {
      const Small scaled = vectors * values.cwiseInverse().asDiagonal();
      return scaled.lazyProduct(vectors.transpose());
    }
    Small vectors;
    SmallVector values;
  };

  template <class A, class B>
  Small gram(A a, B b) const {
    Small sums = Small::Zero(rank_, rank_);
    for (int i = 0; i < rank_; ++i)
      for (int k = 0; k < rank_; ++k)
        for (int j = 0; j < dim_; ++j) sums(i, k) += a(i, j) * b(k, j);
    return sums;
  }
  void factor(const Real* theta, Real* q) const {
    const Small inverse = Root(theta, *this).inverse();
    for (int j = 0; j < dim_; ++j)
      for (int i = 0; i < rank_; ++i) {
        double sum = 0;
        for (int k = 0; k < rank_; ++k) sum += inverse(i, k) * static_cast<double>(theta[frame_.at(k, j)]);
        q[i * dim_ + j] = static_cast<Real>(sum);
      }
  }

  int dim_, rank_;
  Place frame_;
  int prepared_;
};

class Reflected final : public Frame {
 public:
  Reflected(const Site& site, int rank, int count)
      : dim_(site.dim), rank_(rank), reflections_(site, "frame", count, dim_) {}
  void init(Real* theta, Uniforms& random) const override { reflections_.init(theta, random, false); }
  void prepare(Pass& pass, Real* prepared) const override { reflections_.prepare(pass, prepared); }
  void project(Pass& pass, TileIn x, Tile v) const override {
    Scratch scratch(*pass.scratch);
    Tile y = scratch.tile(dim_);
    reflections_.apply(pass, true, x, y);
    v = y.leftCols(rank_);
  }
  void expand(Pass& pass, TileIn t, Tile z) const override {
    Scratch scratch(*pass.scratch);
    Tile padded = scratch.tile(dim_), moved = scratch.tile(dim_);
    pad(t, padded);
    reflections_.apply(pass, false, in(padded), moved);
    z += moved;
  }
  void gradient(Pass& pass, TileIn x, TileIn dv, TileIn t, TileIn dz) const override {
    Scratch scratch(*pass.scratch);
    Tile padded = scratch.tile(dim_), ignored = scratch.tile(dim_);
    pad(dv, padded);
    reflections_.gradient(pass, true, x, in(padded), ignored);
    pad(t, padded);
    reflections_.gradient(pass, false, in(padded), dz, ignored);
  }

 private:
  void pad(TileIn few, Tile all) const {
    all.leftCols(rank_) = few;
    all.rightCols(dim_ - rank_).setZero();
  }
  int dim_, rank_;
  Reflections reflections_;
};

class Permuted final : public Frame {
 public:
  explicit Permuted(std::vector<int> order) : order_(std::move(order)) {}
  void project(Pass&, TileIn x, Tile v) const override {
    for (int i = 0; i < v.cols(); ++i) v.col(i) = x.col(order_[i]);
  }
  void expand(Pass&, TileIn t, Tile z) const override {
    for (int i = 0; i < t.cols(); ++i) z.col(order_[i]) += t.col(i);
  }
  void gradient(Pass&, TileIn, TileIn, TileIn, TileIn) const override {}

 private:
  std::vector<int> order_;
};

}  // namespace

std::unique_ptr<Frame> make_frame(SpecReader& spec, const Site& site, const std::string& form, int rank) {
  if (form == "triangular") return std::make_unique<Permuted>(read_order(spec, "order", site.dim));
  if (form == "householder") {
    const auto count = static_cast<int>(spec.integer("reflections", rank, 1, 1 << 14));
    return std::make_unique<Reflected>(site, rank, count);
  }
  if (rank > kMostColumns) spec.fail("'rank' of the orthogonal form is at most " + std::to_string(kMostColumns));
  return std::make_unique<Polar>(site, rank);
}

}  // namespace NF_PRECISION
}  // namespace nf
