// sylvester.cc -- z = x + Q R tanh(R~ Q' x + b): M planar steps at once.
// van den Berg, Hasenclever, Tomczak, Welling, Sylvester normalizing flows for variational inference, 2018,
// arXiv:1803.05649.
//
// Q (D x M) has orthonormal columns (frame.h), R and R~ are upper triangular. With kappa_i = R_ii R~_ii and
// h = tanh(a): log|det| = sum log(1 + kappa_i (1 - h_i^2)). One to one where every kappa_i > -1: R~_ii = exp(s_i),
// kappa_i = softplus(k_i) - 1, R_ii = kappa_i / R~_ii. (tanh is odd, so a negative R~_ii would add nothing.)
//
// Inverse: with v = Q' x, Q' z = v + R tanh(R~ v + b) is solved from its last coordinate upwards, each by one scalar
// equation a + kappa tanh(a) = c; what is orthogonal to Q stays.
#include "nf/layers/frame.h"
#include "nf/layers/implicit.h"
#include "nf/nets/matrix.h"
#include "nf/kernels/tanh_root.h"

namespace nf {
inline namespace NF_PRECISION {
namespace {

class Sylvester final : public Implicit {
 public:
  Sylvester(SpecReader& spec, const Site& site)
      : Implicit(site.dim),
        form_(spec.word("form", "orthogonal", {"orthogonal", "householder", "triangular"})),
        rank_(static_cast<int>(spec.integer("rank", form_ == "triangular" ? dim_ : std::min(dim_, 16), 1, dim_))),
        frame_(make_frame(spec, site, form_, rank_)),
        r_(site.params, site.name + ".r", rank_),
        rt_(site.params, site.name + ".rt", rank_) {
    kappa_ = site.add("kappa", 1, rank_).offset;
    log_scale_ = site.add("log_scale", 1, rank_).offset;
    b_ = site.add("b", 1, rank_).offset;
    prepared_ = site.prepare(4 * rank_);
    spec_ = spec.canonical();
  }

  // R = 0, the identity; R~ = I.
  void init(Real* theta, Uniforms& random) const override {
    frame_->init(theta, random);
    for (int i = 0; i < rank_; ++i) {
      theta[kappa_ + i] = static_cast<Real>(kSoftplusOne);
      theta[b_ + i] = static_cast<Real>(2 * random.next() - 1);
    }
  }

  void prepare(Pass& pass, Real* prepared) const override {
    frame_->prepare(pass, prepared);
    Real *r = prepared + prepared_, *rt = r + rank_, *sigma = rt + rank_, *slope = sigma + rank_;
    for (int i = 0; i < rank_; ++i) {
      const Softplus soft(pass.theta[kappa_ + i]);
      rt[i] = std::exp(pass.theta[log_scale_ + i]);
      sigma[i] = static_cast<Real>(soft.value);
      slope[i] = static_cast<Real>(soft.slope);
      r[i] = static_cast<Real>(soft.value - 1) / rt[i];
    }
  }

 protected:
  void map(Pass& pass, TileIn x, Tile z, LogDet& ld) const override {
    Scratch scratch(*pass.scratch);
    const Numbers n(pass, *this);
    Tile v = scratch.tile(rank_), h = scratch.tile(rank_), t = scratch.tile(rank_);
    frame_->project(pass, x, v);
    activations(pass, n, in(v), h);
    upper_product(pass, n, in(h), t);
    z = x;
    frame_->expand(pass, in(t), z);
    add_log_det(pass, n, h, 1, ld);
  }
  void solve(Pass& pass, TileIn z, Tile x, LogDet& ld) const override {
    Scratch scratch(*pass.scratch);
    const Numbers n(pass, *this);
    Tile y = scratch.tile(rank_), v = scratch.tile(rank_), h = scratch.tile(rank_), minus_h = scratch.tile(rank_);
    const Real *r = pass.theta + r_.offset(), *rt = pass.theta + rt_.offset();
    frame_->project(pass, z, y);
    for (int i = rank_ - 1; i >= 0; --i) {
      const int after = rank_ - 1 - i;
      const std::ptrdiff_t row = i;
      Tile c = columns(v, i, 1), a = columns(h, i, 1);
      c = y.col(i);
      add_product({r + (row + 1) * r_.ld() + row, 1, after, 0, r_.ld()}, in(columns(minus_h, i + 1, after)), c);
      a.setConstant(pass.theta[b_ + i]);
      add_product({rt + (row + 1) * rt_.ld() + row, 1, after, 0, rt_.ld()}, in(columns(v, i + 1, after)), a);
      a += n.rt[i] * c;
      kernels::tanh_root(a.data(), n.sigma[i] - 1, a.data());
      kernels::tanh(a.data(), a.data(), kTile);
      c -= n.r[i] * a;
      minus_h.col(i) = -h.col(i);
    }
    add_log_det(pass, n, h, -1, ld);
    v -= y;
    x = z;
    frame_->expand(pass, in(v), x);
  }

  // With J_i = 1 + kappa_i s_i, s = 1 - h^2: dt = Q' dz, da = s (R' dt - 2 kappa h dld / J), dv = R~' da.
  void gradient(Pass& pass, TileIn x, TileIn dz, const LogDet& dld, Tile dx) const override {
    Scratch scratch(*pass.scratch);
    const Numbers n(pass, *this);
    Tile v = scratch.tile(rank_), h = scratch.tile(rank_), dt = scratch.tile(rank_), da = scratch.tile(rank_);
    Tile dv = scratch.tile(rank_), dkappa = scratch.tile(rank_), l = scratch.tile(1);
    frame_->project(pass, x, v);
    activations(pass, n, in(v), h);
    frame_->project(pass, dz, dt);
    for (int i = 0; i < rank_; ++i) da.col(i) = n.r[i] * dt.col(i);
    r_.lower(pass.theta + r_.offset(), in(dt), da);
    l = dld.matrix().cast<Real>();
    for (int i = 0; i < rank_; ++i) {
      const Rows hi = h.col(i), s = 1 - hi.square();
      dkappa.col(i) = (s * l.array() / (hi.square() + n.sigma[i] * s)).matrix();
      da.col(i) = (s * da.col(i).array() - 2 * (n.sigma[i] - 1) * hi * dkappa.col(i).array()).matrix();
    }
    for (int i = 0; i < rank_; ++i) dv.col(i) = n.rt[i] * da.col(i);
    rt_.lower(pass.theta + rt_.offset(), in(da), dv);
    dx = dz;
    frame_->expand(pass, in(dv), dx);
    if (!pass.dtheta) return;
    r_.gradient(pass, in(h), in(dt), pass.dtheta + r_.offset());
    rt_.gradient(pass, in(v), in(da), pass.dtheta + rt_.offset());
    add_sums(in(da), pass.dtheta + b_);
    for (int i = 0; i < rank_; ++i) {
      const Real dr = dt.col(i).dot(h.col(i)), drt = da.col(i).dot(v.col(i));
      pass.dtheta[kappa_ + i] += n.slope[i] * (dr / n.rt[i] + dkappa.col(i).sum());
      pass.dtheta[log_scale_ + i] += drt * n.rt[i] - dr * n.r[i];
    }
    Tile t = dkappa;
    upper_product(pass, n, in(h), t);
    frame_->gradient(pass, x, in(dv), in(t), dz);
  }
  // J^T = I + Q B' Q', B' = R~' diag(s) R': with q = Q' u, (I + B') p = q by forward substitution; J^-T u = u + Q (p -
  // q).
  void solve_transposed(Pass& pass, TileIn x, TileIn u, Tile dz) const override {
    Scratch scratch(*pass.scratch);
    const Numbers n(pass, *this);
    Tile q = scratch.tile(rank_), p = scratch.tile(rank_), h = scratch.tile(rank_), minus_w = scratch.tile(rank_);
    Tile m = scratch.tile(1);
    const Real *r = pass.theta + r_.offset(), *rt = pass.theta + rt_.offset();
    frame_->project(pass, x, q);
    activations(pass, n, in(q), h);
    frame_->project(pass, u, q);
    for (int i = 0; i < rank_; ++i) {
      const std::ptrdiff_t row = i;
      Tile pi = columns(p, i, 1);
      multiply({r + row * r_.ld(), 1, i, 0, 1}, in(columns(p, 0, i)), m);
      pi = q.col(i);
      add_product({rt + row * rt_.ld(), 1, i, 0, 1}, in(columns(minus_w, 0, i)), pi);
      const Rows hi = h.col(i), s = 1 - hi.square();
      pi = ((pi.array() - n.rt[i] * s * m.array()) / (hi.square() + n.sigma[i] * s)).matrix();
      minus_w.col(i) = (-s * (m.array() + n.r[i] * pi.array())).matrix();
    }
    p -= q;
    dz = u;
    frame_->expand(pass, in(p), dz);
  }

 private:
  // The diagonals of R and R~, sigma = 1 + kappa and its slope.
  struct Numbers {
    Numbers(const Pass& pass, const Sylvester& a)
        : r(pass.prepared + a.prepared_), rt(r + a.rank_), sigma(rt + a.rank_), slope(sigma + a.rank_) {}
    const Real *r, *rt, *sigma, *slope;
  };

  // h = tanh(R~ v + b).
  void activations(Pass& pass, const Numbers& n, TileIn v, Tile h) const {
    for (int i = 0; i < rank_; ++i) h.col(i) = (n.rt[i] * v.col(i).array() + pass.theta[b_ + i]).matrix();
    rt_.upper(pass.theta + rt_.offset(), v, h);
    kernels::tanh(h.data(), h.data(), h.size());
  }
  // t = R h.
  void upper_product(Pass& pass, const Numbers& n, TileIn h, Tile t) const {
    for (int i = 0; i < rank_; ++i) t.col(i) = n.r[i] * h.col(i);
    r_.upper(pass.theta + r_.offset(), h, t);
  }
  // 1 + kappa (1 - h^2) = h^2 + sigma (1 - h^2): no cancellation for kappa near -1.
  void add_log_det(Pass& pass, const Numbers& n, Tile h, double sign, LogDet& ld) const {
    Scratch scratch(*pass.scratch);
    Tile j = scratch.tile(rank_);
    LogDet sum = LogDet::Zero();
    for (int i = 0; i < rank_; ++i) {
      const Rows square = h.col(i).array().square();
      j.col(i) = (square + n.sigma[i] * (1 - square)).matrix();
    }
    kernels::log(j.data(), j.data(), j.size());
    kernels::sum_columns(j.data(), rank_, sum.data());
    ld += sign * sum;
  }

  std::string form_;
  int rank_;
  std::unique_ptr<Frame> frame_;
  Triangle r_, rt_;  // strict upper parts, transposed
  std::size_t kappa_ = 0, log_scale_ = 0, b_ = 0;
  int prepared_ = 0;
};

}  // namespace

std::unique_ptr<Layer> make_sylvester(SpecReader& spec, const Site& site) {
  return std::make_unique<Sylvester>(spec, site);
}

}  // namespace NF_PRECISION
}  // namespace nf
