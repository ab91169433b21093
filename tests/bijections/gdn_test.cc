#include "bijections/layer_test.h"
#include "real_test.h"

namespace nf {
namespace {

double softplus(Real t) { return std::log1p(std::exp(static_cast<double>(t))); }

// One feature: y = x / sqrt(beta + gamma x^2), dy/dx = beta / (beta + gamma x^2)^(3/2), however far out.
BOOST_AUTO_TEST_CASE(one_feature_in_closed_form) {
  Layer a(1, {{"kind", "gdn"}});
  const double beta = softplus(a.at("beta")), gamma = softplus(a.at("gamma"));
  Vector memory;
  Tile x = a.bench.tile(memory, 1);
  for (int r = 0; r < kTile; ++r) x(r, 0) = static_cast<Real>(std::pow(10.0, (r - 32) / 5.0));
  const Tile y = a.encode(in(x));
  for (int r = 0; r < kTile; ++r) {
    const double v = static_cast<double>(x(r, 0)), n2 = beta + gamma * v * v;
    BOOST_TEST(std::abs(static_cast<double>(y(r, 0)) - v / std::sqrt(n2)) <= tolerance(1e-13, 1e-6) * std::min(v, 5.0));
    BOOST_TEST(std::abs(a.ld(r) - std::log(beta) + 1.5 * std::log(n2)) <= tolerance(1e-12, 1e-5));
  }
}

BOOST_AUTO_TEST_CASE(rows_inside_the_region_come_back) {
  Layer a(6, {{"kind", "gdn"}});
  Vector memory;
  const Tile x = random_tile(memory, 6, 1, 3);
  const Tile back = a.decode(in(a.encode(in(x))));
  BOOST_TEST(((back - x).array().abs() / (1 + x.array().square())).maxCoeff() <= Real(tolerance(1e-13, 1e-4)));
}

// The region's edge is where the spectral radius of diag(y^2) gamma is 1. Beyond it rows are drawn back to just inside:
// everything stays a number, and a row far outside has next to no density.
BOOST_AUTO_TEST_CASE(rows_outside_the_region_are_drawn_back_to_its_edge) {
  Layer a(3, {{"kind", "gdn"}});
  Eigen::Matrix3d gamma;
  for (int i = 0; i < 3; ++i)
    for (int j = 0; j < 3; ++j) gamma(i, j) = softplus(a.at("gamma", j, i));
  Vector memory;
  Tile y = random_tile(memory, 3, 1, 4);
  y.row(0) *= Real(1e4);
  const Tile x = a.decode(in(y));
  BOOST_TEST(x.allFinite());
  BOOST_TEST(a.ld.isFinite().all());
  int outside = 0;
  for (int r = 0; r < kTile; ++r) {
    const Eigen::Matrix3d m = y.row(r).transpose().cast<double>().array().square().matrix().asDiagonal() * gamma;
    Eigen::Vector3d v = Eigen::Vector3d::Ones();  // power iteration: the entries are positive
    for (int i = 0; i < 200; ++i) v = (m * v).eval() / v.maxCoeff();
    const double radius = (m * v).maxCoeff() / v.maxCoeff();
    const double largest = static_cast<double>(x.row(r).cwiseAbs().maxCoeff());
    if (radius > 1) BOOST_TEST(largest > 100);
    if (radius < 0.9) BOOST_TEST(largest < 100);
    outside += radius > 1;
  }
  BOOST_TEST((outside > 5 && outside < 60));
  // On the ray, at the edge.
  const Tile edge = a.encode(in(x));
  const Real share = edge(0, 0) / y(0, 0);
  BOOST_TEST((edge.row(0) - share * y.row(0)).cwiseAbs().maxCoeff() <= Real(1e-4));
}

}  // namespace
}  // namespace nf
