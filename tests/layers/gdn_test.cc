// A bijection onto the whole space, with the numbers of share/doc/format.md.
#include <numbers>

#include "layers/layer_test.h"
#include "real_test.h"

namespace nf {
namespace {

double softplus(Real t) { return std::log1p(std::exp(static_cast<double>(t))); }

// y = x (a + 1 / n), n^2 = beta + gamma x^2, dy/dx = a + beta / n^3, however far out.
BOOST_AUTO_TEST_CASE(one_feature_in_closed_form) {
  for (const bool has_tail : {true, false}) {
    OneLayer a(1, {{"kind", "gdn"}, {"tail", has_tail}});
    const double beta = softplus(a.at("beta")), gamma = softplus(a.at("gamma"));
    const double tail = has_tail ? 0.01 + softplus(a.at("tail")) : 0;
    Vector memory;
    Tile x = a.bench.tile(memory, 1);
    for (int r = 0; r < kTile; ++r) x(r, 0) = static_cast<Real>(std::pow(10.0, (r - 32) / 5.0));
    const Tile y = a.encode(in(x));
    for (int r = 0; r < kTile; ++r) {
      const double v = static_cast<double>(x(r, 0)), n2 = beta + gamma * v * v, wanted = v * (tail + 1 / std::sqrt(n2));
      BOOST_TEST(std::abs(static_cast<double>(y(r, 0)) - wanted) <= tolerance(1e-13, 1e-6) * wanted);
      BOOST_TEST(std::abs(a.ld(r) - std::log(tail + beta * std::pow(n2, -1.5))) <= tolerance(1e-12, 1e-5));
    }
  }
}

// Twenty powers of ten of rows in both directions: what is decoded is encoded to what it was, with the same log-det.
BOOST_AUTO_TEST_CASE(every_row_has_an_inverse) {
  for (const int dim : {1, 2, 7, 30}) {
    OneLayer a(dim, {{"kind", "gdn"}}, 1.5);
    Vector memory, kept_memory;
    Tile y = random_tile(memory, dim, 1, 4), x = a.bench.tile(kept_memory, dim);
    for (int r = 0; r < kTile; ++r) y.row(r) *= static_cast<Real>(std::pow(10.0, (r - 32) / 3.2));
    y(5, 0) = 0;
    x = a.decode(in(y));
    const LogDet ld = a.ld;
    const Tile back = a.encode(in(x));
    BOOST_TEST(x(5, 0) == 0);
    for (int r = 0; r < kTile; ++r) {
      BOOST_TEST((back.row(r) - y.row(r)).norm() <= Real(tolerance(1e-12, 2e-6)) * y.row(r).norm());
      BOOST_TEST(std::abs(a.ld(r) + ld(r)) <= tolerance(1e-10, 1e-4) * dim);
    }
  }
}

// Under a standard normal base the density in x is exp(log N(y) + log-det). Its integral by the trapezoidal rule, which
// for smooth functions that end in zeros is exact to many digits; x = sinh(u) reaches far out.
BOOST_AUTO_TEST_CASE(the_density_integrates_to_one) {
  for (const int dim : {2, 3}) {
    OneLayer a(dim, {{"kind", "gdn"}}, 0.8);
    const int points = dim == 2 ? 400 : 100;
    const double reach = 6, step = 2 * reach / points;
    Vector memory;
    Tile x = a.bench.tile(memory, dim);
    double integral = 0;
    std::vector<double> weight(kTile);
    const int all = static_cast<int>(std::lround(std::pow(points, dim)));
    for (int first = 0; first < all; first += kTile) {
      for (int r = 0; r < kTile; ++r) {
        weight[r] = first + r < all ? 1 : 0;
        for (int j = 0, rest = first + r; j < dim; ++j, rest /= points) {
          const double u = -reach + step * (rest % points);
          x(r, j) = static_cast<Real>(std::sinh(u));
          weight[r] *= step * std::cosh(u) / std::sqrt(2 * std::numbers::pi);
        }
      }
      const Tile y = a.encode(in(x));
      for (int r = 0; r < kTile; ++r)
        integral += weight[r] * std::exp(a.ld(r) - static_cast<double>(y.row(r).squaredNorm()) / 2);
    }
    BOOST_TEST(std::abs(integral - 1) <= 1e-3);
  }
}

// Without a tail the region's edge is where the spectral radius of diag(y^2) gamma is 1. Rows inside come back; those
// beyond become huge.
BOOST_AUTO_TEST_CASE(without_a_tail_only_a_region_is_filled) {
  OneLayer a(3, {{"kind", "gdn"}, {"tail", false}});
  Eigen::Matrix3d gamma;
  for (int i = 0; i < 3; ++i)
    for (int j = 0; j < 3; ++j) gamma(i, j) = softplus(a.at("gamma", j, i));
  Vector memory;
  Tile y = random_tile(memory, 3, 1, 4);
  y.row(0) *= 10;
  const Tile x = a.decode(in(y));
  BOOST_TEST(x.allFinite());
  BOOST_TEST(a.ld.isFinite().all());
  const Tile back = a.encode(in(x));
  int outside = 0;
  for (int r = 0; r < kTile; ++r) {
    const Eigen::Matrix3d m = y.row(r).transpose().cast<double>().array().square().matrix().asDiagonal() * gamma;
    Eigen::Vector3d v = Eigen::Vector3d::Ones();  // power iteration: the entries are positive
    for (int i = 0; i < 200; ++i) v = (m * v).eval() / v.maxCoeff();
    const double radius = (m * v).maxCoeff() / v.maxCoeff();
    const double largest = static_cast<double>(x.row(r).cwiseAbs().maxCoeff());
    if (radius > 1) BOOST_TEST(largest > 1e5);
    if (radius < 0.9) {
      BOOST_TEST(largest < 100);
      BOOST_TEST((back.row(r) - y.row(r)).cwiseAbs().maxCoeff() <= Real(tolerance(1e-6, 1e-5)));
    }
    outside += radius > 1;
  }
  BOOST_TEST((outside > 5 && outside < 60));
}

}  // namespace
}  // namespace nf
