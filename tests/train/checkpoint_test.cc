// Checkpoints keep every bit; those that no run can have written are refused.
#include "nf/train/checkpoint.h"

#include <limits>

#include "nf/core/error.h"
#include "real_test.h"

namespace nf {
namespace {

Checkpoint of_a_run() {
  TrainState s;
  s.epoch = 3, s.step = 30, s.budget = 100, s.skipped = 1;
  s.best_epoch = 2, s.since_best = 1, s.since_lowered = 1, s.adam_steps = 29;
  s.seconds = 0.1, s.plateau_factor = 0.5, s.best_loss = -1.0 / 3, s.best_error = 0.25;
  for (Vector* vector : {&s.theta, &s.m, &s.v, &s.averaged, &s.best})
    *vector = Vector::Constant(4, Real(vector == &s.v ? 0.3 : -0.7));
  return {{{"seed", 1}}, s};
}

Checkpoint parsed(const Checkpoint& checkpoint) {
  const std::string file = serialise(checkpoint);
  return parse_checkpoint(std::as_bytes(std::span(file)));
}

BOOST_AUTO_TEST_CASE(a_checkpoint_comes_back_with_its_bits) {
  const Checkpoint given = of_a_run(), back = parsed(given);
  BOOST_TEST(back.run == given.run);
  const TrainState &a = given.state, &b = back.state;
  BOOST_TEST((a.epoch == b.epoch && a.step == b.step && a.budget == b.budget && a.skipped == b.skipped));
  BOOST_TEST((a.best_epoch == b.best_epoch && a.since_best == b.since_best && a.since_lowered == b.since_lowered));
  BOOST_TEST((a.adam_steps == b.adam_steps && a.seconds == b.seconds && a.plateau_factor == b.plateau_factor));
  BOOST_TEST((a.best_loss == b.best_loss && a.best_error == b.best_error));
  BOOST_TEST((a.theta == b.theta && a.m == b.m && a.v == b.v && a.averaged == b.averaged && a.best == b.best));
}

BOOST_AUTO_TEST_CASE(a_run_without_a_best_epoch_can_be_saved) {
  Checkpoint early = of_a_run();
  early.state.best_epoch = early.state.since_best = 0;
  early.state.best_loss = std::numeric_limits<double>::infinity();
  early.state.best_error = std::numeric_limits<double>::quiet_NaN();
  early.state.averaged = Vector();
  BOOST_TEST(parsed(early).state.best_loss == std::numeric_limits<double>::infinity());
  BOOST_TEST(parsed(early).state.averaged.size() == 0);
}

BOOST_AUTO_TEST_CASE(numbers_that_make_no_sense_are_refused) {
  const auto refused = [](auto change) {
    Checkpoint wrong = of_a_run();
    change(wrong.state);
    try {
      parsed(wrong);
    } catch (const Error& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  constexpr std::int64_t kHuge = std::numeric_limits<std::int64_t>::max();
  const auto nonsense = [](const std::string& name) { return "its '" + name + "' makes no sense"; };
  BOOST_TEST(refused([](TrainState& s) { s.epoch = -1; }) == nonsense("epoch"));
  BOOST_TEST(refused([](TrainState& s) { s.epoch = 31; }) == nonsense("epoch"));  // of 30 steps
  BOOST_TEST(refused([](TrainState& s) { s.step = kHuge; }) == nonsense("step"));
  BOOST_TEST(refused([](TrainState& s) { s.budget = -5; }) == nonsense("budget"));
  BOOST_TEST(refused([](TrainState& s) { s.skipped = 31; }) == nonsense("skipped"));
  BOOST_TEST(refused([](TrainState& s) { s.best_epoch = 4; }) == nonsense("best_epoch"));
  BOOST_TEST(refused([](TrainState& s) { s.since_best = 4; }) == nonsense("since_best"));
  BOOST_TEST(refused([](TrainState& s) { s.since_lowered = -1; }) == nonsense("since_lowered"));
  BOOST_TEST(refused([](TrainState& s) { s.adam_steps = 31; }) == nonsense("adam_steps"));
  BOOST_TEST(refused([](TrainState& s) { s.seconds = -1; }) == nonsense("seconds"));
  BOOST_TEST(refused([](TrainState& s) { s.plateau_factor = 0; }) == nonsense("plateau_factor"));
  BOOST_TEST(refused([](TrainState& s) { s.plateau_factor = 2; }) == nonsense("plateau_factor"));
  BOOST_TEST(refused([](TrainState& s) { s.best_error = -1; }) == nonsense("best_error"));
  BOOST_TEST(refused([](TrainState& s) { s.v[2] = Real(-1e-9); }) == nonsense("v"));
  BOOST_TEST(refused([](TrainState& s) { s.theta[1] = Real(NAN); }) == "tensor 'theta' holds nan, which is not finite");
  BOOST_TEST(refused([](TrainState&) {}) == "");
}

}  // namespace
}  // namespace nf
