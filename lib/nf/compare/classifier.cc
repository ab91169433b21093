#include "nf/compare/classifier.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "nf/compare/auc.h"
#include "nf/compare/labelled.h"
#include "nf/core/random.h"
#include "nf/nets/mlp.h"
#include "nf/optim/optimizer.h"
#include "nf/optim/schedule.h"

namespace nf::compare {
namespace {

constexpr double kKeep = 0.99;  // a step, of the averaged weights
// Two folds meet twice, once each as the one learned from, and where there is little to learn both meetings give the
// same result: the variance is twice that of independent rows. (Measured on 40 pairs of equal tables: 2.02 times.)
constexpr double kMetTwice = 2;

double log_loss(double logit, bool second) {
  const double against = second ? -logit : logit;
  return against > 0 ? against + std::log1p(std::exp(-against)) : std::log1p(std::exp(against));
}

void shuffle(std::vector<std::size_t>& rows, std::uint64_t seed) {
  Uniforms random(seed, Stream::kShuffle);
  nf::shuffle(rows, random);
}

// One network, from its first weights to the logits of its fold's rows. Works in the calling thread.
class Member {
 public:
  Member(const Labelled& data, const ClassifierOptions& options, int fold, std::uint64_t seed)
      : data_(data),
        options_(options),
        seed_(seed),
        train_(rows_of(fold, false)),
        test_(rows_of(fold, true)),
        inputs_(network_inputs(data, train_)),
        mlp_({.inputs = 2 * data.columns, .outputs = 1, .hidden = options.hidden, .row_len = {}}, params_,
             "classifier"),
        pool_(1),
        optimizer_(params_, {.weight_decay = options.weight_decay, .average = kKeep}),
        theta_(Vector::Zero(static_cast<Eigen::Index>(params_.size()))),
        gradient_(theta_) {
    Uniforms random(seed, Stream::kInit);
    mlp_.init(theta_.data(), random, Vector::Zero(1));
    shuffle(train_, seed);
    const std::size_t aside = train_.size() / 10;
    valid_.assign(train_.end() - static_cast<std::ptrdiff_t>(aside), train_.end());
    train_.resize(train_.size() - aside);
    const auto second = static_cast<double>(
        std::count_if(train_.begin(), train_.end(), [&](std::size_t row) { return data_.is_second(row); }));
    const auto all = static_cast<double>(train_.size());
    weight_[0] = all / (2 * (all - second));
    weight_[1] = all / (2 * second);
  }

  const std::vector<std::size_t>& test() const { return test_; }

  std::vector<double> run() {
    const auto batch = std::min(static_cast<std::size_t>(options_.batch), train_.size());
    const std::size_t steps = train_.size() / batch;
    const auto wanted =
        std::max<std::int64_t>(options_.epochs * static_cast<std::int64_t>(steps), options_.least_steps);
    const auto epochs = (wanted + static_cast<std::int64_t>(steps) - 1) / static_cast<std::int64_t>(steps);
    const std::int64_t budget = epochs * static_cast<std::int64_t>(steps);
    Vector best;
    double least = 0;
    for (std::int64_t epoch = 0, step = 0; epoch < epochs; ++epoch) {
      shuffle(train_, seed_of_part(seed_, static_cast<std::uint64_t>(epoch)));
      for (std::size_t i = 0; i < steps; ++i, ++step)
        learn(i * batch, batch,
              learning_rate(ScheduleKind::kCosine, options_.rate, step, std::min<std::int64_t>(100, budget / 10),
                            budget, 1));
      const double loss = validation_loss();
      if (best.size() > 0 && !(loss < least)) continue;
      best = optimizer_.averaged;
      least = loss;
    }
    return logits(best, test_);
  }

 private:
  std::vector<std::size_t> rows_of(int fold, bool inside) const {
    std::vector<std::size_t> rows;
    for (std::size_t i = 0; i < data_.size(); ++i)
      if ((data_.fold[i] == fold) == inside) rows.push_back(i);
    return rows;
  }

  // Rows first .. of `rows`, at most a tile; the last one is repeated.
  void fill(Real* x, const std::vector<std::size_t>& rows, std::size_t first) const {
    const std::size_t width = 2 * static_cast<std::size_t>(data_.columns);
    for (std::size_t r = 0; r < kTile; ++r) {
      const float* row = inputs_.data() + rows[std::min(first + r, rows.size() - 1)] * width;
      for (std::size_t c = 0; c < width; ++c) x[kTile * c + r] = row[c];
    }
  }

  void learn(std::size_t first, std::size_t batch, double rate) {
    gradient_.setZero();
    double weight = 0;
    for (std::size_t at = first; at < first + batch; at += kTile)
      weight += learn_tile(at, std::min<std::size_t>(kTile, first + batch - at));
    optimizer_.step(pool_, {gradient_.data()}, weight, rate, theta_);
  }

  double learn_tile(std::size_t first, std::size_t rows) {
    Scratch scratch(stack_);
    Real* const x = scratch.get(2 * data_.columns);
    Real* const memory = scratch.get(mlp_.columns());
    Real* const out = scratch.get(1);
    Real* const dout = scratch.get(1);
    fill(x, train_, first);
    mlp_.forward(theta_.data(), x, memory, out);
    double sum = 0;
    for (std::size_t r = 0; r < kTile; ++r) {
      const bool second = r < rows && data_.is_second(train_[first + r]);
      const double weight = r < rows ? weight_[second] : 0;
      dout[r] = static_cast<Real>(weight * (1 / (1 + std::exp(-static_cast<double>(out[r]))) - second));
      sum += weight;
    }
    Pass pass{.theta = theta_.data(), .dtheta = gradient_.data(), .scratch = &stack_};
    mlp_.backward(pass, x, memory, dout, nullptr);
    return sum;
  }

  std::vector<double> logits(const Vector& theta, const std::vector<std::size_t>& rows) {
    Scratch scratch(stack_);
    Real* const x = scratch.get(2 * data_.columns);
    Real* const memory = scratch.get(mlp_.columns());
    Real* const out = scratch.get(1);
    std::vector<double> all;
    for (std::size_t first = 0; first < rows.size(); first += kTile) {
      fill(x, rows, first);
      mlp_.forward(theta.data(), x, memory, out);
      all.insert(all.end(), out, out + std::min<std::size_t>(kTile, rows.size() - first));
    }
    return all;
  }

  double validation_loss() {
    const std::vector<double> at = logits(optimizer_.averaged, valid_);
    double sum = 0;
    for (std::size_t i = 0; i < at.size(); ++i) {
      const bool second = data_.is_second(valid_[i]);
      sum += weight_[second] * log_loss(at[i], second);
    }
    return sum;
  }

  const Labelled& data_;
  const ClassifierOptions& options_;
  std::uint64_t seed_;
  std::vector<std::size_t> train_, test_, valid_;
  std::vector<float> inputs_;
  double weight_[2] = {1, 1};  // of the two labels
  Params params_;
  Mlp mlp_;
  Pool pool_;
  Optimizer optimizer_;
  Vector theta_, gradient_;
  Stack stack_;
};

// Of each row, from the networks that have not seen it.
std::vector<double> held_out_logits(const Labelled& data, const ClassifierOptions& options, Pool& pool) {
  const int tasks = options.folds * options.members;
  std::vector<std::vector<double>> parts(tasks);
  std::vector<std::vector<std::size_t>> rows(parts.size());
  pool.run(tasks, [&](int task, int) {
    const auto t = static_cast<std::size_t>(task);
    Member member(data, options, task % options.folds, seed_of_part(options.seed, 1000 + t));
    parts[t] = member.run();
    rows[t] = member.test();
  });
  std::vector<double> logits(data.size());
  for (std::size_t t = 0; t < parts.size(); ++t)
    for (std::size_t i = 0; i < parts[t].size(); ++i) logits[rows[t][i]] += parts[t][i] / options.members;
  return logits;
}

std::vector<double> held_out_tree_logits(const Labelled& data, const ClassifierOptions& options, Pool& pool) {
  std::vector<double> logits(data.size());
  pool.run(options.folds, [&](int fold, int) {
    const std::vector<double> part =
        tree_logits(data, fold, options.trees, seed_of_part(options.seed, 2000 + static_cast<std::uint64_t>(fold)));
    for (std::size_t i = 0, at = 0; i < data.size(); ++i)
      if (data.fold[i] == fold) logits[i] = part[at++];
  });
  return logits;
}

void add_auc(const Labelled& data, const std::vector<double>& logits, int folds, ClassifierResult& result) {
  double variance = 0, scatter = 0;
  std::vector<Auc> all;
  std::vector<double> shares;
  for (int fold = 0; fold < folds; ++fold) {
    std::vector<double> scores[2];
    for (std::size_t i = 0; i < data.size(); ++i)
      if (data.fold[i] == fold) scores[data.is_second(i)].push_back(logits[i]);
    shares.push_back(static_cast<double>(scores[0].size() + scores[1].size()) / static_cast<double>(data.size()));
    all.push_back(auc(std::move(scores[0]), std::move(scores[1])));
  }
  result.auc = 0;
  for (std::size_t f = 0; f < all.size(); ++f) {
    result.auc += shares[f] * all[f].value;
    variance += std::pow(shares[f] * all[f].error, 2);
  }
  for (const Auc& fold : all) scatter += (fold.value - result.auc) * (fold.value - result.auc);
  result.auc_error = std::sqrt(kMetTwice * variance);
  result.auc_spread = std::sqrt(kMetTwice * scatter / (folds * (folds - 1.0)));
}

void add_log_loss(const Labelled& data, const std::vector<double>& logits, ClassifierResult& result) {
  const double rows[2] = {static_cast<double>(data.first_b), static_cast<double>(data.size() - data.first_b)};
  double mean[2] = {}, squares[2] = {};
  const auto each = [&](auto&& body) {
    for (std::size_t i = 0; i < data.size(); ++i) body(data.is_second(i), log_loss(logits[i], data.is_second(i)));
  };
  each([&](bool second, double loss) { mean[second] += loss / rows[second]; });
  each([&](bool second, double loss) { squares[second] += (loss - mean[second]) * (loss - mean[second]); });
  result.log_loss = (mean[0] + mean[1]) / 2;
  for (int c = 0; c < 2; ++c) result.log_loss_error += squares[c] / (rows[c] * rows[c]) / 4;
  result.log_loss_error = std::sqrt(kMetTwice * result.log_loss_error);
}

}  // namespace

ClassifierResult classifier_two_sample(const TableView& a, const TableView& b, const ClassifierOptions& options,
                                       Pool& pool) {
  require_comparable(a, b);
  const Eigen::Index least = 2 * options.folds;
  if (std::min({a.rows, b.rows, options.most_rows}) < least)
    throw Error(fmt::format("tables of {} and {} rows: a classifier with {} folds needs at least {} of each", a.rows,
                            b.rows, options.folds, least));
  const Labelled data(a, b, options.most_rows, options.folds, options.seed);
  const std::vector<double> by_network = held_out_logits(data, options, pool);
  const std::vector<double> by_trees = held_out_tree_logits(data, options, pool);
  ClassifierResult network, trees;
  add_auc(data, by_network, options.folds, network);
  add_auc(data, by_trees, options.folds, trees);
  const bool deeper = trees.auc > network.auc;
  ClassifierResult result = deeper ? trees : network;
  result.network_auc = network.auc;
  result.trees_auc = trees.auc;
  result.auc_error = std::max(network.auc_error, trees.auc_error);
  result.rows_a = static_cast<Eigen::Index>(data.first_b);
  result.rows_b = static_cast<Eigen::Index>(data.size() - data.first_b);
  add_log_loss(data, deeper ? by_trees : by_network, result);
  return result;
}

}  // namespace nf::compare
