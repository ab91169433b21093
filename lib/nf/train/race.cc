#include "nf/train/race.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <optional>

#include "nf/flow/registry.h"
#include "nf/model/mixture_model.h"
#include "nf/train/evaluate.h"
#include "nf/train/start.h"

namespace nf {
inline namespace NF_PRECISION {
namespace {

constexpr double kTrial = 1.0 / 20;    // each contender's share of the budget at first
constexpr double kLeastWeight = 0.02;  // of a flow in the mixture
constexpr std::size_t kMostFlows = 6;  // in it
constexpr double kClose = 0.3;         // nats between two prospects, both worth the time then

struct Run {
  std::size_t contender = 0;
  Model model;
  TrainResult result;
  double share = 0;  // of the budget
  // The best epoch came long before the end: more time is no use.
  bool is_done_early() const { return result.epochs > 3 && 2 * result.best_epoch < result.epochs; }
  double loss() const { return std::isfinite(result.loss) ? result.loss : INFINITY; }
};

class Race {
 public:
  Race(const TrainingData& data, const std::vector<Contender>& contenders, const TrainOptions& options,
       const RaceHooks& hooks)
      : data_(data), contenders_(contenders), options_(options), hooks_(hooks), begun_(seconds()) {
    const std::int64_t batch = std::min<std::int64_t>(options.batch, data.train.rows());
    const std::int64_t an_epoch = std::max<std::int64_t>(1, data.train.rows() / std::max<std::int64_t>(1, batch));
    if (options.max_seconds <= 0) steps_ = options.steps > 0 ? options.steps : options.epochs * an_epoch;
  }

  // Contenders for a part of the time; then the best three, of different kinds, for more; then, by what the time gained
  // each of them, one or two for the rest. Where more time is no use, further runs start anew, from other seeds.
  void run() {
    for (std::size_t i = 0; i < contenders_.size() && goes_on(); ++i) start(i, kTrial, i);
    if (runs_.empty()) throw Error("no flow could be trained on these rows");
    if (runs_[by_loss()[0]].is_done_early()) return start_again();
    const double rest = left();
    std::vector<Prospect> prospects;
    const std::vector<std::size_t> second = of_different_kinds(by_loss(), 3);
    for (const std::size_t run : second)
      if (goes_on()) prospects.push_back(prospect(run, rest / 4 / static_cast<double>(second.size()), rest * 3 / 4));
    std::sort(prospects.begin(), prospects.end(), [](const Prospect& a, const Prospect& b) { return a.loss < b.loss; });
    const std::size_t last = prospects.size() > 1 && prospects[1].loss < prospects[0].loss + kClose ? 2 : 1;
    for (std::size_t k = 0; k < last && goes_on(); ++k) go_on(prospects[k].run, left() / static_cast<double>(last - k));
  }

  RaceResult finish(Model& model) const {
    // Of each line of runs the last is the best, or nearly: earlier ones would crowd it out.
    std::vector<std::size_t> order = by_loss();
    order.resize(std::min(order.size(), kMostFlows));
    const auto [weights, held_out] = weigh(order);
    RaceResult result;
    std::vector<TrainedFlow> flows;
    std::vector<double> shares;
    for (std::size_t k = 0; k < order.size(); ++k) {
      if (weights[k] == 0) continue;
      flows.push_back({runs_[order[k]].model.flow.spec(), runs_[order[k]].model.theta});
      shares.push_back(weights[k]);
    }
    for (std::size_t i = 0; i < runs_.size(); ++i) {
      const auto at = std::find(order.begin(), order.end(), i);
      result.tried.push_back(
          {{"flow", contenders_[runs_[i].contender].name},
           {"steps", runs_[i].result.steps},
           {"valid",
            std::isfinite(runs_[i].result.loss) ? Json(data_.valid.mean_log_det - runs_[i].result.loss) : Json()},
           {"weight", at == order.end() ? 0.0 : weights[at - order.begin()]}});
      result.train.steps += runs_[i].result.steps;
      result.train.epochs += runs_[i].result.epochs;
      result.train.skipped += runs_[i].result.skipped;
      result.train.interrupted = result.train.interrupted || runs_[i].result.interrupted;
    }
    TrainedFlow whole = flows.size() == 1 ? flows[0] : mixture_of(flows, shares);
    Model made(Flow(whole.spec), std::move(whole.theta));
    made.columns = model.columns;
    made.context = model.context;
    model = std::move(made);
    result.train.theta = model.theta;
    result.train.loss = held_out.loss;
    result.train.error = held_out.error;
    result.train.best_epoch = result.train.epochs;
    result.train.seconds = seconds() - begun_;
    result.train.rows_per_second =
        static_cast<double>(result.train.steps) * options_.batch / std::max(result.train.seconds, 1e-9);
    return result;
  }

 private:
  double seconds() const {
    if (hooks_.train.clock) return hooks_.train.clock();
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - constructed_).count();
  }
  // Shares of the budget that are used up, and left.
  double used() const {
    if (steps_ > 0) return static_cast<double>(steps_done_) / static_cast<double>(steps_);
    return (seconds() - begun_) / options_.max_seconds;
  }
  double left() const { return 1 - used(); }
  bool goes_on() const { return !interrupted_ && left() > 1e-3; }

  std::vector<std::size_t> by_loss() const {
    std::vector<std::size_t> order;
    for (std::size_t i = 0; i < runs_.size(); ++i)
      if (!is_surpassed_[i]) order.push_back(i);
    std::stable_sort(order.begin(), order.end(),
                     [&](std::size_t a, std::size_t b) { return runs_[a].loss() < runs_[b].loss(); });
    return order;
  }

  void start_again() {
    const std::vector<std::size_t> order = by_loss();
    for (std::size_t k = 0; goes_on() && runs_.size() < 2 * kMostFlows && left() > kTrial / 2; ++k) {
      const Run& like = runs_[order[k % std::min<std::size_t>(3, order.size())]];
      start(like.contender, std::min(like.share, left()), contenders_.size() + k);
    }
  }

  // The first few of an order: the best of each kind of flow, then the others.
  std::vector<std::size_t> of_different_kinds(const std::vector<std::size_t>& order, std::size_t count) const {
    const auto kind = [&](std::size_t run) {
      const std::string& name = contenders_[runs_[run].contender].name;
      return name.substr(0, name.find(','));
    };
    std::vector<std::size_t> chosen, others;
    for (const std::size_t run : order) {
      const bool is_new =
          std::none_of(chosen.begin(), chosen.end(), [&](std::size_t one) { return kind(one) == kind(run); });
      (is_new ? chosen : others).push_back(run);
    }
    chosen.insert(chosen.end(), others.begin(), others.end());
    chosen.resize(std::min(chosen.size(), count));
    return chosen;
  }

  struct Prospect {
    std::size_t run;
    double loss;
  };
  // Goes on with a run, and says where it would be after `more` of the budget if each doubling of its time gains three
  // quarters of what the one before it did.
  Prospect prospect(std::size_t from, double share, double more) {
    constexpr double kLess = 0.75;
    const double before = runs_[from].loss(), begun = runs_[from].share;
    const std::size_t run = go_on(from, share);
    double loss = runs_[run].loss(), gain = std::max(0.0, before - loss) / std::log2((begun + share) / begun);
    for (double time = begun + share; std::isfinite(gain) && time < begun + share + more; time *= 2)
      loss -= (gain *= kLess) * std::min(1.0, std::log2((begun + share + more) / time));
    return {run, loss};
  }

  void start(std::size_t contender, double share, std::size_t seed) {
    Model model(contenders_[contender].spec, seed_of_part(options_.seed, seed));
    start_from_data(model, data_.train);
    train_on(contender, std::move(model), share, seed);
  }
  // Returns the run that is the better one now.
  std::size_t go_on(std::size_t from, double share) {
    const double before = runs_[from].loss();
    const std::size_t run = runs_.size();
    Model model(contenders_[runs_[from].contender].spec);
    model.theta = runs_[from].model.theta;
    train_on(runs_[from].contender, std::move(model), share, run + 100);
    if (runs_.size() == run) return from;
    const bool is_better = runs_[run].loss() <= before;
    is_surpassed_[is_better ? from : run] = true;
    return is_better ? run : from;
  }
  void train_on(std::size_t contender, Model model, double share, std::size_t seed) {
    TrainOptions options = options_;
    options.epochs = options.patience = 0;
    options.seed = seed_of_part(options_.seed, seed);
    if (steps_ > 0) {
      options.steps =
          std::min(std::max<std::int64_t>(1, std::llround(share * static_cast<double>(steps_))), steps_ - steps_done_);
    } else {
      options.steps = 0;
      options.max_seconds = share * options_.max_seconds;
    }
    TrainHooks hooks = hooks_.train;
    const double begun = seconds();
    hooks.clock = [this, begun] { return seconds() - begun; };
    const auto objective = make_forward_kl(model.flow);
    try {
      TrainResult result = train(*objective, model.theta, data_.train, data_.valid, options, hooks, nullptr);
      model.theta = result.theta;
      steps_done_ += result.steps;
      interrupted_ = result.interrupted;
      if (hooks_.tell)
        hooks_.tell(fmt::format("{}: validation log-likelihood {:.4f}, best epoch {} of {}, {:.1f} s",
                                contenders_[contender].name, objective->shown(result.loss, data_.valid),
                                result.best_epoch, result.epochs, result.seconds));
      runs_.push_back({contender, std::move(model), std::move(result), share});
      is_surpassed_.push_back(false);
    } catch (const Error& error) {  // one that fails is no fault of the others
      if (hooks_.tell) hooks_.tell(fmt::format("{}: {}", contenders_[contender].name, error.what()));
    }
  }

  // The best weights of some runs, and what the mixture makes of the validation rows.
  std::pair<std::vector<double>, HeldOut> weigh(const std::vector<std::size_t>& order) const {
    Pool pool(options_.threads);
    std::vector<Stack> stacks(pool.threads());
    Alone alone;
    std::vector<std::vector<double>> log_probs(static_cast<std::size_t>(data_.valid.rows()),
                                               std::vector<double>(order.size()));
    for (std::size_t k = 0; k < order.size(); ++k) {
      const Model& model = runs_[order[k]].model;
      const std::vector<double> losses =
          row_losses(*make_forward_kl(model.flow), model.theta, data_.valid, pool, stacks, alone);
      for (std::size_t r = 0; r < losses.size(); ++r) log_probs[r][k] = -losses[r];
    }
    const std::vector<double> weights = best_weights(log_probs, data_.valid.weight, kLeastWeight);
    std::vector<double> losses;
    for (const std::vector<double>& row : log_probs) {
      const double most = *std::max_element(row.begin(), row.end());
      double sum = 0;
      for (std::size_t k = 0; k < row.size(); ++k) sum += weights[k] * std::exp(row[k] - most);
      losses.push_back(-(most + std::log(sum)));
    }
    return {weights, mean_loss(losses, data_.valid.weight)};
  }

  const TrainingData& data_;
  const std::vector<Contender>& contenders_;
  const TrainOptions& options_;
  const RaceHooks& hooks_;
  const std::chrono::steady_clock::time_point constructed_ = std::chrono::steady_clock::now();
  const double begun_;
  std::int64_t steps_ = 0, steps_done_ = 0;  // 0: the budget is time
  bool interrupted_ = false;
  std::vector<Run> runs_;
  std::vector<bool> is_surpassed_;  // by a run that went on from there
};

}  // namespace

std::vector<Contender> usual_contenders(const TrainingData& data) {
  constexpr int kWide = 200;  // features of a table whose wide flows would hardly make a step
  const std::vector<Feature> all = features(data.columns);
  const int context = context_width(data.context), width = static_cast<int>(all.size());
  const bool gated = std::any_of(all.begin(), all.end(), [](const Feature& one) { return one.gate >= 0; });
  const bool lines =
      std::all_of(all.begin(), all.end(), [](const Feature& one) { return one.manifold != Manifold::kCircle; });
  std::vector<Contender> contenders;
  const auto add = [&](const char* flow, const Json& set) {
    std::string name = flow;
    for (const auto& [key, value] : set.items()) name += fmt::format(", {} {}", key, value.dump());
    contenders.push_back({name, Flow(preset_spec(flow, all, context, set)).spec()});
  };
  if (width <= kWide) {
    add("nsf", {{"hidden", {128, 128}}});
    add("naf", {{"hidden", {128, 128}}});
  }
  add("nsf", {{"hidden", {64, 64}}});
  if (width > kWide) add("maf", {{"hidden", {64, 64}}});
  else if (!gated && lines && context == 0) add("gaussianization", Json::object());
  return contenders;
}

RaceResult race(Model& model, const TrainingData& data, const std::vector<Contender>& contenders,
                const TrainOptions& options, const RaceHooks& hooks) {
  Race one(data, contenders, options, hooks);
  one.run();
  return one.finish(model);
}

}  // namespace NF_PRECISION
}  // namespace nf
