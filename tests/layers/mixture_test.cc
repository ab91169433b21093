// Several flows at once.
#include "nf/layers/layer.h"
#include "gradient_test.h"
#include "real_test.h"

namespace nf {
namespace {

Json autoregressive(const Json& more = Json::object()) {
  Json layer = {{"kind", "autoregressive"}, {"hidden", {12}}, {"activation", "tanh"}};
  layer.update(more);
  return layer;
}
Json list(const std::vector<Json>& parts) { return parts; }
// Flows of kinds that differ, in a mixture; column 0 a circle, or levels.
const Json kFlows =
    list({list({autoregressive()}), list({"linear", autoregressive({{"inverse", true}})}), list({"elementwise"})});
const Json kOnCircles = list({list({autoregressive()}), list({autoregressive({{"order", "reverse"}})})});
Json mixed(const Json& layers) {
  return {{"kind", "mixed"}, {"levels", {{"0", 3}}}, {"hidden", {12}}, {"activation", "tanh"}, {"layers", layers}};
}
const Json kOfLevels = list({list({mixed(list({autoregressive()}))}), list({mixed(list({"elementwise"}))})});

Json spec(int dim, int context, const Json& flows, const char* others = "") {
  Json spec = {{"dim", dim}, {"context", context}, {"layers", list({{{"kind", "mixture"}, {"flows", flows}}})}};
  if (*others) spec[others] = {0};
  return spec;
}
std::vector<Json> specs(int context) {
  return {spec(3, context, kFlows), spec(3, context, kOnCircles, "circle"), spec(3, context, kOfLevels, "levels")};
}
Tile rows(const Json& spec, Vector& memory, std::uint64_t seed) {
  Tile x = random_tile(memory, 3, seed);
  for (int r = 0; r < kTile && spec.contains("levels"); ++r) x(r, 0) = static_cast<Real>(r % 3);
  return x;
}

// A flow of its own, with its numbers in the mixture.
Bench part(const Bench& whole, int k) {
  const Json spec = whole.flow.spec();
  Json own = spec;
  own["layers"] = spec["layers"][0]["flows"][k];
  own["base"] = "normal";
  Bench bench(own);
  const std::string prefix = "layers.0.flows." + std::to_string(k) + ".";
  for (const Slot& slot : whole.flow.params().slots()) {
    if (!slot.name.starts_with(prefix)) continue;
    for (const Slot& there : bench.flow.params().slots())
      if (there.name == "layers." + slot.name.substr(prefix.size()))
        bench.theta.segment(there.offset, slot.rows * slot.ld) = whole.theta.segment(slot.offset, slot.rows * slot.ld);
  }
  bench.context_memory = whole.context_memory;
  return bench;
}

BOOST_AUTO_TEST_CASE(its_density_is_the_weighted_mean_of_the_others) {
  for (const int context : {0, 2})
    for (const Json& one : specs(context)) {
      Bench bench(one);
      Vector mx, mz, my;
      Tile x = rows(one, mx, 3), z = bench.tile(mz, 4), y = bench.tile(my, 3);
      LogDet lp = LogDet::Zero(), sum = LogDet::Zero();
      Pass pass = bench.pass();
      bench.flow.log_prob(pass, in(x), z, lp);
      const Json flows = bench.flow.spec()["layers"][0]["flows"];
      const auto n = static_cast<int>(flows.size());
      std::vector<double> weights;
      double all = 0;
      for (int k = 0; k < n; ++k) {
        weights.push_back(std::exp(static_cast<double>(bench.theta[k])));  // the logits come first
        all += weights.back();
      }
      for (int k = 0; k < n; ++k) {
        Bench own = part(bench, k);
        LogDet single = LogDet::Zero();
        Pass alone = own.pass();
        own.flow.log_prob(alone, in(x), y, single);
        sum += (1e-5 + (1 - 1e-5 * n) * weights[k] / all) * single.exp();
      }
      for (int r = 0; r < kTile; ++r) BOOST_TEST(std::abs(lp(r) - std::log(sum(r))) < tolerance(1e-10, 1e-4));
    }
}

BOOST_AUTO_TEST_CASE(what_is_drawn_changes_no_density_and_decoding_finds_every_value_again) {
  for (const Json& one : specs(2))
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
      Bench bench(one);
      Vector mx, mz, ma;
      Tile x = rows(one, mx, 5), z = bench.tile(mz, 4), again = bench.tile(ma, 3);
      LogDet first = LogDet::Zero(), lp = LogDet::Zero(), there = LogDet::Zero(), back = LogDet::Zero();
      Pass pass = bench.pass();
      bench.flow.log_prob(pass, in(x), z, first);
      pass.noise.seed = seed;
      bench.flow.log_prob(pass, in(x), z, lp);
      BOOST_TEST((lp - first).abs().maxCoeff() < tolerance(1e-10, 1e-4));
      bench.flow.encode(pass, in(x), z, there);
      bench.flow.decode(pass, in(z), again, back);
      for (int r = 0; r < kTile; ++r)
        for (int j = 0; j < 3; ++j)
          BOOST_TEST(std::abs(static_cast<double>(shortest(bench.flow.manifold(j), again(r, j) - x(r, j)))) <
                     tolerance(1e-9, 5e-4));
      BOOST_TEST((there + back).abs().maxCoeff() < tolerance(1e-9, 2e-3));
    }
}

// Two normals far apart, one with three quarters of the weight.
BOOST_AUTO_TEST_CASE(samples_come_from_each_flow_by_its_weight) {
  const Json affine = {{"kind", "elementwise"}, {"transformer", "additive"}};
  Bench bench(spec(1, 0, list({list({affine}), list({affine})})), 0);
  bench.theta[1] = static_cast<Real>(-std::log(3));
  for (const Slot& slot : bench.flow.params().slots())
    if (slot.name.ends_with("phi"))
      bench.theta[slot.offset] = slot.name.find("flows.0") != std::string::npos ? 20 : -20;
  int low = 0;
  constexpr int kTiles = 200;
  for (int t = 0; t < kTiles; ++t) {
    Vector mz, mx;
    Tile z = random_tile(mz, 2, static_cast<std::uint64_t>(t)), x = bench.tile(mx, 1);
    LogDet ld = LogDet::Zero();
    Pass pass = bench.pass();
    bench.flow.decode(pass, in(z), x, ld);
    low += static_cast<int>((x.array() < 0).count());
  }
  BOOST_TEST(std::abs(low / double(kTiles * kTile) - 0.75) < 0.02);  // z = x + 20: x lies at -20
}

BOOST_AUTO_TEST_CASE(gradients_are_those_of_differences) {
  if (!kDouble) return;
  for (const Json& one : specs(2))
    for (const bool encode : {true, false}) {
      Bench bench(one);
      Vector mx, mz, ma, mv;
      const Tile x = rows(one, mx, 4);
      Tile z = bench.tile(mz, 4), a = random_tile(ma, encode ? 4 : 3, 5), v = random_tile(mv, encode ? 3 : 4, 6);
      Pass plain = bench.pass();
      LogDet unused = LogDet::Zero();
      bench.flow.encode(plain, in(x), z, unused);
      if (one.contains("levels")) v.col(0).setZero(), a.col(0).setZero();
      BOOST_TEST(gradient_error(bench, ways(bench.flow)[encode ? 0 : 1], encode ? mx : mz, v, a) < 2e-5, one.dump());
    }
}

BOOST_AUTO_TEST_CASE(a_mixture_that_cannot_be_is_refused) {
  const auto refuses = [](const Json& one) { BOOST_CHECK_THROW(Flow{one}, Error); };
  refuses(spec(2, 0, Json::array()));
  refuses(spec(2, 0, "elementwise"));
  refuses(spec(2, 0, list({list({"augment"})})));
  Json logistic = spec(2, 0, list({list({"elementwise"})}));
  logistic["base"] = "logistic";
  refuses(logistic);
}

}  // namespace
}  // namespace nf
