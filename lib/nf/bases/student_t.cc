// student_t.cc -- independent Student t distributions, each column's degrees of freedom learned: tails of powers, as
// heavy as the data's.
//   p(z) = Gamma((nu + 1) / 2) / (Gamma(nu / 2) sqrt(nu pi)) (1 + z^2 / nu)^(-(nu + 1) / 2)
// As a flow's base: Jaini, Kobyzev, Yu, Brubaker, Tails of Lipschitz triangular flows, 2020, arXiv:1907.04481.
#include <cmath>

#include "nf/bases/base.h"
#include "nf/core/constants.h"
#include "nf/kernels/log_scale.h"

namespace nf {
inline namespace NF_PRECISION {
namespace {

// d log Gamma(x) / dx, x > 0: the recurrence up to 8, then the asymptotic series.
double digamma(double x) {
  double sum = 0;
  for (; x < 8; x += 1) sum -= 1 / x;
  const double q = 1 / (x * x);
  return sum + std::log(x) - 0.5 / x - q * (1.0 / 12 - q * (1.0 / 120 - q * (1.0 / 252 - q * (1.0 / 240 - q / 132))));
}

// std::lgamma also writes a global.
double log_gamma(double x) {
  int sign = 0;
  return ::lgamma_r(x, &sign);
}

// theta: r of each column, nu = `minimum` + exp(r / (1 + |r| / ln 1000)).
class StudentT final : public Base {
 public:
  StudentT(SpecReader& spec, const Site& site)
      : dim_(site.dim), minimum_(spec.number("minimum", 1, 0, 100)), spec_(spec.canonical()) {
    r_ = site.add("r", 1, dim_).offset;
  }
  Json spec() const override { return spec_; }

  void init(Real* theta, Uniforms&) const override {
    for (int j = 0; j < dim_; ++j) theta[r_ + j] = static_cast<Real>(unbounded(std::log(9.0)));
  }

  void log_prob(Pass& pass, TileIn z, LogDet& lp) const override {
    for (int j = 0; j < dim_; ++j) {
      const double nu = column(pass.theta, j).nu;
      lp += log_gamma((nu + 1) / 2) - log_gamma(nu / 2) - 0.5 * std::log(nu * kPi);
      lp -= (nu + 1) / 2 * log1p_squares(z, j, nu);
    }
  }

  // d log p / dz = -(nu + 1) z / (nu + z^2);
  // d log p / dnu = (psi((nu + 1) / 2) - psi(nu / 2) - 1 / nu - log(1 + z^2 / nu) + (nu + 1) / nu z^2 / (nu + z^2))
  // / 2.
  void backward(Pass& pass, TileIn z, const LogDet& dlp, Tile dz) const override {
    for (int j = 0; j < dim_; ++j) {
      const Column c = column(pass.theta, j);
      const LogDet value = z.col(j).array().cast<double>(), inverse = 1 / (c.nu + value.square());
      dz.col(j).array() -= (dlp * (c.nu + 1) * value * inverse).cast<Real>();
      if (!pass.dtheta) continue;
      const double constant = digamma((c.nu + 1) / 2) - digamma(c.nu / 2) - 1 / c.nu;
      const LogDet dnu = 0.5 * (constant - log1p_squares(z, j, c.nu) + (c.nu + 1) * (1 / c.nu - inverse));
      pass.dtheta[r_ + j] += static_cast<Real>(c.dnu_dr * (dlp * dnu).sum());
    }
  }

  // Bailey, Polar generation of random variates with the t-distribution, 1994: for uniform u, v
  //   z = sqrt(nu (u^(-2 / nu) - 1)) cos(2 pi v),
  // u of column j, v of the columns after the last block of four that the u come from.
  void sample(Pass& pass, const Random& random, Stream stream, std::uint64_t first_row, Tile z) const override {
    alignas(64) double u[4 * kTile], v[4 * kTile];
    const int second = (dim_ + 3) / 4 * 4;
    for (int first = 0; first < dim_; first += 4) {
      const int count = std::min(4, dim_ - first);
      random.uniforms(stream, first_row, first, count, u);
      random.uniforms(stream, first_row, second + first, count, v);
      for (int j = 0; j < count; ++j) {
        const double nu = column(pass.theta, first + j).nu;
        for (int r = 0; r < kTile; ++r) {
          const double radius = std::sqrt(nu * std::expm1(-2 / nu * std::log(u[kTile * j + r])));
          z(r, first + j) = static_cast<Real>(radius * std::cos(kTwoPi * v[kTile * j + r]));
        }
      }
    }
  }

 private:
  struct Column {
    double nu, dnu_dr;
  };
  Column column(const Real* theta, int j) const {
    const double r = static_cast<double>(theta[r_ + j]);
    const double above = std::exp(log_scale(r));
    return {minimum_ + above, above * shrink(r) * shrink(r)};
  }
  static LogDet log1p_squares(TileIn z, int j, double nu) {
    return (z.col(j).array().cast<double>().square() / nu).log1p();
  }

  int dim_;
  double minimum_;
  std::size_t r_ = 0;
  Json spec_;
};

}  // namespace

std::unique_ptr<Base> make_student_t(SpecReader& spec, const Site& site) {
  return std::make_unique<StudentT>(spec, site);
}

}  // namespace NF_PRECISION
}  // namespace nf
