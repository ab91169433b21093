// Rows along a field, against Boost's solver with small steps, and what a map of few steps keeps.
#include <boost/numeric/odeint.hpp>

#include "layers/layer_test.h"
#include "nf/nets/field.h"
#include "real_test.h"

namespace nf {
namespace {

namespace odeint = boost::numeric::odeint;

Json layer(int steps, const char* solver = "rk4", int train_steps = 8) {
  return {{"kind", "continuous"},
          {"field", {{"kind", "bilinear"}, {"hidden", 16}}},
          {"solver", solver},
          {"steps", steps},
          {"train_steps", train_steps}};
}
constexpr int kDim = 3;
constexpr double kSpread = 1;

// x and log|det| of row 0, from data to noise, by Dormand and Prince's method with steps of its own choice.
std::vector<double> oracle(OneLayer& one, TileIn x) {
  const Field& field = *one.bench.flow.layers()[0]->field();
  Vector prepared, memory = Vector::Zero(kTile * field.columns()), mv, mx;
  one.bench.flow.prepare(one.bench.theta.data(), one.bench.scratch, prepared);
  Tile at = one.bench.tile(mx, kDim), v = one.bench.tile(mv, kDim);
  alignas(64) Real q[kTile], t[kTile];
  std::vector<double> state;
  for (int j = 0; j < kDim; ++j) state.push_back(static_cast<double>(x(0, j)));
  state.push_back(0);
  const auto slope = [&](const std::vector<double>& s, std::vector<double>& ds, double time) {
    for (int j = 0; j < kDim; ++j) at.col(j).setConstant(static_cast<Real>(s[j]));
    std::fill_n(t, kTile, static_cast<Real>(time));
    Pass pass = one.bench.pass();
    pass.prepared = prepared.data();
    field.forward(pass, t, in(at), memory.data(), v, q);
    for (int j = 0; j < kDim; ++j) ds[j] = static_cast<double>(v(0, j));
    ds[kDim] = static_cast<double>(q[0]);
  };
  odeint::integrate_adaptive(odeint::make_controlled(1e-12, 1e-12, odeint::runge_kutta_dopri5<std::vector<double>>()),
                             slope, state, 1.0, 0.0, -0.01);
  return state;
}

BOOST_AUTO_TEST_CASE(small_steps_give_what_boost_gives) {
  if (!kDouble) return;
  OneLayer one(kDim, layer(256), kSpread);
  Vector memory;
  const Tile x = random_tile(memory, kDim, 4);
  const std::vector<double> expected = oracle(one, in(x));
  const Tile z = one.encode(in(x));
  for (int j = 0; j < kDim; ++j) BOOST_TEST(std::abs(static_cast<double>(z(0, j)) - expected[j]) < 1e-8);
  BOOST_TEST(std::abs(one.ld(0) - expected[kDim]) < 1e-8);
}

// Of the fourth order, and of the second: half the steps, 16 or 4 times the error.
BOOST_AUTO_TEST_CASE(errors_shrink_with_the_methods_order) {
  if (!kDouble) return;
  for (const auto& [solver, times] : {std::pair<const char*, double>("rk4", 16), {"midpoint", 4}}) {
    OneLayer exact(kDim, layer(512), kSpread), coarse(kDim, layer(16, solver), kSpread),
        fine(kDim, layer(32, solver), kSpread);
    Vector memory;
    const Tile x = random_tile(memory, kDim, 4);
    const Tile z = exact.encode(in(x));
    const double many = static_cast<double>((coarse.encode(in(x)) - z).norm()),
                 few = static_cast<double>((fine.encode(in(x)) - z).norm());
    BOOST_TEST(many / few > 0.6 * times, solver);
    BOOST_TEST(many / few < 1.7 * times, solver);
    BOOST_TEST((coarse.ld - exact.ld).abs().maxCoeff() > 2 * (fine.ld - exact.ld).abs().maxCoeff(), solver);
  }
}

BOOST_AUTO_TEST_CASE(maps_of_few_steps_are_inverted_too) {
  for (const int steps : {5, 8, 16}) {
    OneLayer one(kDim, layer(steps), 0.5);
    Vector memory;
    const Tile x = random_tile(memory, kDim, 4);
    const Tile z = one.encode(in(x));
    const LogDet there = one.ld;
    const Tile back = one.decode(in(z));
    BOOST_TEST(static_cast<double>((back - x).cwiseAbs().maxCoeff()) < tolerance(1e-11, 1e-4), steps << " steps");
    BOOST_TEST((one.ld + there).abs().maxCoeff() < tolerance(1e-10, 1e-3), steps << " steps");
  }
}

// Rows in another order are mapped alike, whoever their neighbours are, both ways.
BOOST_AUTO_TEST_CASE(a_row_does_not_depend_on_its_neighbours) {
  OneLayer one(kDim, layer(8), kSpread);
  Vector mx, my;
  const Tile x = random_tile(mx, kDim, 4);
  Tile y = one.bench.tile(my, kDim);
  for (int r = 0; r < kTile; ++r) y.row(r) = x.row(r < 2 ? 1 - r : 5);
  const Batch z = one.encode(in(x)), decoded = one.decode(in(x));
  const Batch other = one.encode(in(y)), other_decoded = one.decode(in(y));
  BOOST_TEST((z.row(0) == other.row(1)));
  BOOST_TEST((z.row(5) == other.row(9)));
  BOOST_TEST((decoded.row(0) == other_decoded.row(1)));
  BOOST_TEST((decoded.row(5) == other_decoded.row(9)));
}

// In training the steps are others in every tile, and the mean over them is near the density.
BOOST_AUTO_TEST_CASE(steps_of_training_are_drawn) {
  OneLayer one(kDim, layer(32, "rk4", 4), 0.5);
  Vector mx, mz;
  const Tile x = random_tile(mx, kDim, 4);
  Tile z = one.bench.tile(mz, kDim);
  const auto encode = [&](std::uint64_t first_row, bool training) {
    Pass pass = one.bench.pass();
    pass.training = training;
    pass.noise.first_row = first_row;
    LogDet ld = LogDet::Zero();
    one.bench.flow.encode(pass, in(x), z, ld);
    return ld;
  };
  const LogDet first = encode(0, true), other = encode(64, true), plain = encode(0, false);
  BOOST_TEST((first - other).abs().maxCoeff() > 1e-6);
  BOOST_TEST((first == encode(0, true)).all());
  BOOST_TEST((plain == encode(64, false)).all());
  BOOST_TEST((first - plain).abs().mean() < 0.1);
}

Json probing(int steps) {
  Json own = layer(steps);
  own["field"] = {{"kind", "mlp"}, {"hidden", {16, 16}}, {"trace", "probe"}, {"probes", 2}};
  return own;
}

// A row's probes are the same all along its way, or more steps would not give the same integral; another row's are
// others.
BOOST_AUTO_TEST_CASE(a_rows_probes_stay_the_same_along_its_way) {
  OneLayer coarse(kDim, probing(32), kSpread), fine(kDim, probing(64), kSpread);
  Vector memory;
  Tile x = random_tile(memory, kDim, 4);
  for (int r = 1; r < kTile; ++r) x.row(r) = x.row(0);
  coarse.encode(in(x));
  fine.encode(in(x));
  BOOST_TEST((coarse.ld - fine.ld).abs().maxCoeff() < 2e-3);
  BOOST_TEST(std::abs(fine.ld(0) - fine.ld(1)) > 0.01);
}

// What probes are off by is told: over the rows, the squares of both agree.
BOOST_AUTO_TEST_CASE(the_error_of_probes_is_told) {
  Json exact = probing(32);
  exact["field"]["trace"] = "exact";
  OneLayer told(kDim, exact, kSpread), probed(kDim, probing(32), kSpread);
  Vector memory, mz;
  const Tile x = random_tile(memory, kDim, 4);
  Tile z = probed.bench.tile(mz, kDim);
  told.encode(in(x));
  LogDet ld = LogDet::Zero(), error = LogDet::Zero();
  Pass pass = probed.bench.pass();
  pass.error = &error;
  probed.bench.flow.encode(pass, in(x), z, ld);
  const double ratio = error.sum() / (ld - told.ld).square().sum();
  BOOST_TEST(ratio > 0.5);
  BOOST_TEST(ratio < 2);
}

BOOST_AUTO_TEST_CASE(columns_that_are_no_lines_are_refused) {
  const Json circle = {{"dim", 2}, {"circle", {1}}, {"layers", {layer(4)}}};
  BOOST_CHECK_THROW(Flow{circle}, Error);
}

}  // namespace
}  // namespace nf
