// Weighted rows count like copies, in gradients, steps, epochs and held-out means.
#include <limits>

#include "nf/train/evaluate.h"
#include "real_test.h"
#include "train_case.h"

namespace nf {
namespace {

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
  const TrainResult weighted = train(*objective, start, data, valid, options, {}, nullptr);
  const TrainResult repeated = train(*objective, start, copied, valid, options, {}, nullptr);
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
  train(objective, flow.init(0), data, data, options, hooks, nullptr);
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
  train(objective, flow.init(0), data, data, options_of(1, 1), {}, nullptr);
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
  BOOST_CHECK_THROW(train(objective, flow.init(0), none, some, options_of(1, 4), {}, nullptr), Error);
  BOOST_CHECK_THROW(train(objective, flow.init(0), some, none, options_of(1, 4), {}, nullptr), Error);
}

// Whose loss is what the first column holds.
class FirstColumn final : public FlowObjective {
 public:
  using FlowObjective::FlowObjective;
  double tile(Pass&, TileIn, const LogDet&, const Moment&) const override { return 0; }
  void row_losses(Pass&, TileIn x, const Data&, Eigen::Index, LogDet& loss) const override {
    loss = x.col(0).cast<double>().array();
  }
};

BOOST_AUTO_TEST_CASE(the_held_out_mean_is_weighted_and_its_error_is_that_of_weights) {
  Bench bench(kShift, 0);
  Data data = numbered(4);
  data.weight = {1, 0, 3, 2};
  data.x(1, 0) = std::numeric_limits<Real>::quiet_NaN();
  Pool pool(1);
  std::vector<Stack> stacks(1);
  Alone alone;
  const HeldOut held_out = evaluate(FirstColumn(bench.flow), bench.theta, data, pool, stacks, alone);
  BOOST_TEST(std::abs(held_out.loss - 2) <= 1e-12);                                    // (0 + 3 * 2 + 2 * 3) / 6
  BOOST_TEST(std::abs(held_out.error - std::sqrt(1 * 4 + 0 + 4 * 1.0) / 6) <= 1e-12);  // sum w^2 (l - 2)^2
  // And so is that of maximum likelihood: the identity's loss is x^2 / 2 and a constant.
  const auto objective = make_forward_kl(bench.flow);
  data.x(1, 0) = 1;
  const double constant = 0.5 * std::log(2 * M_PI);
  const double loss = evaluate(*objective, bench.theta, data, pool, stacks, alone).loss;
  BOOST_TEST(std::abs(loss - constant - (3 * 4 + 2 * 9) / 12.0) <= 1e-5);
}

// Doors whose slope differs from row to row: their part is in the mean that is shown and in its error.
BOOST_AUTO_TEST_CASE(what_doors_add_to_each_row_is_part_of_the_held_out_likelihood) {
  Bench bench(kShift, 0);
  Data data = numbered(3);
  data.log_det = {-1, 2, 5};
  data.mean_log_det = 2;
  const auto objective = make_forward_kl(bench.flow);
  Pool pool(1);
  std::vector<Stack> stacks(1);
  Alone alone;
  const HeldOut held_out = evaluate(*objective, bench.theta, data, pool, stacks, alone);
  const double constant = 0.5 * std::log(2 * M_PI);
  const double rows[] = {-1 - 0.0 - constant, 2 - 0.5 - constant, 5 - 2.0 - constant};  // log-densities in data units
  const double mean = (rows[0] + rows[1] + rows[2]) / 3;
  double squares = 0;
  for (const double row : rows) squares += (row - mean) * (row - mean);
  BOOST_TEST(std::abs(objective->shown(held_out.loss, data) - mean) <= 1e-5);
  BOOST_TEST(std::abs(held_out.error - std::sqrt(squares) / 3) <= 1e-5);
}

}  // namespace
}  // namespace nf
