// radial.cc -- z = x + beta (x - x0) / (alpha + r), r = |x - x0|: space is stretched or squeezed around one point.
// Rezende, Mohamed, Variational inference with normalizing flows, 2015, arXiv:1505.05770, section 4.1 and appendix A.2.
//
// alpha = softplus(.) > 0 and gamma = alpha + beta = softplus(.) > 0, so beta > -alpha and the map is one to one:
//   z - x0 = k (x - x0), k = (gamma + r) / (alpha + r);  log|det| = (D - 1) log k + log m,
//   m = dR/dr = (r^2 + 2 alpha r + gamma alpha) / (alpha + r)^2, R = |z - x0| = k r.
// Every term is positive. Inverse: r is the positive root of r^2 + (gamma - R) r - alpha R = 0.
#include "nf/layers/implicit.h"
#include "nf/nets/matrix.h"

namespace nf {
inline namespace NF_PRECISION {
namespace {

class Radial final : public Implicit {
 public:
  Radial(SpecReader& spec, const Site& site) : Implicit(site.dim) {
    spec_ = spec.canonical();
    x0_ = site.add("x0", 1, dim_).offset;
    alpha_ = site.add("alpha", 1, 1).offset;
    gamma_ = site.add("gamma", 1, 1).offset;
  }

  // A random centre, alpha = gamma: the identity.
  void init(Real* theta, Uniforms& random) const override {
    for (int j = 0; j < dim_; ++j) theta[x0_ + j] = static_cast<Real>(2 * random.next() - 1);
    theta[alpha_] = theta[gamma_] = static_cast<Real>(kSoftplusOne);
  }

 protected:
  void map(Pass& pass, TileIn x, Tile z, LogDet& ld) const override {
    const Ball b(pass.theta, *this);
    const Rows r = radius(pass, x), k = (b.gamma + r) / (b.alpha + r);
    for (int j = 0; j < dim_; ++j) z.col(j) = (centre(pass, j) + k * (x.col(j).array() - centre(pass, j))).matrix();
    ld += log_det(b, r);
  }
  void solve(Pass& pass, TileIn z, Tile x, LogDet& ld) const override {
    const Ball b(pass.theta, *this);
    const Rows big = radius(pass, z), half = (big - b.gamma) / 2;
    // The root whose two terms do not cancel.
    const Rows root = (half.square() + b.alpha * big).sqrt();
    const Rows r = (half > 0).select(half + root, b.alpha * big / (root - half).max(Real(1e-30)));
    const Rows k = (b.gamma + r) / (b.alpha + r);
    for (int j = 0; j < dim_; ++j) x.col(j) = (centre(pass, j) + (z.col(j).array() - centre(pass, j)) / k).matrix();
    ld -= log_det(b, r);
  }

  // With p = x - x0 and dk = dz' p + dld (D - 1) / k: dp = k dz + (dr / r) p.
  void gradient(Pass& pass, TileIn x, TileIn dz, const LogDet& dld, Tile dx) const override {
    const Ball b(pass.theta, *this);
    const Rows r = radius(pass, x), l = dld.cast<Real>(), far = b.alpha + r, k = (b.gamma + r) / far;
    const Rows numerator = r.square() + 2 * b.alpha * r + b.gamma * b.alpha;
    const Rows dk = along(pass, x, dz) + l * Real(dim_ - 1) / k;
    const Rows dr = dk * (b.alpha - b.gamma) / far.square() + l * (2 * far / numerator - 2 / far);
    const Rows by_r = dr / r.max(Real(1e-30));
    for (int j = 0; j < dim_; ++j)
      dx.col(j) = (k * dz.col(j).array() + by_r * (x.col(j).array() - centre(pass, j))).matrix();
    if (!pass.dtheta) return;
    for (int j = 0; j < dim_; ++j) pass.dtheta[x0_ + j] += (dz.col(j) - dx.col(j)).sum();
    const Rows dalpha = -dk * k / far + l * ((2 * r + b.gamma) / numerator - 2 / far);
    const Rows dgamma = dk / far + l * b.alpha / numerator;
    pass.dtheta[alpha_] += dalpha.sum() * b.alpha_slope;
    pass.dtheta[gamma_] += dgamma.sum() * b.gamma_slope;
  }
  // J = k I + (m - k) n n', n = p / r.
  void solve_transposed(Pass& pass, TileIn x, TileIn u, Tile dz) const override {
    const Ball b(pass.theta, *this);
    const Rows r = radius(pass, x), far = b.alpha + r, k = (b.gamma + r) / far;
    const Rows m = (r.square() + 2 * b.alpha * r + b.gamma * b.alpha) / far.square();
    const Rows part = (1 / m - 1 / k) * along(pass, x, u) / r.max(Real(1e-15)).square();
    for (int j = 0; j < dim_; ++j)
      dz.col(j) = (u.col(j).array() / k + part * (x.col(j).array() - centre(pass, j))).matrix();
  }

 private:
  struct Ball {
    Ball(const Real* theta, const Radial& a) {
      const Softplus alpha_soft(theta[a.alpha_]), gamma_soft(theta[a.gamma_]);
      alpha = std::max(static_cast<Real>(alpha_soft.value), Real(1e-15));
      gamma = std::max(static_cast<Real>(gamma_soft.value), Real(1e-15));
      alpha_slope = static_cast<Real>(alpha_soft.slope);
      gamma_slope = static_cast<Real>(gamma_soft.slope);
    }
    Real alpha, gamma, alpha_slope, gamma_slope;
  };

  Real centre(const Pass& pass, int j) const { return pass.theta[x0_ + j]; }
  Rows radius(const Pass& pass, TileIn x) const {
    Rows sum = Rows::Zero();
    for (int j = 0; j < dim_; ++j) sum += (x.col(j).array() - centre(pass, j)).square();
    return sum.sqrt();
  }
  Rows along(const Pass& pass, TileIn x, TileIn u) const {
    Rows sum = Rows::Zero();
    for (int j = 0; j < dim_; ++j) sum += (x.col(j).array() - centre(pass, j)) * u.col(j).array();
    return sum;
  }
  LogDet log_det(const Ball& b, const Rows& r) const {
    const LogDet far = (b.alpha + r).cast<double>().log(), k = (b.gamma + r).cast<double>().log() - far;
    return (dim_ - 1) * k + (r * r + 2 * b.alpha * r + b.gamma * b.alpha).cast<double>().log() - 2 * far;
  }

  std::size_t x0_ = 0, alpha_ = 0, gamma_ = 0;
};

}  // namespace

std::unique_ptr<Layer> make_radial(SpecReader& spec, const Site& site) { return std::make_unique<Radial>(spec, site); }

}  // namespace NF_PRECISION
}  // namespace nf
