// Training finds what is known: Gaussians, and the same bits again.
#include "nf/train/distill.h"
#include "nf/train/trainer.h"

#include <boost/test/unit_test.hpp>
#include <cmath>

#include "nf/flow/registry.h"

namespace nf {
namespace {

// n rows of a correlated Gaussian in standard units: x1 = rho x0 + sqrt(1 - rho^2) e.
Data gaussian(int rows, int dim, double rho, std::uint64_t seed) {
  Data data{Batch(rows, dim), Batch(rows, 0), {}};
  Vector memory = Vector::Zero(kTile * dim);
  for (int first = 0; first < rows; first += kTile) {
    Random{seed}.normals(Stream::kTest, static_cast<std::uint64_t>(first), dim, memory.data());
    const Tile tile(memory.data(), kTile, dim);
    for (int r = 0; r < std::min(kTile, rows - first); ++r) {
      data.x.row(first + r) = tile.row(r);
      if (dim > 1) data.x(first + r, 1) = static_cast<Real>(rho * tile(r, 0) + std::sqrt(1 - rho * rho) * tile(r, 1));
    }
  }
  return data;
}

struct Run {
  Run(const Json& spec, const Data& data, const Data& valid, TrainOptions options, const TrainState* resume = nullptr)
      : flow(spec), objective(make_forward_kl(flow)) {
    hooks.checkpoint = [this](const TrainState& state) { states.push_back(state); };
    result = train(*objective, flow.init(0), data, valid, options, hooks, resume);
  }
  Flow flow;
  std::unique_ptr<Objective> objective;
  TrainHooks hooks;
  std::vector<TrainState> states;
  TrainResult result;
};

TrainOptions steps(std::int64_t n) {
  TrainOptions options;
  options.steps = n;
  options.rate = 1e-2;
  options.warmup = 10;
  return options;
}

const Json kLinear = {{"dim", 2}, {"layers", {{{"kind", "autoregressive"}, {"hidden", Json::array()}, {"clip", 100}}}}};

BOOST_AUTO_TEST_CASE(a_correlated_gaussian_is_recovered_to_within_sampling_error) {
  const double rho = 0.8;
  const int n = 20000;
  const Data data = gaussian(n, 2, rho, 1), valid = gaussian(4000, 2, rho, 2);
  const Run run(kLinear, data, valid, steps(3000));
  // The held-out log-likelihood is that of the truth: -h = -ln(2 pi e) - ln(1 - rho^2) / 2, up to the sample's noise.
  const double truth = -std::log(2 * M_PI * M_E) - 0.5 * std::log(1 - rho * rho);
  BOOST_TEST(std::abs(run.objective->shown(run.result.loss, {}) - truth) <= 4 * run.result.error);
  // And the map is the truth's: z1 = (x1 - rho x0) / sqrt(1 - rho^2).
  Stack scratch;
  Pass pass{.theta = run.result.theta.data(), .scratch = &scratch};
  Vector mx = Vector::Zero(2 * kTile), mz = mx;
  Tile x(mx.data(), kTile, 2), z(mz.data(), kTile, 2);
  x(0, 0) = 1;
  x(0, 1) = Real(0.5);
  LogDet ld = LogDet::Zero();
  run.flow.encode(pass, in(x), z, ld);
  const double sampling = 5 / std::sqrt(static_cast<double>(n)) / std::sqrt(1 - rho * rho);
  BOOST_TEST(std::abs(z(0, 0) - 1) <= 2 * sampling);
  BOOST_TEST(std::abs(z(0, 1) - (0.5 - rho) / std::sqrt(1 - rho * rho)) <= 2 * sampling);
  BOOST_TEST(std::abs(ld(0) + 0.5 * std::log(1 - rho * rho)) <= 2 * sampling);
}

BOOST_AUTO_TEST_CASE(a_shifted_and_scaled_gaussian_in_one_dimension_is_recovered) {
  Data data = gaussian(20000, 1, 0, 3), valid = gaussian(4000, 1, 0, 4);
  data.x = ((data.x.array() * Real(0.5)) + Real(2)).matrix();
  valid.x = ((valid.x.array() * Real(0.5)) + Real(2)).matrix();
  const Run run({{"dim", 1}, {"layers", {{{"kind", "elementwise"}}}}}, data, valid, steps(3000));
  const double truth = -0.5 * std::log(2 * M_PI * M_E) - std::log(0.5);
  BOOST_TEST(std::abs(run.objective->shown(run.result.loss, {}) - truth) <= 4 * run.result.error);
}

BOOST_AUTO_TEST_CASE(the_same_seed_gives_the_same_bits_on_any_number_of_threads) {
  const Data data = gaussian(3000, 2, 0.5, 1), valid = gaussian(500, 2, 0.5, 2);
  for (const char* normalise : {"none", "batch_norm"}) {
    const Json spec = preset_spec("maf", 2, 0, {{"hidden", {20, 20}}, {"normalise", normalise}});
    TrainOptions options = steps(60);
    options.batch = 400;
    options.optimizer.average = 0.99;
    options.optimizer.clip = 1;
    const Run one(spec, data, valid, options);
    options.threads = 4;
    const Run four(spec, data, valid, options);
    BOOST_TEST((one.result.theta == four.result.theta));
    options.seed = 1;
    const Run other(spec, data, valid, options);
    BOOST_TEST((one.result.theta != other.result.theta));
  }
}

BOOST_AUTO_TEST_CASE(a_resumed_run_ends_with_the_bits_of_an_uninterrupted_one) {
  const Data data = gaussian(2000, 2, 0.5, 1), valid = gaussian(500, 2, 0.5, 2);
  for (const ScheduleKind schedule : {ScheduleKind::kCosine, ScheduleKind::kPlateau}) {
    TrainOptions options = steps(80);
    options.schedule = schedule;
    options.plateau_patience = 1;
    options.optimizer.average = 0.9;
    const Json spec = preset_spec("realnvp", 2, 0, {{"hidden", {12}}, {"layers", 2}});
    const Run whole(spec, data, valid, options);
    const TrainState half = whole.states[whole.states.size() / 2];
    const Run resumed(spec, data, valid, options, &half);
    BOOST_TEST((whole.result.theta == resumed.result.theta));
    BOOST_TEST(whole.result.best_epoch == resumed.result.best_epoch);
  }
}

BOOST_AUTO_TEST_CASE(row_weights_count_like_repeated_rows) {
  // A weight of 0 removes rows from the mean: shifted rows with weight 0 leave no trace.
  Data data = gaussian(8000, 1, 0, 3);
  const Data valid = gaussian(4000, 1, 0, 4);
  data.weight.assign(8000, 1.0);
  for (int r = 0; r < 4000; ++r) {
    data.x(2 * r, 0) = 5;
    data.weight[2 * r] = 0;
  }
  const Run run({{"dim", 1}, {"layers", {{{"kind", "elementwise"}}}}}, data, valid, steps(1500));
  BOOST_TEST(std::abs(run.objective->shown(run.result.loss, {}) + 0.5 * std::log(2 * M_PI * M_E)) <=
             4 * run.result.error);
}

BOOST_AUTO_TEST_CASE(a_batch_without_a_finite_loss_is_skipped_and_counted) {
  Data data = gaussian(1280, 2, 0.5, 1);
  const Data valid = gaussian(500, 2, 0.5, 2);
  data.x(7, 0) = std::numeric_limits<Real>::infinity();
  TrainOptions options = steps(50);
  options.batch = 128;
  const Run run(kLinear, data, valid, options);
  BOOST_TEST(run.result.skipped == 5);  // the row comes once an epoch of ten steps
  BOOST_TEST(run.result.theta.allFinite());
}

BOOST_AUTO_TEST_CASE(training_that_never_gets_a_finite_loss_ends_with_an_error) {
  Data data = gaussian(1280, 2, 0.5, 1);
  const Data valid = gaussian(500, 2, 0.5, 2);
  data.x.col(0).setConstant(std::numeric_limits<Real>::infinity());
  BOOST_CHECK_THROW(Run(kLinear, data, valid, steps(50)), Error);
}

BOOST_AUTO_TEST_CASE(schedules_start_with_the_warm_up_and_end_at_zero) {
  using enum ScheduleKind;
  BOOST_TEST(learning_rate(kConstant, 2, 500, 100, 1000, 1) == 2);
  for (const ScheduleKind kind : {kConstant, kCosine, kPlateau}) {
    BOOST_TEST(learning_rate(kind, 2, 0, 100, 1000, 1) == 0.02);
    // Within the warm-up no budget is needed: any budget gives the same rate.
    BOOST_TEST(learning_rate(kind, 2, 50, 100, 1000, 1) == learning_rate(kind, 2, 50, 100, INT64_MAX, 1));
  }
  BOOST_TEST(learning_rate(kCosine, 2, 550, 100, 1000, 1) == 1, boost::test_tools::tolerance(1e-12));
  BOOST_TEST(learning_rate(kCosine, 2, 1000, 100, 1000, 1) == 0);
  BOOST_TEST(learning_rate(kOneCycle, 2, 0, 0, 1000, 1) == 2.0 / 25, boost::test_tools::tolerance(1e-12));
  BOOST_TEST(learning_rate(kOneCycle, 2, 370, 100, 1000, 1) == 2, boost::test_tools::tolerance(1e-12));
  BOOST_TEST(learning_rate(kOneCycle, 2, 1000, 100, 1000, 1) == 2e-4, boost::test_tools::tolerance(1e-9));
  BOOST_TEST(learning_rate(kPlateau, 2, 600, 100, 1000, 0.5) == 1);
  BOOST_TEST(learning_rate(kPlateau, 2, 1000, 100, 1000, 0.5) == 0);
}

BOOST_AUTO_TEST_CASE(a_student_learns_its_teacher) {
  const Data data = gaussian(5000, 2, 0.8, 1), valid = gaussian(2000, 2, 0.8, 2);
  const Run teacher(preset_spec("maf", 2, 0, {{"hidden", {16, 16}}, {"layers", 2}}), data, valid, steps(400));
  Json spec = teacher.flow.spec();
  for (Json& layer : spec["layers"]) {
    layer["inverse"] = true;
    layer["transformer"]["inverse"] = true;
  }
  const Flow student(spec);
  const auto objective = make_distill(student, teacher.flow, teacher.result.theta, 0);
  TrainOptions options = steps(1500);
  const TrainResult result = train(*objective, student.init(5), data, valid, options, {}, nullptr);
  BOOST_TEST(result.loss <= 0.01);  // nats; an identity student has 0.5
}

}  // namespace
}  // namespace nf
