// The targets' gradients are those of their densities, and their normalisers what is claimed.
#include <cmath>

#include "nf/flow/registry.h"
#include "nf/targets/target.h"
#include "real_test.h"
#include "targets/grid.h"

namespace nf {
namespace {

struct Evaluation {
  LogDet lp;
  Vector memory;
};

Evaluation evaluate(const Target& target, TileIn x) {
  Evaluation e;
  e.memory = Vector::Zero(kTile * target.dim());
  Stack scratch;
  Pass pass{.scratch = &scratch};
  target.log_density(pass, x, e.lp, Tile(e.memory.data(), kTile, target.dim()));
  return e;
}

const char* const kTargets[] = {"u1",
                                "u2",
                                "u3",
                                "u4",
                                "banana",
                                "funnel",
                                "funnel:{\"dim\":4}",
                                "ring",
                                "gaussian",
                                "gaussian:{\"covariance\":[[2,0.3,0],[0.3,1,0.1],[0,0.1,0.5]],\"mean\":[1,2,3]}"};

BOOST_AUTO_TEST_CASE(gradients_are_those_of_differences) {
  if (!kDouble) return;
  for (const char* name : kTargets) {
    const auto target = make_closed_form(name);
    Vector memory, moved_memory;
    const Tile x = random_tile(memory, target->dim(), 3, 2.5);
    const Evaluation at = evaluate(*target, in(x));
    for (int j = 0; j < target->dim(); ++j) {
      const double h = 1e-6;
      Tile moved = random_tile(moved_memory, target->dim(), 3, 2.5);
      moved.col(j).array() += static_cast<Real>(h);
      const LogDet above = evaluate(*target, in(moved)).lp;
      moved.col(j).array() -= static_cast<Real>(2 * h);
      const LogDet below = evaluate(*target, in(moved)).lp;
      for (int r = 0; r < kTile; ++r) {
        const double slope = (above(r) - below(r)) / (2 * h), analytic = static_cast<double>(at.memory(kTile * j + r));
        BOOST_TEST(std::abs(slope - analytic) <= 1e-6 * (1 + std::abs(analytic)) * (1 + std::abs(at.lp(r))),
                   name << " column " << j << ": " << analytic << ", by differences " << slope);
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(what_is_said_to_be_normalised_is) {
  for (const char* name : {"banana:{\"spread\":1}", "ring", "gaussian", "funnel:{\"spread\":0.5}"})
    BOOST_TEST(std::abs(normaliser(*make_closed_form(name), 16, 640) - 1) <= tolerance(1e-4, 1e-3), name);
}

// Worked out by hand from the paper's table 1, and the wall of target.h.
BOOST_AUTO_TEST_CASE(potentials_are_those_of_the_paper) {
  struct {
    const char* name;
    double x, y, lp;
  } const points[] = {
      {"u1", 2, 0, std::log(1 + std::exp(-0.5 * 4 * 4 / 0.36))},  // on the circle, at a crescent's middle
      {"u1", 0, 2.4, -0.5 + std::log(2) - 0.5 * 4 / 0.36},        // one width outside, between the crescents
      {"u2", 1, 1.4, -0.5},                                       // sin(pi / 2) = 1
      {"u2", 5, 1, -0.5 * 25},                                    // a width of 0.2 inside the wall 5 times over
      {"u3", 1, 1, std::log(1 + std::exp(-0.5 * 9 / 0.1225))},    // on one branch, 3 below the other
      {"u3", 1, -2.35, std::log(std::exp(-0.5) + std::exp(-0.5 * 3.35 * 3.35 / 0.1225))},
      {"u4", 1, -0.5, std::log(1 + std::exp(-0.5 * 2.25 / 0.16))},  // the sigmoid's middle: 1.5 below the wave
      {"u4", 1, 1.4, std::log(std::exp(-0.5) + std::exp(-0.5 * 1.9 * 1.9 / 0.1225))},
  };
  for (const auto& point : points) {
    Vector memory = Vector::Zero(kTile * 2);
    Tile x(memory.data(), kTile, 2);
    x.col(0).setConstant(static_cast<Real>(point.x));
    x.col(1).setConstant(static_cast<Real>(point.y));
    const double lp = evaluate(*make_closed_form(point.name), in(x)).lp(0);
    BOOST_TEST(std::abs(lp - point.lp) <= tolerance(1e-9, 1e-4), point.name << ": " << lp << ", " << point.lp);
  }
}

BOOST_AUTO_TEST_CASE(a_ring_is_as_high_at_each_of_its_modes) {
  const auto target = make_closed_form("ring:{\"modes\":4,\"radius\":5}");
  Vector memory = Vector::Zero(kTile * 2);
  Tile x(memory.data(), kTile, 2);
  x.row(0) << 5, 0;
  x.row(1) << 0, 5;
  x.row(2) << -5, 0;
  x.row(3) << 0, 0;
  const LogDet lp = evaluate(*target, in(x)).lp;
  const double alone = -std::log(4 * 2 * 3.14159265358979 * 0.25);  // the others are 14 standard deviations away
  BOOST_TEST(std::abs(lp(0) - alone) <= 1e-6);
  BOOST_TEST(std::abs(lp(1) - alone) <= 1e-6);
  BOOST_TEST(std::abs(lp(2) - alone) <= 1e-6);
  BOOST_TEST(lp(3) < lp(0) - 40);
}

BOOST_AUTO_TEST_CASE(a_flow_as_target_has_its_own_density_and_gradient) {
  Model model(preset_spec("maf", 3, 0, {{"hidden", {8}}, {"layers", 2}, {"activation", "tanh"}}));
  Bench bench(model.flow.spec(), 0.3, 4);
  model.theta = bench.theta;
  const auto target = make_model_target(model);
  Vector memory, z_memory;
  const Tile x = random_tile(memory, 3, 8);
  Tile z = bench.tile(z_memory, 3);
  LogDet lp = LogDet::Zero();
  Pass pass = bench.pass();
  bench.flow.log_prob(pass, in(x), z, lp);
  const Evaluation at = evaluate(*target, in(x));
  BOOST_TEST((at.lp - lp).abs().maxCoeff() == 0);
  if (!kDouble) return;
  Tile moved = random_tile(z_memory, 3, 8);
  moved.col(1).array() += static_cast<Real>(1e-6);
  const LogDet above = evaluate(*target, in(moved)).lp;
  for (int r = 0; r < kTile; ++r)
    BOOST_TEST(std::abs((above(r) - at.lp(r)) / 1e-6 - static_cast<double>(at.memory(kTile + r))) <= 1e-3);
}

BOOST_AUTO_TEST_CASE(wrong_targets_are_refused) {
  BOOST_CHECK_THROW(make_closed_form("banan"), Error);
  BOOST_CHECK_THROW(make_closed_form("u1:{\"dim\":3}"), Error);
  BOOST_CHECK_THROW(make_closed_form("funnel:dim=3"), Error);
  BOOST_CHECK_THROW(make_closed_form("gaussian:{\"covariance\":[[1,2],[2,1]]}"), Error);
  BOOST_CHECK_THROW(make_closed_form("gaussian:{\"covariance\":[[1,0.5],[0.2,1]]}"), Error);
  BOOST_CHECK_THROW(make_closed_form("gaussian:{\"covariance\":[[1,0]]}"), Error);
  BOOST_CHECK_THROW(make_closed_form("gaussian:{\"mean\":[1]}"), Error);
}

}  // namespace
}  // namespace nf
