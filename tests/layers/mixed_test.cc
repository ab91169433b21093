// Columns of levels beside columns of numbers, some of which are not always there.
#include "nf/layers/layer.h"
#include "gradient_test.h"
#include "real_test.h"

namespace nf {
namespace {

constexpr int kDim = 4;  // levels (3), a number that is there at their level 0, levels (2), a number

Json spec(int context, const Json& inner, const Json& more = Json::object()) {
  Json layer = {{"kind", "mixed"}, {"levels", {{"0", 3}, {"2", 2}}}, {"gates", {{"1", 0}}},
                {"hidden", {12}},  {"activation", "tanh"},           {"layers", inner}};
  layer.update(more);
  return {{"dim", kDim}, {"context", context}, {"levels", {0, 2}}, {"base", "normal"}, {"layers", {layer}}};
}
Json autoregressive(bool inverse = false, const Json& transformer = "affine") {
  Json layer = {{"kind", "autoregressive"}, {"hidden", {12}}, {"activation", "tanh"}, {"transformer", transformer}};
  if (inverse) layer["inverse"] = true;
  return layer;
}
Json coupling(const char* mask) {
  return {{"kind", "coupling"}, {"mask", mask}, {"hidden", {12}}, {"activation", "tanh"}};
}
// Every way through the layer: gaps kept, gaps filled, inverted layers, a map that does not start as the identity,
// levels behind a gate.
std::vector<Json> specs(int context) {
  const Json mixture = {{"kind", "mixture_cdf"}, {"components", 3}, {"to", "normal"}};
  return {spec(context, {autoregressive(), autoregressive(true, mixture)}),
          spec(context, {coupling("even"), coupling("odd"), "elementwise"}),
          spec(context, {autoregressive(), coupling("odd")}, {{"absent", "fill"}}),
          spec(context, {"linear", autoregressive(true)}),
          spec(context, Json::array({autoregressive()}), {{"gates", {{"1", 0}, {"2", 0}}}}),
          spec(context, {{{"kind", "on"}, {"columns", {1, 0}}, {"layers", {autoregressive()}}},
                         {{"kind", "on"}, {"columns", {0}}, {"layers", {"elementwise"}}}})};
}
bool fills(const Bench& bench) { return !bench.flow.traits().exact; }

// Rows of valid levels; what a gate leaves out is 0.
Tile rows(Vector& memory, std::uint64_t seed, const Json& of) {
  const bool level_has_gate = of["layers"][0]["gates"].contains("2");
  Tile x = random_tile(memory, kDim, seed);
  for (int r = 0; r < kTile; ++r) {
    x(r, 0) = static_cast<Real>(r % 3);
    x(r, 2) = static_cast<Real>(r / 3 % 2);
    if (r % 3 != 0) x(r, 1) = 0;
    if (r % 3 != 0 && level_has_gate) x(r, 2) = 0;
  }
  return x;
}

BOOST_AUTO_TEST_CASE(probabilities_times_densities_add_up_to_one) {
  for (const Json& one : specs(0)) {
    Bench bench(one);
    if (fills(bench)) continue;
    constexpr int kSide = 64;
    constexpr double kReach = 12, kCell = 2 * kReach / kSide;
    Vector mx, mz;
    Tile x = bench.tile(mx, kDim), z = bench.tile(mz, kDim);
    double sum = 0;
    for (int a = 0; a < 3; ++a)
      for (int b = 0; b < 2; ++b)
        for (int i = 0; i < (a == 0 ? kSide : 1); ++i) {
          const auto at = [](int j) { return static_cast<Real>(kReach * (2 * (j + 0.5) / kSide - 1)); };
          for (int r = 0; r < kTile; ++r) {
            x(r, 0) = static_cast<Real>(a);
            x(r, 1) = a == 0 ? at(i) : Real(0);
            x(r, 2) = static_cast<Real>(b);
            x(r, 3) = at(r);
          }
          Pass pass = bench.pass();
          LogDet lp = LogDet::Zero();
          bench.flow.log_prob(pass, in(x), z, lp);
          sum += lp.exp().sum() * kCell * (a == 0 ? kCell : 1);
        }
    BOOST_TEST(std::abs(sum - 1) < 1e-3, "sum " << sum << " of " << one.dump());
  }
}

BOOST_AUTO_TEST_CASE(what_is_drawn_changes_no_density_where_gaps_are_kept) {
  for (const Json& one : specs(2)) {
    Bench bench(one);
    Vector mx, mz;
    Tile x = rows(mx, 3, one), z = bench.tile(mz, kDim);
    LogDet first = LogDet::Zero(), second = LogDet::Zero();
    Pass pass = bench.pass();
    bench.flow.log_prob(pass, in(x), z, first);
    pass.noise.seed = 77;
    bench.flow.log_prob(pass, in(x), z, second);
    const double most = (first - second).abs().maxCoeff();
    if (fills(bench)) BOOST_TEST(most > 1e-3);
    else BOOST_TEST(most < tolerance(1e-12, 1e-5));
  }
}

// A filled gap's bound: the mean of exp(log p) over what is drawn is the density, whatever the layers make of it. Where
// the layers leave the columns alone it is the same number each time.
BOOST_AUTO_TEST_CASE(a_filled_gap_gives_the_density_on_average) {
  const Json fills = spec(0, Json::array({autoregressive()}), {{"absent", "fill"}});
  Bench filled(fills), kept(spec(0, Json::array({autoregressive()})));
  kept.theta = filled.theta;  // the last number sees what was filled in
  Vector mx, mz;
  Tile x = rows(mx, 3, fills), z = filled.tile(mz, kDim);
  Pass pass = filled.pass();
  LogDet mean = LogDet::Zero();
  constexpr int kDraws = 20000;
  for (int i = 0; i < kDraws; ++i) {
    pass.noise.seed = static_cast<std::uint64_t>(i);
    LogDet lp = LogDet::Zero();
    filled.flow.log_prob(pass, in(x), z, lp);
    mean += lp.exp() / kDraws;
  }
  // By quadrature over what stands in the gap: the flow without gates.
  Bench whole(spec(0, Json::array({autoregressive()}), {{"gates", Json::object()}}));
  whole.theta = filled.theta;
  LogDet integral = LogDet::Zero();
  constexpr int kCells = 400;
  for (int i = 0; i < kCells; ++i) {
    Tile y = rows(mx, 3, fills);
    for (int r = 0; r < kTile; ++r)
      if (r % 3 != 0) y(r, 1) = static_cast<Real>(16 * ((i + 0.5) / kCells - 0.5));
    Pass plain = whole.pass();
    LogDet lp = LogDet::Zero();
    whole.flow.log_prob(plain, in(y), z, lp);
    integral += lp.exp() * 16 / kCells;
  }
  for (int r = 0; r < kTile; ++r)
    if (r % 3 != 0)
      BOOST_TEST(std::abs(mean(r) / integral(r) - 1) < 0.1, "row " << r << ": " << mean(r) << " " << integral(r));
}

BOOST_AUTO_TEST_CASE(decoding_finds_every_value_again) {
  for (const Json& one : specs(2)) {
    Bench bench(one);
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
      Vector mx, mz, ma;
      Tile x = rows(mx, seed, one), z = bench.tile(mz, kDim), again = bench.tile(ma, kDim);
      LogDet there = LogDet::Zero(), back = LogDet::Zero();
      Pass pass = bench.pass();
      pass.noise.seed = seed;
      bench.flow.encode(pass, in(x), z, there);
      bench.flow.decode(pass, in(z), again, back);
      BOOST_TEST((x.col(0) == again.col(0)));
      BOOST_TEST((x.col(2) == again.col(2)));
      BOOST_TEST(static_cast<double>((x - again).cwiseAbs().maxCoeff()) < tolerance(1e-10, 2e-4));
      BOOST_TEST((there + back).abs().maxCoeff() < tolerance(1e-10, 2e-4));
      for (int r = 0; r < kTile; ++r)
        if (r % 3 != 0) BOOST_TEST(again(r, 1) == 0);
    }
  }
}

// Along a random direction of numbers, theta and context the loss changes as the gradients say, both ways.
BOOST_AUTO_TEST_CASE(gradients_are_those_of_differences) {
  if (!kDouble) return;
  for (const Json& one : specs(2))
    for (const bool encode : {true, false}) {
      Bench bench(one);
      Vector mx, mz, ma, mv;
      const Tile x = rows(mx, 4, one), a = random_tile(ma, kDim, 5);
      Tile z = bench.tile(mz, kDim), v = random_tile(mv, kDim, 6);
      Pass plain = bench.pass();
      LogDet unused = LogDet::Zero();
      bench.flow.encode(plain, in(x), z, unused);
      v.col(0).setZero();
      v.col(2).setZero();
      if (encode)
        for (int r = 0; r < kTile; ++r)
          if (r % 3 != 0) v(r, 1) = 0;
      BOOST_TEST(gradient_error(bench, ways(bench.flow)[encode ? 0 : 1], encode ? mx : mz, v, a) < 1e-6, one.dump());
    }
}

// Shares of sampled levels against the probabilities, in a flow of one column.
BOOST_AUTO_TEST_CASE(samples_have_the_levels_probabilities) {
  Bench bench({{"dim", 1},
               {"levels", {0}},
               {"layers", {{{"kind", "mixed"}, {"levels", {{"0", 5}}}, {"hidden", {4}}, {"layers", Json::array()}}}}},
              1.5);
  Vector mx, mz;
  Tile x = bench.tile(mx, 1), z = bench.tile(mz, 1);
  for (int r = 0; r < kTile; ++r) x(r, 0) = static_cast<Real>(r % 5);
  Pass pass = bench.pass();
  LogDet lp = LogDet::Zero();
  bench.flow.log_prob(pass, in(x), z, lp);
  BOOST_TEST(std::abs(lp.head(5).exp().sum() - 1) < 1e-5);
  constexpr int kTiles = 1000;
  double count[5] = {};
  for (int t = 0; t < kTiles; ++t) {
    bench.flow.base().sample(pass, Random{4}, Stream::kBase, static_cast<std::uint64_t>(t) * kTile, z);
    LogDet unused = LogDet::Zero();
    bench.flow.decode(pass, in(z), x, unused);
    for (int r = 0; r < kTile; ++r) ++count[static_cast<int>(x(r, 0))];
  }
  const double n = kTiles * kTile;
  for (int k = 0; k < 5; ++k) {
    const double p = std::exp(lp(k));
    BOOST_TEST(std::abs(count[k] / n - p) < 5 * std::sqrt(p * (1 - p) / n));
  }
}

BOOST_AUTO_TEST_CASE(a_value_that_is_no_level_has_no_probability) {
  const Json gated = spec(0, Json::array({autoregressive()}), {{"gates", {{"1", 0}, {"2", 0}}}});
  Bench bench(gated);
  Vector mx, mz;
  Tile x = rows(mx, 3, gated), z = bench.tile(mz, kDim);
  x(7, 2) = 1;  // behind its gate
  x(0, 0) = 3;
  x(1, 0) = -1;
  x(2, 2) = Real(0.5);
  x(3, 2) = static_cast<Real>(std::nan(""));
  LogDet lp = LogDet::Zero();
  Pass pass = bench.pass();
  bench.flow.log_prob(pass, in(x), z, lp);
  for (const int r : {0, 1, 2, 7}) BOOST_TEST(lp(r) == -INFINITY);
  BOOST_TEST(std::isnan(lp(3)));
  BOOST_TEST(std::isfinite(lp(4)));
}

BOOST_AUTO_TEST_CASE(a_spec_that_cannot_be_is_refused) {
  const auto refused = [](const Json& json) {
    try {
      Flow flow(json);
      return std::string("nothing");
    } catch (const Error& error) {
      return std::string(error.what());
    }
  };
  Json other = spec(0, Json::array({autoregressive()}));
  other["levels"] = {0};
  BOOST_TEST(refused(other).find("column 2 is without levels") != std::string::npos, refused(other));
  BOOST_TEST(refused(spec(0, Json::array({"linear"}), {{"absent", "skip"}})).find("skip") != std::string::npos);
  BOOST_TEST(refused(spec(0, Json::array({autoregressive()}), {{"gates", {{"1", 3}}}})).find("none of levels") !=
             std::string::npos);
  BOOST_TEST(refused(spec(0, Json::array({autoregressive()}), {{"gates", {{"0", 2}}}})).find("later gate") !=
             std::string::npos);
  BOOST_TEST(refused(spec(0, Json::array({autoregressive()}), {{"levels", {{"0", 1}, {"2", 2}}}})).find("2 to 256") !=
             std::string::npos);
  Json two = spec(0, Json::array({autoregressive()}));
  two["layers"].push_back(autoregressive());
  BOOST_TEST(refused(two).find("one layer, mixed") != std::string::npos);
  Json logistic = spec(0, Json::array({autoregressive()}));
  logistic["base"] = "logistic";
  BOOST_TEST(refused(logistic).find("needs a normal base") != std::string::npos);
  BOOST_TEST(refused(logistic).find("fill") != std::string::npos);
}

}  // namespace
}  // namespace nf
