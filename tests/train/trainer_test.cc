// What the training loop does to its objective: weights, orders, plateaus, patience, averages and the time limit.
#include "nf/train/trainer.h"

#include <set>

#include "nf/flow/registry.h"
#include "real_test.h"

namespace nf {
namespace {

Data table(int rows, int dim, std::uint64_t seed) {
  Data data{Batch(rows, dim), Batch(rows, 0), {}};
  Vector memory = Vector::Zero(kTile * dim);
  for (int first = 0; first < rows; first += kTile) {
    Random{seed}.normals(Stream::kTest, static_cast<std::uint64_t>(first), dim, memory.data());
    const Tile tile(memory.data(), kTile, dim);
    for (int r = 0; r < std::min(kTile, rows - first); ++r) data.x.row(first + r) = tile.row(r);
  }
  return data;
}

// Rows 0, 1, 2, ... in the first column.
Data numbered(int rows) {
  Data data{Batch(rows, 1), Batch(rows, 0), {}};
  for (int r = 0; r < rows; ++r) data.x(r, 0) = static_cast<Real>(r);
  return data;
}

// Each row as often as its weight says.
Data copies(const Data& data) {
  std::vector<Eigen::Index> rows;
  for (Eigen::Index r = 0; r < data.rows(); ++r)
    for (int i = 0; i < static_cast<int>(data.weight[r]); ++i) rows.push_back(r);
  Data out{Batch(static_cast<Eigen::Index>(rows.size()), data.x.cols()),
           Batch(static_cast<Eigen::Index>(rows.size()), 0),
           {}};
  for (std::size_t i = 0; i < rows.size(); ++i) out.x.row(static_cast<Eigen::Index>(i)) = data.x.row(rows[i]);
  return out;
}

// Weights 0, 1, 2, 3, 0, ...
Data weighted_table(int rows) {
  Data data = table(rows, 2, 1);
  for (int r = 0; r < rows; ++r) data.weight.push_back(r % 4);
  for (int r = 0; r < rows; r += 4) data.x(r, 0) = std::numeric_limits<Real>::infinity();  // of weight 0
  return data;
}

const Json kFlow = {{"dim", 2}, {"layers", {{{"kind", "autoregressive"}, {"hidden", {8}}, {"activation", "tanh"}}}}};
const Json kShift = {{"dim", 1}, {"layers", {{{"kind", "elementwise"}}}}};

TrainOptions options_of(std::int64_t epochs, int batch) {
  TrainOptions options;
  options.epochs = epochs;
  options.batch = batch;
  options.rate = 1e-2;
  options.warmup = 0;
  options.schedule = ScheduleKind::kConstant;
  return options;
}

// An objective whose rows and values the test decides; its gradient is `slope` times the weight in every number.
class Scripted final : public Objective {
 public:
  explicit Scripted(const Flow& flow) : ranges_(flow.params().ranges(std::size_t{1} << 30)) {}
  double tile(Pass& pass, TileIn x, const LogDet& weight, const Moment& moment) const override {
    seconds += tile_seconds;
    progress.push_back(moment.progress);
    for (int r = 0; r < pass.rows; ++r) rows.push_back(static_cast<int>(x(r, 0))), weights.push_back(weight(r));
    for (const Range& range : ranges_)
      for (std::size_t i = 0; i < range.length; ++i) pass.dtheta[range.offset + i] += static_cast<Real>(weight.sum());
    return weight.sum();
  }
  HeldOut validate(const Vector& theta, const Data&, Pool&, std::vector<Stack>&) const override {
    seconds += validation_seconds;
    seen.push_back(theta);
    const std::size_t at = std::min(seen.size(), losses.size()) - 1;
    return {losses[at], 0.1};
  }
  std::vector<double> losses = {0};
  double tile_seconds = 0, validation_seconds = 0;
  mutable double seconds = 0;
  mutable std::vector<int> rows;
  mutable std::vector<double> weights, progress;
  mutable std::vector<Vector> seen;

 private:
  std::vector<Range> ranges_;
};

BOOST_AUTO_TEST_CASE(the_gradient_of_a_weighted_batch_is_that_of_copied_rows) {
  const Data data = weighted_table(24), copied = copies(data);
  Bench bench(kFlow);
  const auto objective = make_forward_kl(bench.flow);
  const auto gradient = [&](const Data& rows) {
    Vector memory, sum = Vector::Zero(bench.theta.size());
    const Tile x = bench.tile(memory, 2);
    LogDet weight = LogDet::Zero();
    const int n = static_cast<int>(rows.rows());
    for (int r = 0; r < n; ++r) {
      const double w = rows.weight.empty() ? 1 : rows.weight[r];
      weight(r) = w;
      for (int j = 0; j < 2; ++j) const_cast<Tile&>(x)(r, j) = w > 0 ? rows.x(r, j) : Real(0);
    }
    Pass pass = bench.pass(true);
    pass.dtheta = sum.data();
    pass.rows = n;
    objective->tile(pass, in(x), weight, {});
    return sum;
  };
  const Vector weighted = gradient(data), repeated = gradient(copied);
  BOOST_TEST(repeated.norm() > 0.1);
  BOOST_TEST((weighted - repeated).norm() <= tolerance(1e-12, 1e-4) * repeated.norm());
}

BOOST_AUTO_TEST_CASE(a_step_over_a_whole_weighted_table_is_that_over_copies) {
  const Data data = weighted_table(40), copied = copies(data), valid = table(100, 2, 2);
  const Flow flow(kFlow);
  const auto objective = make_forward_kl(flow);
  TrainOptions options = options_of(3, 1000);
  options.rate = 0.1;
  options.optimizer.clip = 0.05;
  const Vector start = flow.init(1);
  const TrainResult weighted = train(flow, start, data, valid, *objective, options, {}, nullptr);
  const TrainResult repeated = train(flow, start, copied, valid, *objective, options, {}, nullptr);
  BOOST_TEST((weighted.theta - start).norm() > 0.01);
  BOOST_TEST((weighted.theta - repeated.theta).norm() <= tolerance(1e-8, 1e-2) * (weighted.theta - start).norm());
  BOOST_TEST(std::abs(weighted.loss - repeated.loss) <= tolerance(1e-8, 1e-3));
}

// The gradient of a batch is divided by the same number in every batch, whatever its rows weigh.
BOOST_AUTO_TEST_CASE(a_batch_of_heavy_rows_pulls_as_much_harder_as_it_weighs) {
  const Flow flow(kShift);
  Scripted objective(flow);
  Data data = numbered(64);
  data.weight.assign(64, 1.0);
  for (std::size_t r = 0; r < 24; ++r) data.weight[r] = 1.5;
  TrainOptions options = options_of(1, 8);
  options.optimizer.beta1 = 0;  // m is the last gradient
  TrainHooks hooks;
  TrainState last;
  hooks.checkpoint = [&](const TrainState& state) { last = state; };
  train(flow, flow.init(0), data, data, objective, options, hooks, nullptr);
  const std::size_t n = objective.weights.size();
  double of_batch = 0;
  for (std::size_t i = n - 8; i < n; ++i) of_batch += objective.weights[i];
  const std::size_t at = flow.params().ranges(std::size_t{1} << 30)[0].offset;
  const double mean = of_batch / (8 * 1.1875);
  BOOST_TEST(std::abs(mean - 1) > 0.01);  // a batch that is not the mean
  BOOST_TEST(std::abs(last.m[static_cast<Eigen::Index>(at)] - mean) <= 1e-5);
}

// A row that weighs much comes several times an epoch, each with its part; one without weight never.
BOOST_AUTO_TEST_CASE(an_epoch_visits_each_row_with_all_of_its_weight) {
  const Flow flow(kShift);
  Scripted objective(flow);
  Data data = numbered(30);
  data.weight.assign(30, 1.0);
  data.weight[3] = 50;
  data.weight[4] = 0;
  train(flow, flow.init(0), data, data, objective, options_of(1, 1), {}, nullptr);
  std::vector<double> total(30, 0.0);
  double most = 0;
  for (std::size_t i = 0; i < objective.rows.size(); ++i) {
    total[objective.rows[i]] += objective.weights[i];
    most = std::max(most, objective.weights[i]);
  }
  for (std::size_t r = 0; r < 30; ++r) BOOST_TEST(std::abs(total[r] - data.weight[r]) <= 1e-9);
  BOOST_TEST(most <= 2 * 78.0 / 29);
}

BOOST_AUTO_TEST_CASE(tables_without_weight_are_refused) {
  const Flow flow(kShift);
  const Scripted objective(flow);
  Data none = numbered(10);
  const Data some = none;
  none.weight.assign(10, 0.0);
  BOOST_CHECK_THROW(train(flow, flow.init(0), none, some, objective, options_of(1, 4), {}, nullptr), Error);
  BOOST_CHECK_THROW(train(flow, flow.init(0), some, none, objective, options_of(1, 4), {}, nullptr), Error);
}

BOOST_AUTO_TEST_CASE(the_held_out_mean_is_weighted_and_its_error_is_that_of_weights) {
  Bench bench(kShift, 0);
  Data data = numbered(4);
  data.weight = {1, 0, 3, 2};
  data.x(1, 0) = std::numeric_limits<Real>::quiet_NaN();
  Pool pool(1);
  std::vector<Stack> stacks(1);
  const HeldOut held_out =
      evaluate_rows(bench.flow, bench.theta, data, pool, stacks,
                    [](Pass&, TileIn x, std::uint64_t, LogDet& l) { l = x.col(0).cast<double>().array(); });
  BOOST_TEST(std::abs(held_out.loss - 2) <= 1e-12);                                    // (0 + 3 * 2 + 2 * 3) / 6
  BOOST_TEST(std::abs(held_out.error - std::sqrt(1 * 4 + 0 + 4 * 1.0) / 6) <= 1e-12);  // sum w^2 (l - 2)^2
  // And so is that of maximum likelihood: the identity's loss is x^2 / 2 and a constant.
  const auto objective = make_forward_kl(bench.flow);
  data.x(1, 0) = 1;
  const double constant = 0.5 * std::log(2 * M_PI);
  BOOST_TEST(std::abs(objective->validate(bench.theta, data, pool, stacks).loss - constant - (3 * 4 + 2 * 9) / 12.0) <=
             1e-5);
}

BOOST_AUTO_TEST_CASE(orders_are_permutations_that_differ_by_epoch_and_repeat_by_seed) {
  const Flow flow(kShift);
  const Data data = numbered(60);
  const auto orders = [&](std::uint64_t seed) {
    const Scripted objective(flow);
    TrainOptions options = options_of(3, 20);
    options.seed = seed;
    train(flow, flow.init(0), data, data, objective, options, {}, nullptr);
    std::vector<std::vector<int>> epochs;
    for (std::size_t e = 0; e < 3; ++e)
      epochs.emplace_back(objective.rows.begin() + static_cast<std::ptrdiff_t>(60 * e),
                          objective.rows.begin() + static_cast<std::ptrdiff_t>(60 * (e + 1)));
    return epochs;
  };
  const auto first = orders(1);
  for (const auto& epoch : first) BOOST_TEST(std::set<int>(epoch.begin(), epoch.end()).size() == 60u);
  BOOST_TEST((first[0] != first[1] && first[1] != first[2] && first[0] != first[2]));
  BOOST_TEST((first == orders(1)));
  BOOST_TEST((first[0] != orders(2)[0]));
}

BOOST_AUTO_TEST_CASE(a_plateau_goes_back_to_the_best_and_lowers_the_rate) {
  const Flow flow(kShift);
  Scripted objective(flow);
  objective.losses = {5, 3, 4, 4, 4};  // the second is the best
  TrainOptions options = options_of(5, 10);
  options.schedule = ScheduleKind::kPlateau;
  options.plateau_patience = 2;
  options.steps = 1000;  // far from the last fifth
  TrainHooks hooks;
  std::vector<TrainState> states;
  hooks.checkpoint = [&](const TrainState& state) { states.push_back(state); };
  const Data data = numbered(20);
  const TrainResult result = train(flow, flow.init(0), data, data, objective, options, hooks, nullptr);
  BOOST_TEST(result.best_epoch == 2);
  BOOST_TEST((result.theta == objective.seen[1]));
  BOOST_TEST((states[2].theta != objective.seen[1]));
  BOOST_TEST((states[3].theta == objective.seen[1]));  // two epochs without a better one
  BOOST_TEST(states[2].plateau_factor == 1);
  BOOST_TEST(states[3].plateau_factor == 0.5);
}

BOOST_AUTO_TEST_CASE(patience_counts_epochs_since_the_best) {
  const Flow flow(kShift);
  const Data data = numbered(20);
  const auto epochs = [&](int patience) {
    Scripted objective(flow);
    objective.losses = {5, 6, 4, 4.5, 4.2, 4.1, 4};
    TrainOptions options = options_of(20, 10);
    options.patience = patience;
    const TrainResult result = train(flow, flow.init(0), data, data, objective, options, {}, nullptr);
    BOOST_TEST((result.theta == objective.seen[result.best_epoch - 1]));
    return result.epochs;
  };
  BOOST_TEST(epochs(1) == 2);
  BOOST_TEST(epochs(3) == 6);
  BOOST_TEST(epochs(0) == 20);
}

BOOST_AUTO_TEST_CASE(any_number_is_better_than_none) {
  const Flow flow(kShift);
  Scripted objective(flow);
  objective.losses = {std::numeric_limits<double>::quiet_NaN(), 3, 4};
  const Data data = numbered(20);
  BOOST_TEST(train(flow, flow.init(0), data, data, objective, options_of(3, 10), {}, nullptr).best_epoch == 2);
}

BOOST_AUTO_TEST_CASE(a_resumed_run_goes_on_with_the_optimisers_state) {
  const Flow flow(kFlow);
  const Data data = table(200, 2, 1), valid = table(50, 2, 2);
  const auto objective = make_forward_kl(flow);
  TrainOptions options = options_of(4, 20);
  options.optimizer.average = 0.9;
  std::vector<TrainState> states;
  TrainHooks hooks;
  hooks.checkpoint = [&](const TrainState& state) { states.push_back(state); };
  train(flow, flow.init(1), data, valid, *objective, options, hooks, nullptr);
  const TrainState middle = states[1], whole = states[3];
  train(flow, flow.init(7), data, valid, *objective, options, hooks, &middle);
  BOOST_TEST((states.back().epoch == 4 && middle.epoch == 2));
  BOOST_TEST((states.back().theta == whole.theta && middle.theta != whole.theta));
  BOOST_TEST((states.back().v == whole.v && states.back().averaged == whole.averaged));
}

BOOST_AUTO_TEST_CASE(batch_norm_follows_its_batches) {
  const Flow flow({{"dim", 1}, {"layers", {{{"kind", "batch_norm"}}}}});
  Data data = table(400, 1, 1);
  data.x.array() += Real(5);
  const auto objective = make_forward_kl(flow);
  TrainOptions options = options_of(5, 40);
  options.rate = 1e-6;
  TrainState last;
  TrainHooks hooks;
  hooks.checkpoint = [&](const TrainState& state) { last = state; };
  train(flow, flow.init(0), data, data, *objective, options, hooks, nullptr);
  for (const Slot& slot : flow.params().slots())
    if (slot.name.ends_with(".mean")) BOOST_TEST(last.theta[static_cast<Eigen::Index>(slot.offset)] > 1);
}

BOOST_AUTO_TEST_CASE(objectives_are_told_the_share_of_the_run_that_is_done) {
  const Flow flow(kShift);
  const Scripted objective(flow);
  const Data data = numbered(20);
  train(flow, flow.init(0), data, data, objective, options_of(2, 10), {}, nullptr);
  BOOST_TEST(objective.progress == (std::vector<double>{0, 0.25, 0.5, 0.75}), boost::test_tools::per_element());
}

// Statistics belong to the weights that they were taken with.
BOOST_AUTO_TEST_CASE(averaged_weights_get_the_batch_norm_of_their_own) {
  const Flow flow(preset_spec("maf", 2, 0, {{"hidden", {8}}, {"normalise", "batch_norm"}, {"layers", 2}}));
  const Data data = table(600, 2, 1), valid = table(200, 2, 2);
  TrainOptions options = options_of(2, 100);
  options.rate = 0.05;
  options.optimizer.average = 0.9;
  const auto objective = make_forward_kl(flow);
  const TrainResult result = train(flow, flow.init(1), data, valid, *objective, options, {}, nullptr);
  Vector estimated = result.theta;
  flow.init_data(estimated, data.x, data.c, true);
  BOOST_TEST((result.theta - estimated).norm() <= tolerance(1e-10, 1e-4));
}

BOOST_AUTO_TEST_CASE(a_context_without_a_number_costs_its_batch_and_is_counted) {
  const Flow flow(preset_spec("maf", 2, 1, {{"hidden", {8}}, {"layers", 1}, {"activation", "relu"}}));
  Data data = table(80, 2, 1), valid = table(20, 2, 2);
  data.c = Batch::Zero(80, 1);
  valid.c = Batch::Zero(20, 1);
  data.c(7, 0) = std::numeric_limits<Real>::quiet_NaN();
  const auto objective = make_forward_kl(flow);
  const TrainResult result = train(flow, flow.init(1), data, valid, *objective, options_of(3, 20), {}, nullptr);
  BOOST_TEST(result.skipped == 3);  // once an epoch
  BOOST_TEST(result.theta.allFinite());
}

BOOST_AUTO_TEST_CASE(a_base_that_rows_fall_out_of_is_named) {
  const auto message = [](const Json& base) {
    Json spec = kFlow;
    spec["base"] = base;
    const Flow flow(spec);
    const auto objective = make_forward_kl(flow);
    Data data = table(400, 2, 1);
    if (base == "normal") data.x.setConstant(std::numeric_limits<Real>::quiet_NaN());
    try {
      train(flow, flow.init(1), data, data, *objective, options_of(20, 20), {}, nullptr);
    } catch (const Error& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  const std::string uniform = message("uniform"), normal = message("normal");
  BOOST_TEST(uniform.find("uniform") != std::string::npos, uniform);
  BOOST_TEST(uniform.find("learning rate") == std::string::npos, uniform);
  BOOST_TEST(normal.find("learning rate") != std::string::npos, normal);
}

// A clock that only the objective moves.
struct Timed {
  Timed(double start_up, double tile_seconds, double validation_seconds, double limit, int rows = 1280,
        int valid_rows = 640, std::int64_t warmup = 100)
      : flow(kShift), objective(flow) {
    objective.tile_seconds = tile_seconds;
    objective.validation_seconds = validation_seconds;
    TrainOptions options = options_of(0, 64);
    options.max_seconds = limit;
    options.warmup = warmup;
    TrainHooks hooks;
    hooks.clock = [&] { return start_up + objective.seconds; };
    result = train(flow, flow.init(0), numbered(rows), numbered(valid_rows), objective, options, hooks, nullptr);
    seconds = start_up + objective.seconds;
  }
  Flow flow;
  Scripted objective;
  TrainResult result;
  double seconds = 0;
};

BOOST_AUTO_TEST_CASE(a_time_limit_counts_the_start_slow_steps_and_validations) {
  const auto kept = [](const Timed& timed, double limit) {
    BOOST_TEST(timed.seconds <= 1.1 * limit, timed.seconds << " of " << limit);
    BOOST_TEST(timed.seconds >= 0.7 * limit, timed.seconds << " of " << limit);
    BOOST_TEST(timed.result.seconds == timed.seconds);
    BOOST_TEST(std::isfinite(timed.result.loss));
  };
  kept(Timed(0, 0.01, 0.05, 20), 20);
  kept(Timed(12, 0.01, 0.05, 20), 20);  // most of it went into reading
  kept(Timed(0, 1.5, 3, 20), 20);       // the limit comes before the warm-up ends
  kept(Timed(0, 0.01, 5, 60), 60);      // validations outweigh steps
  kept(Timed(0, 0.5, 4, 60, 128), 60);  // and come after every second one
}

BOOST_AUTO_TEST_CASE(a_run_without_time_ends_at_once) {
  const Timed late(30, 1, 3, 20);
  BOOST_TEST(late.result.steps == 0);
  BOOST_TEST(late.seconds == 30);
  BOOST_TEST(std::isnan(late.result.loss));
  BOOST_TEST((late.result.theta == late.flow.init(0)));
  // A step that takes longer than all the time is given up, not waited for.
  Timed slow(19, 1, 3, 20);
  BOOST_TEST(slow.seconds <= 22);
}

BOOST_AUTO_TEST_CASE(the_steps_of_a_time_limit_can_be_repeated) {
  const Timed timed(1, 0.01, 0.05, 20);
  BOOST_TEST(timed.result.budget > 0);
  TrainOptions options = options_of(0, 64);
  options.steps = timed.result.steps;
  options.warmup = 100;
  const Scripted objective(timed.flow);
  const TrainResult again =
      train(timed.flow, timed.flow.init(0), numbered(1280), numbered(640), objective, options, {}, nullptr);
  BOOST_TEST((again.theta == timed.result.theta));
}

}  // namespace
}  // namespace nf
