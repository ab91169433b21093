// Rows along a field, against Boost's solver with small steps, and what a map of few steps keeps.
#include <boost/numeric/odeint.hpp>

#include "gradient_test.h"
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
Json with(Json layer, const Json& more) {
  for (const auto& [key, value] : more.items()) layer[key] = value;
  return layer;
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

BOOST_AUTO_TEST_CASE(steps_from_noise_to_data_are_the_same_flow) {
  if (!kDouble) return;
  OneLayer there(kDim, layer(64), kSpread), back(kDim, with(layer(64), {{"explicit", "decode"}}), kSpread);
  Vector memory;
  const Tile x = random_tile(memory, kDim, 4);
  const Batch z = there.encode(in(x));
  BOOST_TEST((back.encode(in(x)) - z).cwiseAbs().maxCoeff() < 1e-4);
  BOOST_TEST((back.ld - there.ld).abs().maxCoeff() < 1e-4);
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

Json adaptive(double tolerance) {
  Json json = layer(1, "dopri5");
  json.erase("steps");
  return with(json, {{"tolerance", tolerance}});
}

BOOST_AUTO_TEST_CASE(steps_by_row_are_as_exact_as_asked) {
  if (!kDouble) return;
  double before = INFINITY;
  for (const double asked : {1e-4, 1e-7, 1e-10}) {
    OneLayer one(kDim, adaptive(asked), 0.5);
    Vector memory;
    const Tile x = random_tile(memory, kDim, 4);
    const std::vector<double> expected = oracle(one, in(x));
    const Tile z = one.encode(in(x));
    double error = std::abs(one.ld(0) - expected[kDim]);
    for (int j = 0; j < kDim; ++j) error = std::max(error, std::abs(static_cast<double>(z(0, j)) - expected[j]));
    BOOST_TEST(error < 30 * asked);
    BOOST_TEST(error < before);
    before = error;
  }
}

BOOST_AUTO_TEST_CASE(steps_by_row_are_the_rows_own_and_can_be_gone_back) {
  OneLayer one(kDim, adaptive(1e-5), 0.5);
  Vector mx, my;
  const Tile x = random_tile(mx, kDim, 4);
  Tile y = one.bench.tile(my, kDim);
  for (int r = 0; r < kTile; ++r) y.row(r) = Real(r % 2 == 0 ? 1 : 20) * x.row(r);
  const Batch z = one.encode(in(x));
  const LogDet there = one.ld;
  const Batch other = one.encode(in(y));
  for (int r = 0; r < kTile; r += 2) BOOST_TEST((z.row(r) == other.row(r)));
  Vector mz;
  Tile noise = one.bench.tile(mz, kDim);
  noise = z;
  const Tile back = one.decode(in(noise));
  BOOST_TEST(static_cast<double>((back - x).cwiseAbs().maxCoeff()) < 1e-3);
  BOOST_TEST((one.ld + there).abs().maxCoeff() < 1e-3);
}

BOOST_AUTO_TEST_CASE(the_gradient_is_that_of_the_steps_that_were_taken) {
  if (!kDouble) return;
  Bench bench({{"dim", kDim}, {"layers", {adaptive(1e-9)}}}, 0.5);
  for (const Way& way : ways(bench.flow)) {
    Vector mx, ma, mv;
    random_tile(mx, kDim, 4);
    const Tile a = random_tile(ma, kDim, 5), v = random_tile(mv, kDim, 6);
    BOOST_TEST(gradient_error(bench, way, mx, v, a) < 1e-4);  // how long the steps are counts as given
  }
}

// The error that a pass is told of is about that of the log-determinant.
BOOST_AUTO_TEST_CASE(errors_are_about_as_large_as_they_are_said_to_be) {
  if (!kDouble) return;
  const auto run = [](const Json& spec, int way, LogDet* squares) {
    OneLayer one(kDim, spec, kSpread);
    Vector mx, mz;
    const Tile x = random_tile(mx, kDim, 4), z = one.bench.tile(mz, kDim);
    LogDet ld = LogDet::Zero();
    Pass pass = one.bench.pass();
    pass.error = squares;
    (one.bench.flow.*ways(one.bench.flow)[way].map)(pass, in(x), z, ld);
    return ld;
  };
  for (const int way : {0, 1}) {
    const LogDet exact = run(layer(128), way, nullptr);
    for (const auto& [spec, most] : {std::pair{layer(32), 5.0},
                                     {layer(31), 5.0},
                                     {layer(48, "midpoint"), 5.0},
                                     {layer(128, "euler"), 5.0},
                                     {adaptive(1e-5), 100.0}}) {
      LogDet squares = LogDet::Zero();
      const LogDet ld = run(spec, way, &squares);
      const double said = std::sqrt(squares.mean()), is = std::sqrt((ld - exact).square().mean());
      BOOST_TEST_CONTEXT(spec.dump()) {
        BOOST_TEST(is < most * said);
        BOOST_TEST(said < most * is);
      }
    }
  }
}

// Twice as many steps tell it where half as many are no whole number.
BOOST_AUTO_TEST_CASE(errors_of_the_most_steps_are_told) {
  for (const int steps : {999, 1024}) {
    OneLayer one(1, layer(steps, "euler"), 0.3);
    Vector mx, mz;
    const Tile x = random_tile(mx, 1, 4);
    Tile z = one.bench.tile(mz, 1);
    LogDet ld = LogDet::Zero(), squares = LogDet::Zero();
    Pass pass = one.bench.pass();
    pass.error = &squares;
    one.bench.flow.encode(pass, in(x), z, ld);
    BOOST_TEST(squares.isFinite().all());
    BOOST_TEST(squares.maxCoeff() < 1e-2);
  }
}

BOOST_AUTO_TEST_CASE(training_pays_for_kinetic_energy) {
  if (!kDouble) return;
  OneLayer one(kDim, with(layer(8), {{"kinetic", 0.3}}), kSpread), free(kDim, layer(8), kSpread);
  Vector mx, mz, md, mv;
  Tile x = random_tile(mx, kDim, 4), z = one.bench.tile(mz, kDim), dx = one.bench.tile(md, kDim);
  const Tile v = random_tile(mv, kDim, 6);
  const auto loss = [&](OneLayer& flow, Map map) {
    Pass pass = flow.bench.pass();
    pass.training = true;
    LogDet ld = LogDet::Zero();
    (flow.bench.flow.*map)(pass, in(x), z, ld);
    return -ld.sum();
  };
  for (const Way& way : ways(one.bench.flow)) {
    BOOST_TEST(loss(one, way.map) > loss(free, way.map) + 0.1);
    Pass pass = one.bench.pass(true);
    pass.training = true;
    LogDet ld = LogDet::Zero();
    (one.bench.flow.*way.map)(pass, in(x), z, ld);
    z.setZero();
    (one.bench.flow.*way.back)(pass, in(z), -LogDet::Ones(), dx);
    const double analytic = static_cast<double>((dx.array() * v.array()).sum()), h = 1e-6;
    x += h * v;
    const double above = loss(one, way.map);
    x -= 2 * h * v;
    const double below = loss(one, way.map);
    x += h * v;
    BOOST_TEST(std::abs((above - below) / (2 * h) - analytic) < 1e-6 * (1 + std::abs(analytic)));
  }
}

Json brownian(int pieces) {
  return with(layer(32), {{"field", {{"kind", "bilinear"}, {"hidden", 2}, {"time", 0}}}, {"brownian", pieces}});
}

// v = a tanh(b x) + c x, its last part by the slope of a tanh at 0.
OneLayer drift(int pieces, double a, double b, double c, double sigma) {
  OneLayer one(1, brownian(pieces), 0);
  constexpr double kSmall = 1e-3;
  one.bench.theta.setZero();
  one.at("field.weight.0", 0, 0) = static_cast<Real>(b);
  one.at("field.weight.0", 0, 1) = static_cast<Real>(kSmall);
  one.at("field.weight.2", 0) = static_cast<Real>(a);
  one.at("field.weight.2", 1) = static_cast<Real>(c / kSmall);
  one.at("sigma") = static_cast<Real>(sigma);
  return one;
}

// The density at x, and its standard error, from many paths.
std::pair<double, double> mean_over_paths(OneLayer& one, double x) {
  constexpr int kTiles = 300;
  Vector mx, mz;
  Tile at = one.bench.tile(mx, 1), z = one.bench.tile(mz, 1);
  at.setConstant(static_cast<Real>(x));
  double sum = 0, squares = 0;
  for (int t = 0; t < kTiles; ++t) {
    Pass pass = one.bench.pass();
    pass.noise.first_row = static_cast<std::uint64_t>(t) * kTile;
    LogDet lp = LogDet::Zero();
    one.bench.flow.log_prob(pass, in(at), z, lp);
    sum += lp.exp().sum();
    squares += (2 * lp).exp().sum();
  }
  const double n = kTiles * kTile, mean = sum / n;
  return {mean, std::sqrt((squares / n - mean * mean) / n)};
}

double normal(double x, double variance) { return std::exp(-x * x / (2 * variance)) / std::sqrt(2 * M_PI * variance); }

// dx = -k x dt + sigma dB, the path made of straight pieces, from a standard normal: normal, its variance a sum.
BOOST_AUTO_TEST_CASE(the_density_over_paths_of_a_linear_drift_is_normal) {
  constexpr double k = 0.8, sigma = 0.7;
  for (const int pieces : {1, 4}) {
    OneLayer one = drift(pieces, 0, 0, -k, sigma);
    double variance = std::exp(-2 * k);
    for (int i = 0; i < pieces; ++i) {
      const double begin = 1 - static_cast<double>(i) / pieces, end = begin - 1.0 / pieces;
      variance += pieces * std::pow(sigma * (std::exp(-k * end) - std::exp(-k * begin)) / k, 2);
    }
    for (const double x : {-1.2, 0.0, 0.5}) {
      const auto [mean, error] = mean_over_paths(one, x);
      BOOST_TEST(std::abs(mean - normal(x, variance)) < 4 * error, pieces << " pieces, x = " << x);
      BOOST_TEST(error < 0.02 * mean);
    }
  }
}

// With two wells, by quadrature over a path's two pieces.
BOOST_AUTO_TEST_CASE(the_density_over_paths_between_two_wells_is_that_of_quadrature) {
  constexpr double a = 3, b = 2, c = -2, sigma = 0.8;
  OneLayer one = drift(2, a, b, c, sigma);
  const auto density = [&](double x, double first, double second) {
    std::vector<double> state = {x, 0};
    for (const double xi : {second, first}) {  // from the data's end
      const auto slope = [&](const std::vector<double>& s, std::vector<double>& ds, double) {
        const double h = std::tanh(b * s[0]);
        ds[0] = a * h + c * s[0] + std::sqrt(2.0) * sigma * xi;
        ds[1] = a * b * (1 - h * h) + c;
      };
      odeint::integrate_const(odeint::runge_kutta4<std::vector<double>>(), slope, state, 0.5, 0.0, -1.0 / 32);
    }
    return normal(state[0], 1) * std::exp(state[1]);
  };
  constexpr int kPoints = 121;
  constexpr double kReach = 6, kStep = 2 * kReach / (kPoints - 1);
  for (const double x : {-1.4, 0.0, 0.6}) {
    double sum = 0;
    for (int i = 0; i < kPoints; ++i)
      for (int j = 0; j < kPoints; ++j) {
        const double u = -kReach + i * kStep, w = -kReach + j * kStep;
        sum += kStep * kStep * normal(u, 1) * normal(w, 1) * density(x, u, w);
      }
    const auto [mean, error] = mean_over_paths(one, x);
    BOOST_TEST(std::abs(mean - sum) < 4 * error, "x = " << x);
    BOOST_TEST(error < 0.02 * mean);
  }
}

// Without noise a path is none, to the bit; with it, the same path leads back, and gradients run along it.
BOOST_AUTO_TEST_CASE(a_path_of_no_width_changes_nothing) {
  OneLayer noisy(kDim, with(layer(8), {{"brownian", 4}}), 0.5), plain(kDim, layer(8), 0.5);
  Vector mx;
  const Tile x = random_tile(mx, kDim, 4);
  const Batch z = plain.encode(in(x));
  for (int j = 0; j < kDim; ++j) noisy.at("sigma", j) = 0;
  for (const Slot& slot : plain.bench.flow.params().slots())
    for (int row = 0; row < slot.rows; ++row)
      for (int col = 0; col < slot.live(row); ++col)
        noisy.at(slot.name.substr(std::string("layers.0.").size()), col, row) =
            plain.bench.theta[static_cast<Eigen::Index>(slot.at(row, col))];
  BOOST_TEST((z == noisy.encode(in(x))));
  BOOST_TEST((plain.ld == noisy.ld).all());
  for (int j = 0; j < kDim; ++j) noisy.at("sigma", j) = Real(0.5);
  const Tile there = noisy.encode(in(x));
  BOOST_TEST(!(z == there));
  const Tile back = noisy.decode(in(there));
  BOOST_TEST(static_cast<double>((back - x).cwiseAbs().maxCoeff()) < tolerance(1e-11, 1e-4));
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
