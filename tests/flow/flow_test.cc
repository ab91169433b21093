// Facts about whole flows.
#include "real_test.h"

#include <numbers>

#include "nf/model/model.h"
#include "nf/flow/registry.h"

namespace nf {
namespace {

BOOST_AUTO_TEST_CASE(a_flow_at_its_start_is_its_base) {
  for (const std::string& preset : names(presets())) {
    if (preset == "gdn" || preset == "snf") continue;  // starts near the identity, never at it; moves rows at random
    Bench bench(preset_spec(preset, 4, 0, Json::object()), 0.0);
    Vector mx, mz;
    Tile x = random_tile(mx, 4, 1), z = bench.tile(mz, 4);
    LogDet lp = LogDet::Zero(), base = LogDet::Zero();
    Pass pass = bench.pass();
    bench.flow.log_prob(pass, in(x), z, lp);
    bench.flow.base().log_prob(pass, in(x), base);
    // Mixtures of several components, and sums of several sigmoids, only come near the identity.
    const std::string text = bench.flow.spec().dump();
    const bool near = text.find("mixture_cdf") != std::string::npos || text.find("deep_") != std::string::npos;
    BOOST_TEST((lp - base).abs().maxCoeff() <= (near ? 10.0 : tolerance(1e-12, 1e-5)));
  }
}

BOOST_AUTO_TEST_CASE(nice_before_its_rescaling_keeps_volume) {
  Json spec = preset_spec("nice", 5, 0, Json::object());
  spec["layers"].erase(spec["layers"].size() - 1);
  Bench bench(spec);
  Vector mx, mz;
  Tile x = random_tile(mx, 5, 1), z = bench.tile(mz, 5);
  LogDet ld = LogDet::Zero();
  Pass pass = bench.pass();
  bench.flow.encode(pass, in(x), z, ld);
  BOOST_TEST((ld == 0).all());
  BOOST_TEST((x - z).cwiseAbs().maxCoeff() > 0.1);
}

BOOST_AUTO_TEST_CASE(closed_form_densities_of_the_bases) {
  Stack scratch;
  Pass pass{.scratch = &scratch};
  Vector memory = Vector::Constant(2 * kTile, Real(0.25));
  const TileIn z(memory.data(), kTile, 2);
  const auto density = [&](const Json& spec) {
    Params params;
    Wants wants;
    LogDet lp = LogDet::Zero();
    make_base(spec, {2, 0, params, wants, "base"})->log_prob(pass, z, lp);
    return lp(0);
  };
  const double tight = tolerance(1e-14, 1e-6);
  BOOST_TEST(std::abs(density("normal") + 0.0625 + std::log(2 * std::numbers::pi)) <= tight);
  BOOST_TEST(std::abs(density("logistic") - 2 * (-0.25 - 2 * std::log1p(std::exp(-0.25)))) <= tight);
  BOOST_TEST(std::abs(density({{"kind", "uniform"}, {"low", -1}, {"high", 3}}) + 2 * std::log(4.0)) <= tight);
  BOOST_TEST(density({{"kind", "uniform"}, {"low", 0.5}}) == -std::numeric_limits<double>::infinity());
}

// Mean of -log p over a sample is the entropy, where it is known: the sampler and the density agree.
BOOST_AUTO_TEST_CASE(a_sample_has_the_entropy_of_its_base) {
  Stack scratch;
  Pass pass{.scratch = &scratch};
  for (const std::string& kind : names(bases())) {
    Params params;
    Wants wants;
    const auto base = make_base(kind, {3, 1, params, wants, "base"});
    if (!base->entropy()) continue;
    Vector memory = Vector::Zero(3 * kTile);
    Tile z(memory.data(), kTile, 3);
    double sum = 0;
    const int tiles = 2000;
    for (int t = 0; t < tiles; ++t) {
      LogDet lp = LogDet::Zero();
      base->sample(pass, Random{3}, Stream::kBase, static_cast<std::uint64_t>(t) * kTile, z);
      base->log_prob(pass, in(z), lp);
      sum -= lp.sum();
    }
    // The standard deviation of -log p is at most about 2 for three columns: five standard errors.
    BOOST_TEST(std::abs(sum / (tiles * kTile) - *base->entropy()) <= 5 * 2 / std::sqrt(tiles * kTile));
  }
}

BOOST_AUTO_TEST_CASE(a_random_two_dimensional_flow_integrates_to_one) {
  for (const char* preset : {"maf", "iaf", "realnvp"}) {
    Bench bench(preset_spec(preset, 2, 0, {{"hidden", {16}}, {"activation", "tanh"}, {"layers", 2}}), 0.3);
    const int side = 384;
    const double reach = 12, cell = 2 * reach / side;
    Vector mx, mz;
    Tile x = bench.tile(mx, 2), z = bench.tile(mz, 2);
    double mass = 0;
    for (int first = 0; first < side * side; first += kTile) {
      for (int r = 0; r < kTile; ++r) {
        x(r, 0) = static_cast<Real>(((first + r) / side + 0.5) * cell - reach);
        x(r, 1) = static_cast<Real>(((first + r) % side + 0.5) * cell - reach);
      }
      LogDet lp = LogDet::Zero();
      Pass pass = bench.pass();
      bench.flow.log_prob(pass, in(x), z, lp);
      mass += lp.exp().sum() * cell * cell;
    }
    BOOST_TEST(std::abs(mass - 1) <= 2e-3);  // the grid's error on these smooth densities
  }
}

BOOST_AUTO_TEST_CASE(an_iaf_is_a_maf_the_other_way_round) {
  const Json set = {{"hidden", {16}}, {"layers", 3}};
  Bench maf(preset_spec("maf", 3, 0, set)), iaf(preset_spec("iaf", 3, 0, set));
  Vector mx, mz, mw;
  Tile x = random_tile(mx, 3, 1), z = maf.tile(mz, 3), w = iaf.tile(mw, 3);
  LogDet a = LogDet::Zero(), b = LogDet::Zero();
  Pass forward = maf.pass();
  // One layer at a time, since a flow's inverse also turns the order of its layers round.
  maf.flow.layers()[1]->forward(forward, in(x), z, a);
  iaf.flow.layers()[1]->inverse(forward, in(x), w, b);
  BOOST_TEST((z == w));
  BOOST_TEST((a == b).all());
  BOOST_TEST(maf.flow.traits().parallel_forward);
  BOOST_TEST(!maf.flow.traits().parallel_inverse);
  BOOST_TEST(iaf.flow.traits().parallel_inverse);
}

// Estimating statistics again, as for averaged weights, moves statistics alone.
BOOST_AUTO_TEST_CASE(statistics_estimated_again_leave_trained_numbers_alone) {
  for (const bool inverse : {false, true}) {
    Bench bench({{"dim", 2}, {"layers", {{{"kind", "batch_norm"}, {"inverse", inverse}}}}});
    const Vector before = bench.theta;
    const Batch x = Batch::Constant(64, 2, Real(3));
    bench.flow.init_data(bench.theta, x, Batch(64, 0), true);
    for (const Range& range : bench.flow.params().ranges(std::size_t{1} << 30))
      for (std::size_t i = range.offset; i < range.offset + range.length; ++i)
        BOOST_TEST(bench.theta[static_cast<Eigen::Index>(i)] == before[static_cast<Eigen::Index>(i)]);
    BOOST_TEST((bench.theta == before) == inverse);
  }
}

BOOST_AUTO_TEST_CASE(nothing_is_allocated_after_the_first_tile) {
  Bench bench(preset_spec("maf", 5, 2, {{"hidden", {40, 40}}}));
  Vector mx, mz, md;
  Tile x = random_tile(mx, 5, 1), z = bench.tile(mz, 5), dx = bench.tile(md, 5);
  Vector dtheta = Vector::Zero(bench.theta.size());
  const auto step = [&] {
    LogDet ld = LogDet::Zero();
    Pass pass = bench.pass(true);
    pass.dtheta = dtheta.data();
    bench.flow.encode(pass, in(x), z, ld);
    bench.flow.encode_backward(pass, in(z), ld, dx);
    bench.flow.decode(pass, in(z), x, ld);
    bench.flow.decode_backward(pass, in(x), ld, dx);
  };
  step();
  const Real* tape = bench.tape.push(1);
  bench.tape.pop(1);
  step();
  BOOST_TEST(bench.tape.push(1) == tape);  // the same memory again
  bench.tape.pop(1);
}

}  // namespace
}  // namespace nf
