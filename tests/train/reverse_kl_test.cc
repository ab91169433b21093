// Reverse KL: its gradient, and flows that find each target's normaliser.
#include "nf/train/reverse_kl.h"

#include "nf/flow/registry.h"
#include "nf/train/trainer.h"
#include "real_test.h"

namespace nf {
namespace {

Json sampler(int layers, int hidden) {
  const Json set = {{"hidden", {hidden, hidden}}, {"layers", layers}, {"activation", "tanh"}};
  return Flow(preset_spec("nsf_coupling", 2, 0, set)).spec();
}

BOOST_AUTO_TEST_CASE(the_gradient_is_that_of_directional_differences) {
  if (!kDouble) return;
  for (const char* name : {"u1", "u4", "banana", "ring"}) {
    for (const double anneal : {0.0, 0.5}) {
      Bench bench(sampler(2, 8), 0.2, 3);
      const auto target = make_closed_form(name);
      const auto objective = make_reverse_kl(bench.flow, *target, 9, anneal);
      LogDet weight = LogDet::LinSpaced(kTile, 0.5, 1.5);
      weight(5) = 0;
      weight.tail(4).setZero();
      const auto loss = [&](Vector& dtheta) {
        dtheta = Vector::Zero(bench.theta.size());
        Pass pass = bench.pass(true);
        pass.dtheta = dtheta.data();
        pass.rows = 60;
        return objective->tile(pass, TileIn(nullptr, kTile, 0), weight, {.example = 640, .progress = 0.2});
      };
      Vector dtheta, ignored, direction = Vector::Zero(bench.theta.size());
      loss(dtheta);
      BOOST_TEST(bench.tape.empty());
      Uniforms random(7, Stream::kTest);
      for (const Range& range : bench.flow.params().ranges(std::size_t{1} << 30))
        for (std::size_t i = 0; i < range.length; ++i)
          direction[static_cast<Eigen::Index>(range.offset + i)] = static_cast<Real>(2 * random.next() - 1);
      const Vector theta = bench.theta;
      const double h = 1e-6;
      bench.theta = theta + static_cast<Real>(h) * direction;
      const double above = loss(ignored);
      bench.theta = theta - static_cast<Real>(h) * direction;
      const double slope = (above - loss(ignored)) / (2 * h), analytic = static_cast<double>(dtheta.dot(direction));
      BOOST_TEST(std::abs(slope - analytic) <= 1e-5 * (1 + std::abs(analytic)),
                 name << ": " << analytic << ", " << slope);
    }
  }
}

// By the midpoint rule; all targets end well within the square.
double log_normaliser(const Target& target) {
  const int points = 512;
  const double half_width = 12, h = 2 * half_width / points;
  double sum = 0;
  Stack scratch;
  Vector memory = Vector::Zero(kTile * 2), gradient = Vector::Zero(kTile * 2);
  Tile x(memory.data(), kTile, 2);
  for (int i = 0; i < points; ++i)
    for (int first = 0; first < points; first += kTile) {
      for (int r = 0; r < kTile; ++r) {
        x(r, 0) = static_cast<Real>(-half_width + (i + 0.5) * h);
        x(r, 1) = static_cast<Real>(-half_width + (first + r + 0.5) * h);
      }
      Pass pass{.scratch = &scratch};
      LogDet lp;
      target.log_density(pass, in(x), lp, Tile(gradient.data(), kTile, 2));
      sum += lp.exp().sum();
    }
  return std::log(sum * h * h);
}

BOOST_AUTO_TEST_CASE(flows_find_the_normalisers) {
  if (kDouble) return;  // the same code, slower
  for (const char* name : {"u1", "u2", "u3", "u4", "banana:{\"spread\":1}", "ring", "gaussian"}) {
    const auto target = make_closed_form(name);
    const Flow flow(sampler(4, 32));
    const auto objective = make_reverse_kl(flow, *target, 1, 0.5);
    Data data, valid;
    data.x.resize(12800, 0);
    valid.x.resize(1024, 0);
    TrainOptions options;
    options.steps = 600;
    options.batch = 128;
    options.rate = 5e-3;
    const TrainResult result = train(flow, flow.init(1), data, valid, *objective, options, {}, nullptr);
    const ImportanceReport report = importance(flow, result.theta, *target, 1, 20000, 1);
    const double truth = log_normaliser(*target);
    BOOST_TEST(std::abs(report.log_normaliser - truth) <= 0.05, name << ": " << report.log_normaliser << ", " << truth);
    BOOST_TEST(report.effective_share >= 0.1, name << ": " << report.effective_share);
    BOOST_TEST(objective->shown(result.loss) <= truth + 4 * result.error);  // a lower bound
  }
}

BOOST_AUTO_TEST_CASE(what_cannot_be_fitted_is_refused) {
  const auto target = make_closed_form("u1");
  const auto make = [&](const char* preset, int dim, int context, const Json& set) {
    const Flow flow(preset_spec(preset, dim, context, set));
    make_reverse_kl(flow, *target, 0);
  };
  BOOST_CHECK_NO_THROW(make("planar", 2, 0, Json::object()));
  BOOST_CHECK_THROW(make("planar", 3, 0, Json::object()), Error);
  BOOST_CHECK_THROW(make("maf", 2, 1, Json::object()), Error);
  BOOST_CHECK_THROW(make("maf", 2, 0, {{"normalise", "batch_norm"}}), Error);
  BOOST_CHECK_THROW(make("maf", 2, 0, {{"base", "student_t"}}), Error);
}

}  // namespace
}  // namespace nf
