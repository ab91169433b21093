// planar.cc -- z = x + v tanh(w' x + b): space is stretched or squeezed across one plane.
// Rezende, Mohamed, Variational inference with normalizing flows, 2015, arXiv:1505.05770, section 4.1 and appendix A.1.
//
// v = u + (kappa - w' u) w / |w|^2 with kappa = softplus(w' u) - 1, so that w' v = kappa > -1 and the map is one to
// one: log|det| = log(1 + kappa (1 - h^2)), h = tanh(a), a = w' x + b. Inverse: w' z + b = a + kappa tanh(a) gives a.
#include "nf/layers/implicit.h"
#include "nf/nets/matrix.h"
#include "nf/kernels/tanh_root.h"

namespace nf {
inline namespace NF_PRECISION {
namespace {

class Planar final : public Implicit {
 public:
  Planar(SpecReader& spec, const Site& site) : Implicit(site.dim) {
    spec_ = spec.canonical();
    w_ = site.add("w", 1, dim_).offset;
    u_ = site.add("u", 1, dim_).offset;
    b_ = site.add("b", 1, 1).offset;
  }

  // A random plane; u = w ln(e - 1) / |w|^2 makes kappa and v zero: the identity, with a gradient.
  void init(Real* theta, Uniforms& random) const override {
    double norm = 0;
    for (int j = 0; j < dim_; ++j) {
      // In (-1, 1) over sqrt D, but never so near 0 that a single feature's plane goes astray.
      const double t = 2 * random.next() - 1, w = (t < 0 ? t - 0.1 : t + 0.1) / std::sqrt(dim_);
      theta[w_ + j] = static_cast<Real>(w);
      norm += w * w;
    }
    for (int j = 0; j < dim_; ++j)
      theta[u_ + j] = static_cast<Real>(static_cast<double>(theta[w_ + j]) * kSoftplusOne / norm);
    theta[b_] = static_cast<Real>(2 * random.next() - 1);
  }

 protected:
  void map(Pass& pass, TileIn x, Tile z, LogDet& ld) const override {
    Scratch scratch(*pass.scratch);
    const Plane p(pass.theta, *this, scratch);
    Tile h = scratch.tile(1);
    activation(pass.theta, x, h);
    kernels::tanh(h.data(), h.data(), kTile);
    z = x;
    add_product({p.v, dim_, 1, 1, 1}, in(h), z);
    add_log_det(pass, p, h, 1, ld);
  }
  void solve(Pass& pass, TileIn z, Tile x, LogDet& ld) const override {
    Scratch scratch(*pass.scratch);
    const Plane p(pass.theta, *this, scratch);
    Tile h = scratch.tile(1);
    activation(pass.theta, z, h);
    kernels::tanh_root(h.data(), p.kappa, h.data());
    kernels::tanh(h.data(), h.data(), kTile);
    add_log_det(pass, p, h, -1, ld);
    h = -h;
    x = z;
    add_product({p.v, dim_, 1, 1, 1}, in(h), x);
  }

  // With J = 1 + kappa s, s = 1 - h^2: dv = sum h dz, dkappa = sum dld s / J, da = s (dz' v - 2 kappa h dld / J).
  void gradient(Pass& pass, TileIn x, TileIn dz, const LogDet& dld, Tile dx) const override {
    Scratch scratch(*pass.scratch);
    const Plane p(pass.theta, *this, scratch);
    Tile h = scratch.tile(1), da = scratch.tile(1), dkappa = scratch.tile(1);
    activation(pass.theta, x, h);
    kernels::tanh(h.data(), h.data(), kTile);
    multiply({p.v, 1, dim_, 0, 1}, dz, da);
    for (int r = 0; r < kTile; ++r) {
      const Real s = 1 - h(r) * h(r), by_j = static_cast<Real>(dld(r)) / (h(r) * h(r) + p.sigma * s);
      da(r) = s * (da(r) - 2 * p.kappa * h(r) * by_j);
      dkappa(r) = s * by_j;
    }
    dx = dz;
    add_product({pass.theta + w_, dim_, 1, 1, 1}, in(da), dx);
    if (!pass.dtheta) return;
    Real* dv = scratch.get(dim_ / kTile + 1);
    std::fill_n(dv, dim_, Real(0));
    add_gradient(pass, in(h), dz, dv, 0);
    add_gradient(pass, in(da), x, pass.dtheta + w_, 0);
    pass.dtheta[b_] += da.sum();
    through_v(pass, p, dv, static_cast<double>(dkappa.sum()));
  }
  // J = I + s v w': J^-T u = u - w s (v' u) / (1 + kappa s).
  void solve_transposed(Pass& pass, TileIn x, TileIn u, Tile dz) const override {
    Scratch scratch(*pass.scratch);
    const Plane p(pass.theta, *this, scratch);
    Tile h = scratch.tile(1), t = scratch.tile(1);
    activation(pass.theta, x, h);
    kernels::tanh(h.data(), h.data(), kTile);
    multiply({p.v, 1, dim_, 0, 1}, u, t);
    for (int r = 0; r < kTile; ++r) {
      const Real s = 1 - h(r) * h(r);
      t(r) *= -s / (h(r) * h(r) + p.sigma * s);
    }
    dz = u;
    add_product({pass.theta + w_, dim_, 1, 1, 1}, in(t), dz);
  }

 private:
  struct Plane {
    Plane(const Real* theta, const Planar& a, Scratch& scratch) : v(scratch.get(a.dim_ / kTile + 1)) {
      const Real *w = theta + a.w_, *u = theta + a.u_;
      for (int j = 0; j < a.dim_; ++j) {
        dot += static_cast<double>(w[j]) * static_cast<double>(u[j]);
        norm += static_cast<double>(w[j]) * static_cast<double>(w[j]);
      }
      norm = std::max(norm, 1e-30);
      const Softplus soft(static_cast<Real>(dot));
      slope = soft.slope;
      excess = (soft.value - 1 - dot) / norm;
      for (int j = 0; j < a.dim_; ++j)
        v[j] = static_cast<Real>(static_cast<double>(u[j]) + excess * static_cast<double>(w[j]));
      sigma = static_cast<Real>(soft.value);
      kappa = static_cast<Real>(soft.value - 1);
    }
    Real* v;
    double dot = 0, norm = 0;   // w' u, |w|^2
    double slope = 0;           // d kappa / d(w' u)
    double excess = 0;          // (kappa - w' u) / |w|^2: v = u + excess w
    Real sigma = 0, kappa = 0;  // sigma = 1 + kappa
  };

  void activation(const Real* theta, TileIn x, Tile a) const {
    kernels::Product<Real> p;
    p.w = theta + w_;
    p.x = x.data();
    p.y = a.data();
    p.units = 1;
    p.last = dim_;
    p.bias = theta + b_;
    kernels::product(p);
  }
  // 1 + kappa (1 - h^2) = h^2 + sigma (1 - h^2): no cancellation for kappa near -1.
  static void add_log_det(Pass& pass, const Plane& p, Tile h, double sign, LogDet& ld) {
    Scratch scratch(*pass.scratch);
    Tile j = scratch.tile(1);
    for (int r = 0; r < kTile; ++r) j(r) = h(r) * h(r) + p.sigma * (1 - h(r) * h(r));
    kernels::log(j.data(), j.data(), kTile);
    ld += sign * j.col(0).array().cast<double>();
  }
  // With t = w' u, e = excess: dt = w' dv (slope - 1) / n + slope dkappa; dn = -e w' dv / n.
  void through_v(Pass& pass, const Plane& p, const Real* dv, double dkappa) const {
    const Real *w = pass.theta + w_, *u = pass.theta + u_;
    double along = 0;
    for (int j = 0; j < dim_; ++j) along += static_cast<double>(w[j]) * static_cast<double>(dv[j]);
    const double dt = along * (p.slope - 1) / p.norm + p.slope * dkappa, dn = -p.excess * along / p.norm;
    for (int j = 0; j < dim_; ++j) {
      const auto wj = static_cast<double>(w[j]), uj = static_cast<double>(u[j]), dvj = static_cast<double>(dv[j]);
      pass.dtheta[u_ + j] += static_cast<Real>(dvj + dt * wj);
      pass.dtheta[w_ + j] += static_cast<Real>(p.excess * dvj + dt * uj + 2 * dn * wj);
    }
  }

  std::size_t w_ = 0, u_ = 0, b_ = 0;
};

}  // namespace

std::unique_ptr<Layer> make_planar(SpecReader& spec, const Site& site) { return std::make_unique<Planar>(spec, site); }

}  // namespace NF_PRECISION
}  // namespace nf
