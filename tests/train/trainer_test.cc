// What the training loop does to its objective: orders, plateaus, patience, averages and the time limit.
#include <set>

#include "nf/flow/registry.h"
#include "real_test.h"
#include "train_case.h"

namespace nf {
namespace {

BOOST_AUTO_TEST_CASE(orders_are_permutations_that_differ_by_epoch_and_repeat_by_seed) {
  const Flow flow(kShift);
  const Data data = numbered(60);
  const auto orders = [&](std::uint64_t seed) {
    const Scripted objective(flow);
    TrainOptions options = options_of(3, 20);
    options.seed = seed;
    train(objective, flow.init(0), data, data, options, {}, nullptr);
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
  const TrainResult result = train(objective, flow.init(0), data, data, options, hooks, nullptr);
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
    const TrainResult result = train(objective, flow.init(0), data, data, options, {}, nullptr);
    BOOST_TEST((result.theta == objective.seen[result.best_epoch - 1]));
    return result.epochs;
  };
  BOOST_TEST(epochs(1) == 2);
  BOOST_TEST(epochs(3) == 6);
  BOOST_TEST(epochs(0) == 20);
}

// Where the steps' error has grown threefold, to a hundredth of a nat at least, and the epoch is not the best.
BOOST_AUTO_TEST_CASE(training_ends_when_the_density_outgrows_its_steps) {
  const Flow flow(kShift);
  const Data data = numbered(20);
  const auto run = [&](const std::vector<double>& errors) {
    Scripted objective(flow);
    objective.losses = {5, 4, 6, 3, 6, 7, 8};
    objective.errors = errors;
    return train(objective, flow.init(0), data, data, options_of(7, 10), {}, nullptr);
  };
  const TrainResult parted = run({0.001, 0.004, 0.009, 0.05, 0.14, 0.16});
  BOOST_TEST(parted.parted);
  BOOST_TEST(parted.epochs == 6);
  BOOST_TEST(parted.best_epoch == 4);
  BOOST_TEST(run({0.001, 0.004, 0.02}).epochs == 3);
  for (const std::vector<double>& errors : {std::vector<double>{}, {0.001, 0.002, 0.009, 0.001, 0.009}, {0.5}}) {
    BOOST_TEST(!run(errors).parted);
    BOOST_TEST(run(errors).epochs == 7);
  }
}

BOOST_AUTO_TEST_CASE(any_number_is_better_than_none) {
  const Flow flow(kShift);
  Scripted objective(flow);
  objective.losses = {std::numeric_limits<double>::quiet_NaN(), 3, 4};
  const Data data = numbered(20);
  BOOST_TEST(train(objective, flow.init(0), data, data, options_of(3, 10), {}, nullptr).best_epoch == 2);
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
  train(*objective, flow.init(1), data, valid, options, hooks, nullptr);
  const TrainState middle = states[1], whole = states[3];
  train(*objective, flow.init(7), data, valid, options, hooks, &middle);
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
  train(*objective, flow.init(0), data, data, options, hooks, nullptr);
  for (const Slot& slot : flow.params().slots())
    if (slot.name.ends_with(".mean")) BOOST_TEST(last.theta[static_cast<Eigen::Index>(slot.offset)] > 1);
}

BOOST_AUTO_TEST_CASE(objectives_are_told_the_share_of_the_run_that_is_done) {
  const Flow flow(kShift);
  const Scripted objective(flow);
  const Data data = numbered(20);
  train(objective, flow.init(0), data, data, options_of(2, 10), {}, nullptr);
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
  const TrainResult result = train(*objective, flow.init(1), data, valid, options, {}, nullptr);
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
  const TrainResult result = train(*objective, flow.init(1), data, valid, options_of(3, 20), {}, nullptr);
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
      train(*objective, flow.init(1), data, data, options_of(20, 20), {}, nullptr);
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
    result = train(objective, flow.init(0), numbered(rows), numbered(valid_rows), options, hooks, nullptr);
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
  const TrainResult again = train(objective, timed.flow.init(0), numbered(1280), numbered(640), options, {}, nullptr);
  BOOST_TEST((again.theta == timed.result.theta));
}

}  // namespace
}  // namespace nf
