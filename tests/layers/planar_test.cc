#include "layers/layer_test.h"
#include "real_test.h"

namespace nf {
namespace {

// A u that would fold space over: the reparametrisation keeps the map one to one, and the inverse finds it back.
BOOST_AUTO_TEST_CASE(a_plane_that_nearly_folds_comes_back) {
  for (double toward : {-1.0, -4.0, -8.0, 5.0}) {
    OneLayer a(3, {{"kind", "planar"}});
    for (int j = 0; j < 3; ++j) a.at("u", j) = static_cast<Real>(toward) * a.at("w", j) / Real(0.5);
    Vector memory;
    const Tile x = random_tile(memory, 3, 5);
    const Tile z = a.encode(in(x));
    BOOST_TEST(a.ld.isFinite().all());
    BOOST_TEST((a.ld.exp() < 1).all() == (toward < 0));
    // Where |det| is small, z has few digits of x: the residual counts.
    const Tile back = a.decode(in(z));
    Vector kept = Vector::Map(z.data(), z.size());
    const Tile again = a.encode(in(back));
    BOOST_TEST((Vector::Map(again.data(), again.size()) - kept).cwiseAbs().maxCoeff() <= Real(tolerance(1e-13, 2e-6)));
  }
}

// The paper's formulas, number by number: u-hat = u + (m(w'u) - w'u) w / |w|^2, det = |1 + u-hat' psi(x)|.
BOOST_AUTO_TEST_CASE(one_row_by_hand) {
  OneLayer a(2, {{"kind", "planar"}});
  const double w[] = {0.8, -0.3}, u[] = {-1.5, 0.4}, b = 0.2, x[] = {0.5, 1.25};
  for (int j = 0; j < 2; ++j) a.at("w", j) = static_cast<Real>(w[j]), a.at("u", j) = static_cast<Real>(u[j]);
  a.at("b") = static_cast<Real>(b);
  Vector memory;
  Tile tile = a.bench.tile(memory, 2);
  tile(0, 0) = static_cast<Real>(x[0]), tile(0, 1) = static_cast<Real>(x[1]);
  const Tile z = a.encode(in(tile));
  const double wu = w[0] * u[0] + w[1] * u[1], m = -1 + std::log1p(std::exp(wu)), norm = w[0] * w[0] + w[1] * w[1];
  const double h = std::tanh(w[0] * x[0] + w[1] * x[1] + b);
  double along = 0;
  for (int j = 0; j < 2; ++j) {
    const double hat = u[j] + (m - wu) * w[j] / norm;
    BOOST_TEST(std::abs(static_cast<double>(z(0, j)) - (x[j] + hat * h)) <= tolerance(1e-14, 1e-6));
    along += hat * w[j] * (1 - h * h);
  }
  BOOST_TEST(std::abs(a.ld(0) - std::log(std::abs(1 + along))) <= tolerance(1e-14, 1e-6));
}

}  // namespace
}  // namespace nf
