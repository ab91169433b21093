// linear.cc -- z = A x + b, with A kept in factors, so that its log-det is a sum and its inverse two substitutions.
//   "plu": A = P L U, P a fixed permutation, L unit lower triangular, U upper triangular.
// Kingma, Dhariwal, Glow: Generative flow with invertible 1x1 convolutions, 2018, arXiv:1807.03039, section 3.2.
//   "qr": A = Q R, Q a product of Householder reflections, R upper triangular with a positive diagonal.
// Tomczak, Welling, Improving variational auto-encoders using Householder flow, 2016, arXiv:1611.09630.
#include <cmath>

#include "nf/layers/conditioned.h"
#include "nf/nets/matrix.h"
#include "nf/layers/reflections.h"
#include "nf/core/constants.h"
#include "nf/core/factor.h"

namespace nf {
inline namespace NF_PRECISION {
namespace {

// z = B U x + b: what both forms share. U is the transpose of the strict triangle `upper` plus the diagonal
// sign exp(log_scale); signs, where there are any, are constants.
class Linear : public Layer {
 public:
  Linear(const Site& site, bool signs)
      : dim_(site.dim),
        upper_(site.params, site.name + ".upper", dim_),
        signs_(signs),
        sign_(signs ? site.add("sign", 1, site.dim, false).offset : 0),
        log_scale_(site.add("log_scale", 1, site.dim).offset),
        bias_(site.add("bias", 1, site.dim).offset),
        prepared_(site.prepare(2 * site.dim)) {
    traits_ = {.dim = dim_, .noise_dim = dim_};
  }

  void prepare(Pass& pass, Real* prepared) const override {
    Real *scale = prepared + prepared_, *inverse = scale + dim_;
    for (int i = 0; i < dim_; ++i) {
      const Real s = pass.theta[log_scale_ + i], sign = signs_ ? pass.theta[sign_ + i] : Real(1);
      scale[i] = sign * std::exp(s);
      inverse[i] = sign * std::exp(-s);
    }
  }

  void forward(Pass& pass, TileIn x, Tile z, LogDet& ld) const override {
    Record record(pass);
    Tile own = record.tile(dim_), u = record.tile(dim_);
    own = x;
    const Diagonal d(pass, *this);
    for (int i = 0; i < dim_; ++i) u.col(i) = d.scale[i] * x.col(i);
    upper_.upper(pass.theta + upper_.offset(), x, u);
    turn(pass, in(u), z);
    for (int i = 0; i < dim_; ++i) z.col(i).array() += pass.theta[bias_ + i];
    ld += d.log_det;
  }
  void inverse(Pass& pass, TileIn z, Tile x, LogDet& ld) const override {
    Record record(pass);
    Tile own = record.tile(dim_), u = record.tile(dim_);
    const Diagonal d(pass, *this);
    for (int i = 0; i < dim_; ++i) x.col(i) = (z.col(i).array() - pass.theta[bias_ + i]).matrix();
    turn_back(pass, in(x), u);
    x = u;
    upper_.solve_upper(pass, pass.theta + upper_.offset(), d.inverse, x);
    own = x;
    ld -= d.log_det;
  }

  // du = B' dz, dx = U' du; dU = du x'.
  void backward(Pass& pass, TileIn dz, const LogDet& dld, Tile dx) const override {
    const TileIn u = kept(pass, dim_), x = kept(pass, dim_);
    Scratch scratch(*pass.scratch);
    const Diagonal d(pass, *this);
    Tile du = scratch.tile(dim_);
    turn_gradient(pass, u, dz, du);
    for (int i = 0; i < dim_; ++i) dx.col(i) = d.scale[i] * du.col(i);
    upper_.lower(pass.theta + upper_.offset(), in(du), dx);
    if (!pass.dtheta) return;
    add_sums(dz, pass.dtheta + bias_);
    upper_gradient(pass, d, x, in(du), dld.sum());
  }
  // du = U^-T dx, dz = B^-T du; dU = -du x', db = -dz.
  void inverse_backward(Pass& pass, TileIn dx, const LogDet& dld, Tile dz) const override {
    const TileIn u = kept(pass, dim_), x = kept(pass, dim_);
    Scratch scratch(*pass.scratch);
    const Diagonal d(pass, *this);
    Tile minus_du = scratch.tile(dim_);
    minus_du = -dx;
    upper_.solve_lower(pass, pass.theta + upper_.offset(), d.inverse, minus_du);
    turn_back_gradient(pass, u, in(minus_du), dz);
    if (pass.dtheta) {
      add_sums(in(dz), pass.dtheta + bias_);
      upper_gradient(pass, d, x, in(minus_du), -dld.sum());
    }
    dz = -dz;
  }

 protected:
  virtual void turn(Pass& pass, TileIn u, Tile z) const = 0;       // z = B u
  virtual void turn_back(Pass& pass, TileIn z, Tile u) const = 0;  // u = B^-1 z
  // du = B' dz, dB += dz u'.
  virtual void turn_gradient(Pass& pass, TileIn u, TileIn dz, Tile du) const = 0;
  // Of u = B^-1 z: minus_dz = B^-T minus_du, dB += minus_dz u'.
  virtual void turn_back_gradient(Pass& pass, TileIn u, TileIn minus_du, Tile minus_dz) const = 0;

  std::size_t sign_at() const { return sign_; }
  std::size_t log_scale_at() const { return log_scale_; }
  const Triangle& upper() const { return upper_; }

  int dim_;

 private:
  struct Diagonal {
    Diagonal(const Pass& pass, const Linear& a) : scale(pass.prepared + a.prepared_), inverse(scale + a.dim_) {
      for (int i = 0; i < a.dim_; ++i) log_det += static_cast<double>(pass.theta[a.log_scale_ + i]);
    }
    const Real *scale, *inverse;
    double log_det = 0;
  };

  // dlog_scale_i = sum over rows of du_i x_i U_ii + dld.
  void upper_gradient(Pass& pass, const Diagonal& d, TileIn x, TileIn du, double dld) const {
    upper_.gradient(pass, x, du, pass.dtheta + upper_.offset());
    for (int i = 0; i < dim_; ++i)
      pass.dtheta[log_scale_ + i] += d.scale[i] * x.col(i).dot(du.col(i)) + static_cast<Real>(dld);
  }

  Triangle upper_;
  bool signs_;
  std::size_t sign_, log_scale_, bias_;
  int prepared_;
};

using Square = Eigen::MatrixXd;

Square random_rotation(int dim, std::uint64_t seed) {
  Uniforms random(seed, Stream::kPermutation);
  Square normal(dim, dim);
  for (int i = 0; i < normal.size(); ++i)
    normal(i) = std::sqrt(-2 * std::log(random.next())) * std::cos(kTwoPi * random.next());
  return orthogonal_factor(normal);
}

// z_i = (L u)_order[i]. "start" "rotation": A starts as a random rotation, drawn from "seed", in place of P.
class Plu final : public Linear {
 public:
  Plu(SpecReader& spec, const Site& site) : Linear(site, true), lower_(site.params, site.name + ".lower", dim_) {
    if (spec.word("start", "identity", {"identity", "rotation"}) == "rotation") {
      seed_ = spec.integer("seed", 0, 0, INT64_MAX);
      order_ = pivot_order(random_rotation(dim_, static_cast<std::uint64_t>(seed_)));
      // A list in the spec says it all; else the order is the one that keeps the factors' numbers small.
      if (spec.has("order")) order_ = read_order(spec, "order", dim_);
      spec.replace("order", order_);
      spec.replace("seed", seed_);
    } else {
      order_ = read_order(spec, "order", dim_);
    }
    spec_ = spec.canonical();
  }

  void init(Real* theta, Uniforms&) const override {
    std::fill_n(theta + sign_at(), dim_, Real(1));
    if (seed_ < 0) return;
    const Square rotation = random_rotation(dim_, static_cast<std::uint64_t>(seed_));
    Square lu(dim_, dim_);
    for (int i = 0; i < dim_; ++i) lu.row(order_[i]) = rotation.row(i);
    for (int k = 0; k < dim_; ++k) {  // elimination without exchanges: the order has them
      for (int i = k + 1; i < dim_; ++i) {
        lu(i, k) /= lu(k, k);
        lu.row(i).tail(dim_ - k - 1) -= lu(i, k) * lu.row(k).tail(dim_ - k - 1);
      }
      theta[sign_at() + k] = lu(k, k) < 0 ? Real(-1) : Real(1);
      theta[log_scale_at() + k] = static_cast<Real>(std::log(std::abs(lu(k, k))));
      for (int i = 0; i < k; ++i) {
        theta[lower_.offset() + k * lower_.ld() + i] = static_cast<Real>(lu(k, i));
        theta[upper().offset() + k * upper().ld() + i] = static_cast<Real>(lu(i, k));
      }
    }
  }

 protected:
  void turn(Pass& pass, TileIn u, Tile z) const override {
    Scratch scratch(*pass.scratch);
    Tile v = scratch.tile(dim_);
    product(pass, u, v);
    for (int i = 0; i < dim_; ++i) z.col(i) = v.col(order_[i]);
  }
  void turn_back(Pass& pass, TileIn z, Tile u) const override {
    for (int i = 0; i < dim_; ++i) u.col(order_[i]) = z.col(i);
    lower_.solve_lower(pass, pass.theta + lower_.offset(), nullptr, u);
  }
  void turn_gradient(Pass& pass, TileIn u, TileIn dz, Tile du) const override {
    Scratch scratch(*pass.scratch);
    Tile dv = scratch.tile(dim_);
    for (int i = 0; i < dim_; ++i) dv.col(order_[i]) = dz.col(i);
    du = dv;
    lower_.upper(pass.theta + lower_.offset(), in(dv), du);
    if (pass.dtheta) lower_.gradient(pass, in(dv), u, pass.dtheta + lower_.offset());
  }
  void turn_back_gradient(Pass& pass, TileIn u, TileIn minus_du, Tile minus_dz) const override {
    Scratch scratch(*pass.scratch);
    Tile minus_dv = scratch.tile(dim_);
    minus_dv = minus_du;
    lower_.solve_upper(pass, pass.theta + lower_.offset(), nullptr, minus_dv);
    if (pass.dtheta) lower_.gradient(pass, in(minus_dv), u, pass.dtheta + lower_.offset());
    for (int i = 0; i < dim_; ++i) minus_dz.col(i) = minus_dv.col(order_[i]);
  }

 private:
  void product(Pass& pass, TileIn u, Tile v) const {
    v = u;
    lower_.lower(pass.theta + lower_.offset(), u, v);
  }

  Triangle lower_;
  std::vector<int> order_;
  std::int64_t seed_ = -1;
};

// An even number of reflections, at most D: they reach every rotation, and start as the identity, each two cancelling.
class Qr final : public Linear {
 public:
  Qr(SpecReader& spec, const Site& site)
      : Linear(site, false), reflections_(site, "reflections", dim_ - dim_ % 2, dim_) {
    spec_ = spec.canonical();
  }
  void prepare(Pass& pass, Real* prepared) const override {
    Linear::prepare(pass, prepared);
    reflections_.prepare(pass, prepared);
  }

  void init(Real* theta, Uniforms& random) const override { reflections_.init(theta, random, true); }

 protected:
  void turn(Pass& pass, TileIn u, Tile z) const override { reflections_.apply(pass, false, u, z); }
  void turn_back(Pass& pass, TileIn z, Tile u) const override { reflections_.apply(pass, true, z, u); }
  void turn_gradient(Pass& pass, TileIn u, TileIn dz, Tile du) const override {
    reflections_.gradient(pass, false, u, dz, du);
  }
  // B^-T = B: the same as for z = B u, whose gradient at z is minus_dz.
  void turn_back_gradient(Pass& pass, TileIn u, TileIn minus_du, Tile minus_dz) const override {
    Scratch scratch(*pass.scratch);
    Tile du = scratch.tile(dim_);
    reflections_.apply(pass, false, minus_du, minus_dz);
    reflections_.gradient(pass, false, u, in(minus_dz), du);
  }

 private:
  Reflections reflections_;
};

}  // namespace

std::unique_ptr<Layer> make_linear(SpecReader& spec, const Site& site) {
  if (spec.word("form", "plu", {"plu", "qr"}) == "qr") return std::make_unique<Qr>(spec, site);
  return std::make_unique<Plu>(spec, site);
}

}  // namespace NF_PRECISION
}  // namespace nf
