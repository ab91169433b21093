// Layers that move rows by a Markov kernel: what a path weighs, and that of the same path the other way.
#include "nf/layers/stochastic.h"

#include <numbers>

#include "nf/flow/registry.h"
#include "nf/model/scorer.h"
#include "nf/targets/target.h"
#include "nf/train/reverse_kl.h"
#include "real_test.h"

namespace nf {
namespace {

Json kernel(const char* kind, const Json& more = Json::object()) {
  Json spec = {{"kind", kind}, {"lambda", 0.7}};
  spec.update(more);
  return spec;
}

// A flow of one such layer, as it starts, and a target.
struct Trial {
  Trial(const Json& one, const std::string& name)
      : bench({{"dim", 2}, {"layers", {one}}}, 0.0),
        target(make_closed_form(name)),
        layer(dynamic_cast<const Stochastic&>(*bench.flow.layers()[0])),
        step(static_cast<Real>(layer.spec()["step"].get<double>())),
        lambda(static_cast<Real>(layer.spec()["lambda"].get<double>())) {}
  Pass pass() {
    Pass pass = bench.pass();
    pass.target = target.get();
    return pass;
  }
  Batch gradient(const Tile& y) {
    Vector memory;
    Tile g = bench.tile(memory, 2);
    LogDet lp;
    Pass pass = this->pass();
    target->log_density(pass, in(y), lp, g);
    return (1 - lambda) * y - lambda * g;
  }
  // What the layer adds to ld.
  LogDet move(const Tile& y, const Tile& noise, Tile to) {
    Vector memory;
    Tile always = bench.tile(memory, 1);  // uniform numbers with which every move is made
    always.setConstant(static_cast<Real>(1e-30));
    LogDet ld = LogDet::Zero();
    Pass pass = this->pass();
    layer.move(pass, in(y), in(noise), in(always), to, ld);
    return ld;
  }
  // The noise that leads from `to` back to y.
  Batch back(const Tile& y, const Tile& noise, const Tile& to) {
    const std::string kind = layer.spec()["kind"];
    if (kind == "langevin") return std::sqrt(step / 2) * (gradient(y) + gradient(to)) - noise;
    if (kind == "metropolis") return -noise;
    return step / 2 * gradient(to) - (to - y) / step;  // the velocity at the end, turned round
  }

  Bench bench;
  std::unique_ptr<Target> target;
  const Stochastic& layer;
  Real step, lambda;
};

const std::vector<Json>& one_move() {
  static const std::vector<Json> all = {kernel("langevin", {{"step", 0.1}}), kernel("metropolis"),
                                        kernel("hmc", {{"step", 0.3}, {"leaps", 1}})};
  return all;
}

BOOST_AUTO_TEST_CASE(a_path_backwards_leads_back_and_adds_minus_the_same) {
  for (const Json& layer : one_move())
    for (const char* name : {"ring", "u4", "banana"}) {
      Trial trial(layer, name);
      Vector my, mn, mt, mb, ma;
      const Tile y = random_tile(my, 2, 3), noise = random_tile(mn, 2, 4);
      Tile to = trial.bench.tile(mt, 2), back = trial.bench.tile(mb, 2), again = trial.bench.tile(ma, 2);
      const LogDet there = trial.move(y, noise, to);
      back = trial.back(y, noise, to);
      const LogDet home = trial.move(to, back, again);
      BOOST_TEST((to - y).cwiseAbs().maxCoeff() > Real(0.1));
      BOOST_TEST(static_cast<double>((again - y).cwiseAbs().maxCoeff()) < tolerance(1e-12, 1e-4), layer << name);
      BOOST_TEST(((there + home).abs() / (1 + there.abs())).maxCoeff() < tolerance(1e-12, 1e-3), layer << name);
    }
}

BOOST_AUTO_TEST_CASE(short_langevin_steps_add_the_rise_of_the_energy) {
  if (!kDouble) return;
  Trial trial(kernel("langevin", {{"step", 1e-6}, {"lambda", 1}}), "u3");
  Vector my, mn, mt, mg;
  const Tile y = random_tile(my, 2, 3), noise = random_tile(mn, 2, 4);
  Tile to = trial.bench.tile(mt, 2), g = trial.bench.tile(mg, 2);
  const LogDet added = trial.move(y, noise, to);
  LogDet before, after;
  Pass pass = trial.pass();
  trial.target->log_density(pass, in(y), before, g);
  trial.target->log_density(pass, in(to), after, g);
  BOOST_TEST((before - after).abs().maxCoeff() > 1e-3);
  BOOST_TEST((added - (before - after)).abs().maxCoeff() < 1e-6);
}

Json between_maps(const Json& layer) {
  const Json map = {{"kind", "coupling"}, {"hidden", {8}}, {"activation", "tanh"}};
  Json odd = map;
  odd["mask"] = "odd";
  return {{"dim", 2}, {"layers", {layer, map, layer, odd, layer}}};
}

BOOST_AUTO_TEST_CASE(the_mean_weight_is_the_targets_integral) {
  const auto target = make_closed_form(R"(gaussian:{"mean":[0.5,-0.3],"covariance":[[1,0.5],[0.5,0.8]]})");
  for (const Json& layer :
       {kernel("langevin", {{"step", 0.2}, {"moves", 3}}), kernel("metropolis", {{"step", 0.8}, {"moves", 3}}),
        kernel("hmc", {{"step", 0.4}, {"leaps", 3}, {"moves", 2}}), kernel("langevin", {{"step", 0.2}, {"clip", 0.5}}),
        kernel("hmc", {{"step", 0.4}, {"clip", 0.5}})}) {
    const Bench bench(between_maps(layer), 0.15);
    const ImportanceReport report = importance(bench.flow, bench.theta, *target, 3, 20000, 1);
    BOOST_TEST(report.effective_share > 0.1, layer);
    BOOST_TEST(std::abs(report.log_normaliser) < 4 * report.log_normaliser_error, layer << report.log_normaliser);
  }
}

// The loss of a tile, its noise held fast, changes as its gradient says: by steps, tempering and the maps before.
BOOST_AUTO_TEST_CASE(gradients_run_along_the_path) {
  if (!kDouble) return;
  for (const Json& layer : {kernel("langevin", {{"step", 0.1}, {"moves", 2}}), kernel("metropolis", {{"moves", 3}}),
                            kernel("hmc", {{"step", 0.2}, {"leaps", 3}, {"moves", 2}}),
                            kernel("langevin", {{"step", 0.1}, {"clip", 2}}), kernel("hmc", {{"clip", 2}})}) {
    Bench bench(between_maps(layer), 0.2);
    const auto target = make_closed_form("ring");
    const auto objective = make_reverse_kl(bench.flow, *target, 9);
    Vector direction = Vector::Zero(bench.theta.size()), dtheta = direction, ignored;
    const auto loss = [&](Vector& gradient) {
      gradient = Vector::Zero(bench.theta.size());
      Pass pass = bench.pass(true);
      pass.dtheta = gradient.data();
      pass.rows = 60;
      LogDet weight = LogDet::LinSpaced(kTile, 0.5, 1.5);
      weight.tail(4).setZero();
      return objective->tile(pass, TileIn(nullptr, kTile, 0), weight, {.example = 128});
    };
    Uniforms random(7, Stream::kTest);
    for (const Range& range : bench.flow.params().ranges(std::size_t{1} << 30))
      for (std::size_t i = 0; i < range.length; ++i)
        direction[static_cast<Eigen::Index>(range.offset + i)] = static_cast<Real>(2 * random.next() - 1);
    loss(dtheta);
    BOOST_TEST(bench.tape.empty());
    BOOST_TEST(bench.scratch.empty());
    const Vector theta = bench.theta;
    const Real h = Real(1e-6);
    bench.theta = theta + h * direction;
    const double above = loss(ignored);
    bench.theta = theta - h * direction;
    const double slope = (above - loss(ignored)) / (2 * static_cast<double>(h));
    BOOST_TEST(std::abs(slope - static_cast<double>(dtheta.dot(direction))) < 1e-6 * (1 + std::abs(slope)), layer);
  }
}

// A langevin layer that moves rows towards standard normal noise, which is normal(0, 1) behind it: one step of an
// autoregression, x = (1 - eps) y + sqrt(2 eps) e.
BOOST_AUTO_TEST_CASE(the_mean_density_of_paths_is_that_of_the_rows) {
  const double eps = 0.5, variance = 1 + eps * eps;
  Model model({{"dim", 1}, {"layers", {{{"kind", "langevin"}, {"step", eps}}}}});
  Scorer scorer(model, 1);
  for (const double x : {-1.7, 0.1, 2.5}) {
    double bound = 0, spread = 0;
    scorer.log_prob(&x, nullptr, 1, &bound, nullptr, {.seed = 5, .count = 4000, .spread = &spread});
    const double truth = -x * x / variance / 2 - std::log(2 * std::numbers::pi * variance) / 2;
    BOOST_TEST(spread > 0);
    BOOST_TEST(std::abs(bound - truth) < 0.1 * spread);
  }
  std::vector<double> x(20000), lp(x.size());
  scorer.sample(1, 0, nullptr, static_cast<int>(x.size()), 1, x.data(), nullptr);
  double squares = 0;
  for (const double v : x) squares += v * v / static_cast<double>(x.size());
  BOOST_TEST(std::abs(squares - variance) < 0.05);
  // Scored with the seed of the sample, rows are as likely as with another: what is drawn either way is not the same.
  const auto mean = [&](std::uint64_t seed) {
    scorer.log_prob(x.data(), nullptr, static_cast<int>(x.size()), lp.data(), nullptr, {.seed = seed});
    double sum = 0;
    for (const double value : lp) sum += value / static_cast<double>(lp.size());
    return sum;
  };
  BOOST_TEST(std::abs(mean(1) - mean(2)) < 0.03);
}

BOOST_AUTO_TEST_CASE(what_a_layer_draws_depends_on_the_row_alone) {
  const auto target = make_closed_form("ring");
  for (const char* kind : {"langevin", "metropolis", "hmc"}) {
    Model model(preset_spec("snf", 2, 0, {{"hidden", {8}}, {"layers", 2}, {"place", "within"}, {"kernel", kind}}));
    model.theta = Bench(model.flow.spec()).theta;
    const int rows = 300;
    std::vector<double> x(rows * 2), lp(rows), cut(rows), again(rows * 2);
    Scorer one(model, 1, target.get()), four(model, 4, target.get());
    one.sample(9, 0, nullptr, rows, 1, x.data(), lp.data());
    four.sample(9, 37, nullptr, 100, 1, again.data(), cut.data());
    BOOST_TEST(std::equal(again.begin(), again.begin() + 200, x.begin() + 37 * 2));
    BOOST_TEST(std::equal(cut.begin(), cut.begin() + 100, lp.begin() + 37));
    one.log_prob(x.data(), nullptr, rows, lp.data(), nullptr, {.seed = 3, .count = 3});
    for (int first = 0; first < rows; first += 37)
      four.log_prob(x.data() + first * 2, nullptr, std::min(37, rows - first), cut.data() + first, nullptr,
                    {.seed = 3, .first_row = static_cast<std::uint64_t>(first), .count = 3});
    BOOST_TEST((lp == cut));
  }
}

// Standard normal, and undefined where x1 > 1.
class Half final : public Density {
 public:
  int dim() const override { return 2; }
  void log_density(Pass& pass, TileIn x, LogDet& lp, Tile dx) const override {
    for (int r = 0; r < pass.rows; ++r) {
      BOOST_TEST(x.row(r).allFinite());
      const bool known = x(r, 0) <= 1;
      lp(r) = known ? -static_cast<double>(x.row(r).squaredNorm()) / 2 : r % 2 ? NAN : -INFINITY;
      dx.row(r) = -x.row(r);
      if (r % 4 == 0 && !known) dx(r, 1) = static_cast<Real>(NAN);
    }
  }
};

BOOST_AUTO_TEST_CASE(rows_without_an_energy_keep_their_place_and_add_nothing) {
  const Half target;
  for (const char* kind : {"langevin", "metropolis", "hmc"}) {
    Bench bench({{"dim", 2}, {"layers", {kernel(kind, {{"moves", 5}, {"step", 0.4}})}}}, 0.3);
    Vector mx, mz, md, mg, mw;
    Tile x = random_tile(mx, 2, 3), z = bench.tile(mz, 2), w = bench.tile(mw, 2), d = random_tile(md, 2, 4),
         dx = bench.tile(mg, 2);
    x.col(0).head(20).setConstant(2);
    x(0, 1) = static_cast<Real>(INFINITY);
    LogDet ld = LogDet::Zero(), other = LogDet::Zero();
    Pass pass = bench.pass(true);
    Vector dtheta = Vector::Zero(bench.theta.size());
    pass.dtheta = dtheta.data();
    pass.target = &target;
    bench.flow.decode(pass, in(x), z, ld);
    BOOST_TEST((z.topRows(20) == x.topRows(20)));
    BOOST_TEST((ld.head(20) == 0).all());
    BOOST_TEST((z.col(0).tail(44).array() <= Real(1) || z.col(0).tail(44).array() == x.col(0).tail(44).array()).all());
    BOOST_TEST(z.bottomRows(44).allFinite());
    BOOST_TEST(ld.isFinite().all());
    bench.flow.decode_backward(pass, in(d), LogDet::Ones(), dx);
    BOOST_TEST((dx.topRows(20) == d.topRows(20)));
    BOOST_TEST(dx.allFinite());
    BOOST_TEST(dtheta.allFinite());
    x.topRows(20).setZero();
    Pass plain = bench.pass();
    plain.target = &target;
    bench.flow.decode(plain, in(x), w, other);
    BOOST_TEST((w.bottomRows(44) == z.bottomRows(44)));
  }
}

BOOST_AUTO_TEST_CASE(far_rows_and_steep_targets_give_no_nan) {
  const auto target = make_closed_form("u2");  // walled
  for (const char* kind : {"langevin", "metropolis", "hmc"})
    for (const double clip : {0.0, 10.0}) {
      Bench bench({{"dim", 2}, {"layers", {kernel(kind, {{"moves", 4}, {"clip", clip}})}}}, 0.0);
      Vector mx, mz;
      Tile x = random_tile(mx, 2, 3, 1e4), z = bench.tile(mz, 2);
      LogDet ld = LogDet::Zero();
      Pass pass = bench.pass();
      pass.target = target.get();
      bench.flow.decode(pass, in(x), z, ld);
      BOOST_TEST(z.allFinite());
      BOOST_TEST(ld.isFinite().all());
    }
}

BOOST_AUTO_TEST_CASE(what_cannot_be_is_refused) {
  const auto flow = [](const Json& layer) { return Flow({{"dim", 2}, {"layers", {layer}}}); };
  BOOST_CHECK_THROW(flow({{"kind", "on"}, {"columns", {0}}, {"layers", {kernel("langevin")}}}), Error);
  BOOST_CHECK_NO_THROW(flow({{"kind", "on"}, {"columns", {0}}, {"layers", {{{"kind", "langevin"}}}}}));
  BOOST_CHECK_THROW(flow({{"kind", "hmc"}, {"leaps", 0}}), Error);
  BOOST_CHECK_THROW(flow({{"kind", "metropolis"}, {"lambda", 1.5}}), Error);
  const auto line = make_closed_form(R"(gaussian:{"covariance":[[1]]})");
  for (const Json& layer : one_move()) {
    Model model({{"dim", 2}, {"layers", {layer}}});
    BOOST_CHECK_THROW(Scorer(model, 1), Error);
    BOOST_CHECK_THROW(Scorer(model, 1, line.get()), Error);
    BOOST_CHECK_THROW(make_forward_kl(model.flow), Error);
    Bench bench(model.flow.spec());
    Vector mx, mz;
    Tile x = random_tile(mx, 2, 3), z = bench.tile(mz, 2);
    LogDet ld = LogDet::Zero();
    Pass pass = bench.pass();
    BOOST_CHECK_THROW(bench.flow.encode(pass, in(x), z, ld), Error);
  }
}

// From a normal that is too wide and stands elsewhere; mean weight 1 whatever they do, and nearly equal weights with
// more kernels.
BOOST_AUTO_TEST_CASE(kernels_after_a_flow_make_its_weights_more_equal) {
  const auto report = [](int count) {
    const Json layers = Json::array({{{"kind", "elementwise"}, {"transformer", "affine"}}});
    const Json layer = {
        {"kind", "anneal"}, {"layers", layers}, {"count", count}, {"kernel", {{"kind", "hmc"}, {"step", 0.3}}}};
    const Flow flow({{"dim", 2}, {"layers", {layer}}});
    const auto target = make_closed_form(R"(gaussian:{"mean": [1.5, 0], "covariance": [[0.6, 0.3], [0.3, 0.6]]})");
    return importance(flow, flow.init(1), *target, 3, 4096, 1);
  };
  double before = 0;
  for (const int count : {1, 8, 64}) {
    const ImportanceReport one = report(count);
    BOOST_TEST(std::abs(one.log_normaliser) < 4 * one.log_normaliser_error, count << " kernels");
    BOOST_TEST(one.effective_share > before + 0.02, count << " kernels");
    before = one.effective_share;
  }
  BOOST_TEST(before > 0.9);
}

}  // namespace
}  // namespace nf
