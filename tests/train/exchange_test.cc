// Ranks that share every batch end with the bits of one that does all of it.
#include "nf/core/exchange.h"

#include <barrier>
#include <cstring>
#include <thread>

#include "nf/train/evaluate.h"
#include "real_test.h"
#include "train_case.h"

namespace nf {
namespace {

// Ranks that are threads of this process.
class Ranks {
 public:
  explicit Ranks(int size) : size_(size), floats_(size), doubles_(size), barrier_(size) {}

  // body(rank's exchange) on as many threads; what one throws is lost on it alone.
  template <class Body>
  void run(Body body) {
    std::vector<std::thread> threads;
    for (int rank = 0; rank < size_; ++rank)
      threads.emplace_back([this, rank, &body] {
        Member member(*this, rank);
        body(member);
      });
    for (std::thread& thread : threads) thread.join();
  }

 private:
  class Member final : public Exchange {
   public:
    Member(Ranks& all, int rank) : all_(all), rank_(rank) {}
    int rank() const override { return rank_; }
    int size() const override { return all_.size_; }
    void sum(std::span<float> values) override { all_.sum(all_.floats_, rank_, values); }
    void sum(std::span<double> values) override { all_.sum(all_.doubles_, rank_, values); }

   private:
    Ranks& all_;
    int rank_;
  };

  template <class T>
  void sum(std::vector<std::span<T>>& all, int rank, std::span<T> values) {
    all[rank] = values;
    barrier_.arrive_and_wait();
    std::vector<T> total(values.size()), one(size_);
    for (std::size_t i = 0; i < values.size(); ++i) {
      for (int r = 0; r < size_; ++r) one[r] = all[r][i];
      total[i] = tree_sum(one.data(), size_);
    }
    barrier_.arrive_and_wait();
    std::copy(total.begin(), total.end(), values.begin());
    barrier_.arrive_and_wait();
  }

  int size_;
  std::vector<std::span<float>> floats_;
  std::vector<std::span<double>> doubles_;
  std::barrier<> barrier_;
};

const Json kNormalised = {
    {"dim", 2},
    {"layers",
     {"batch_norm", {{"kind", "autoregressive"}, {"hidden", {8}}, {"activation", "tanh"}}, {{"kind", "elementwise"}}}}};

TrainOptions run_options(int batch) {
  TrainOptions options = options_of(2, batch);
  options.optimizer.clip = 0.5;
  options.optimizer.average = 0.9;
  options.seed = 3;
  return options;
}

// What each rank ends with; arrange(options, hooks, rank) changes what the run is told there.
template <class Arrange>
std::vector<TrainResult> train_on_ranks(int size, const Flow& flow, const Data& data, const Data& valid,
                                        const TrainOptions& options, Arrange arrange) {
  const auto objective = make_forward_kl(flow);
  std::vector<TrainResult> results(size);
  Ranks(size).run([&](Exchange& exchange) {
    TrainOptions own = options;
    TrainHooks hooks;
    hooks.exchange = &exchange;
    arrange(own, hooks, exchange.rank());
    results[exchange.rank()] = train(*objective, flow.init(1), data, valid, own, hooks, nullptr);
  });
  return results;
}

BOOST_AUTO_TEST_CASE(ranks_and_threads_give_the_bits_of_one) {
  const Data data = table(1300, 2, 1), valid = table(300, 2, 2);
  const Flow flow(kNormalised);
  const auto objective = make_forward_kl(flow);
  for (const int batch : {64, 200, 256, 640, 1100}) {
    const TrainOptions options = run_options(batch);
    const TrainResult alone = train(*objective, flow.init(1), data, valid, options, {}, nullptr);
    BOOST_TEST((alone.theta - flow.init(1)).norm() > 0.01);
    for (const int size : {2, 3, 8}) {
      const auto threads = [](TrainOptions& own, TrainHooks&, int rank) { own.threads = rank == 1 ? 2 : 1; };
      for (const TrainResult& result : train_on_ranks(size, flow, data, valid, options, threads)) {
        BOOST_TEST((result.theta == alone.theta), "batch " << batch << ", " << size << " ranks");
        BOOST_TEST(result.loss == alone.loss);
        BOOST_TEST(result.error == alone.error);
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(a_rank_that_wants_to_stop_stops_all) {
  const Data data = table(640, 2, 1);
  const Flow flow(kFlow);
  const auto stop = [](TrainOptions&, TrainHooks& hooks, int rank) {
    hooks.stop = [rank, asked = 0]() mutable { return rank == 1 && ++asked == 3; };
  };
  for (const TrainResult& result : train_on_ranks(2, flow, data, data, options_of(50, 64), stop)) {
    BOOST_TEST(result.interrupted);
    BOOST_TEST(result.steps == 3);
  }
}

BOOST_AUTO_TEST_CASE(the_clock_of_the_first_rank_decides_for_all) {
  const Data data = table(640, 2, 1);
  const Flow flow(kFlow);
  TrainOptions options = options_of(0, 64);
  options.max_seconds = 5;
  const auto clock = [](TrainOptions&, TrainHooks& hooks, int rank) {
    const auto seconds = std::make_shared<double>(0);
    hooks.clock = [seconds] { return *seconds; };
    hooks.stop = [seconds, rank] { return *seconds += rank == 0 ? 0.01 : 0.0, false; };
  };
  const std::vector<TrainResult> results = train_on_ranks(2, flow, data, data, options, clock);
  BOOST_TEST(results[0].steps > 100);
  BOOST_TEST(results[0].steps == results[1].steps);
  BOOST_TEST((results[0].theta == results[1].theta));
}

BOOST_AUTO_TEST_CASE(sums_are_pairwise) {
  const float values[] = {1, 0x1p-24F, 0x1p-24F, 0x1p-24F};
  BOOST_TEST(tree_sum(values, 4) == 1 + 0x1p-23F);  // one after another they would be lost
  BOOST_TEST(tree_sum(values, 2) == 1);
  BOOST_TEST(tree_sum(values, 0) == 0);
  const double strided[] = {1, 9, 2, 9, 3, 9};
  BOOST_TEST(tree_sum(strided, 3, 2) == 6);
}

}  // namespace
}  // namespace nf
