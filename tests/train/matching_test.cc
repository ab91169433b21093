// Flow matching: its gradient, and what it learns.
#include "nf/train/matching.h"

#include "layers/layer_test.h"
#include "nf/flow/registry.h"
#include "nf/model/scorer.h"
#include "nf/train/start.h"
#include "real_test.h"

namespace nf {
namespace {

Json small(int dim, int context = 0) {
  return preset_spec("cnf", dim, context, {{"hidden", Json::array({16})}, {"steps", 8}, {"train_steps", 4}});
}

BOOST_AUTO_TEST_CASE(the_gradient_is_that_of_differences) {
  if (!kDouble) return;
  for (const int context : {0, 2}) {
    Bench bench(small(3, context));
    const auto objective = make_flow_matching(bench.flow);
    Vector mx, dtheta = Vector::Zero(bench.theta.size()), direction = dtheta, unused = dtheta;
    const Tile x = random_tile(mx, 3, 4);
    LogDet weight = LogDet::LinSpaced(kTile, 0.5, 1.5);
    weight.tail(4).setZero();
    const auto loss = [&](Vector& gradient) {
      Vector prepared;
      bench.flow.prepare(bench.theta.data(), bench.scratch, prepared);
      Pass pass = bench.pass(true);
      pass.dtheta = gradient.data();
      pass.prepared = prepared.data();
      pass.rows = 60;
      pass.noise = {3, 128};
      return objective->tile(pass, in(x), weight, {});
    };
    loss(dtheta);
    BOOST_TEST(bench.tape.empty());
    Uniforms random(7, Stream::kTest);
    for (const Range& range : bench.flow.params().ranges(std::size_t{1} << 30))
      for (std::size_t i = 0; i < range.length; ++i) {
        const auto at = static_cast<Eigen::Index>(range.offset + i);
        if (dtheta[at] != 0) direction[at] = static_cast<Real>(2 * random.next() - 1);  // earlier layers stay
      }
    BOOST_TEST(direction.norm() > 1);
    const Vector theta = bench.theta;
    const double h = 1e-6;
    bench.theta = theta + static_cast<Real>(h) * direction;
    const double above = loss(unused);
    bench.theta = theta - static_cast<Real>(h) * direction;
    const double slope = (above - loss(unused)) / (2 * h);
    BOOST_TEST(std::abs(slope - static_cast<double>(dtheta.dot(direction))) < 1e-6 * (1 + std::abs(slope)));
  }
}

// Two heaps, far from normal.
TrainingData heaps() {
  TrainingData data;
  Uniforms random(5, Stream::kTest);
  for (Data* part : {&data.train, &data.valid}) {
    part->x = Batch(part == &data.train ? 2000 : 500, 2);
    for (Eigen::Index r = 0; r < part->x.rows(); ++r) {
      const double side = random.next() < 0.5 ? -1.5 : 1.5;
      for (int j = 0; j < 2; ++j)
        part->x(r, j) = static_cast<Real>(side + 0.4 * (random.next() + random.next() + random.next() - 1.5));
    }
    part->c = Batch(part->x.rows(), 0);
  }
  data.columns.resize(2);
  return data;
}

BOOST_AUTO_TEST_CASE(matching_learns_a_density) {
  const TrainingData data = heaps();
  Model model(small(2), 1);
  model.columns = data.columns;
  start_from_data(model, data.train);
  const auto log_prob = [&] {
    Scorer scorer(model, 1);
    std::vector<double> cells(static_cast<std::size_t>(data.valid.x.size())), lp(500);
    for (std::size_t i = 0; i < cells.size(); ++i) cells[i] = static_cast<double>(data.valid.x.data()[i]);
    scorer.log_prob(cells.data(), nullptr, 500, lp.data(), nullptr);
    double sum = 0;
    for (const double one : lp) sum += one / 500;
    return sum;
  };
  const double before = log_prob();
  TrainOptions options;
  options.epochs = 4;
  options.batch = 64;
  options.rate = 1e-2;
  const TrainResult result = match(model, data, options, 0.5, {});
  BOOST_TEST(result.epochs == 4 * kMatchingSteps);
  BOOST_TEST(log_prob() > before + 0.3);
}

// Also where a tile is not full.
BOOST_AUTO_TEST_CASE(times_are_from_everywhere) {
  OneLayer one(1, {{"kind", "continuous"}, {"field", {{"kind", "bilinear"}, {"hidden", 1}, {"time", 0}}}}, 0);
  one.bench.theta.setZero();  // v = 10 (1 + tanh(50 t - 40)): 0 before t = 0.8, 20 after it
  one.at("field.weight.0", 1) = 50;
  one.at("field.bias.0") = -40;
  one.at("field.weight.2") = one.at("field.bias.2") = 10;
  Vector mx;
  const Tile x = random_tile(mx, 1, 4);
  for (const int rows : {kTile, 32, 10}) {
    Pass pass = one.bench.pass();
    pass.rows = rows;
    LogDet loss = LogDet::Zero();
    make_flow_matching(one.bench.flow)->row_losses(pass, in(x), {}, 0, loss);
    const double late = (loss.head(rows) > 100).cast<double>().mean();
    BOOST_TEST(late > 0.25);  // of all times 1 - (1 - t)^1.5, by t: 0.34
    BOOST_TEST(late < 0.45);
  }
}

BOOST_AUTO_TEST_CASE(flows_with_nothing_to_match_are_refused) {
  BOOST_CHECK_THROW(make_flow_matching(Flow(preset_spec("maf", 2, 0, Json::object()))), Error);
  Json twice = small(2);
  twice["layers"].push_back(twice["layers"].back());
  BOOST_TEST(unmatchable(Flow(twice)) != "");
  Json logistic = small(2);
  logistic["base"] = "logistic";
  BOOST_TEST(unmatchable(Flow(logistic)) != "");
  BOOST_TEST(unmatchable(Flow(small(2))) == "");
}

}  // namespace
}  // namespace nf
