#include "nf/train/trainer.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>
#include <numeric>
#include <optional>

#include "nf/core/random.h"
#include "nf/data/redraw.h"
#include "nf/train/batch_gradient.h"
#include "nf/train/evaluate.h"

namespace nf {
inline namespace NF_PRECISION {

namespace {

using Clock = std::chrono::steady_clock;

class Trainer {
 public:
  Trainer(const Objective& objective, const Vector& start, const Data& data, const Data& valid,
          const TrainOptions& options, const TrainHooks& hooks)
      : own_(data.redraw ? std::optional<Data>(data) : std::nullopt),
        data_(own_ ? *own_ : data),
        valid_(valid),
        objective_(objective),
        options_(options),
        hooks_(hooks),
        exchange_(hooks.exchange ? *hooks.exchange : alone_),
        pool_(options.threads),
        stacks_(pool_.threads()),
        optimizer_(objective.params(), options.optimizer),
        visits_(data, options.batch) {
    if (visits_.row.empty()) throw Error("all weights of the training rows are 0");
    if (!valid.weight.empty() && std::accumulate(valid.weight.begin(), valid.weight.end(), 0.0) <= 0)
      throw Error("all weights of the validation rows are 0");
    state_.theta = start;
    const auto rows = static_cast<std::int64_t>(visits_.row.size());
    batch_ = static_cast<int>(std::min<std::int64_t>(options.batch, rows));
    steps_per_epoch_ = rows / batch_;
    gradient_.emplace(objective, data_, visits_, batch_, pool_, stacks_, exchange_);
    if (options.steps > 0) state_.budget = options.steps;
    else if (options.epochs > 0 && options.max_seconds <= 0) state_.budget = options.epochs * steps_per_epoch_;
  }

  TrainResult run(const TrainState* resume) {
    if (resume) restore(*resume);
    before_ = state_.seconds;
    tick();
    begun_ = now_;
    bool ended = finished();
    while (!ended) ended = !epoch();
    if (state_.step > 0 && state_.skipped == state_.step && !interrupted_) stop_for_loss("any batch");
    TrainResult result;
    result.interrupted = interrupted_;
    result.parted = parted_;
    if (state_.best_epoch == 0) {  // ended within the first epoch
      state_.best = state_.theta;
      state_.best_loss = state_.best_error = std::numeric_limits<double>::quiet_NaN();
    }
    result.theta = state_.best;
    result.epochs = state_.epoch;
    result.steps = state_.step;
    result.budget = state_.budget;
    result.skipped = state_.skipped;
    result.best_epoch = state_.best_epoch;
    result.loss = state_.best_loss;
    result.error = state_.best_error;
    result.seconds = seconds();
    result.rows_per_second = rows_per_second();
    return result;
  }

 private:
  // Of this run and of those that it goes on from.
  double seconds() const {
    return before_ +
           (hooks_.clock ? hooks_.clock() : std::chrono::duration<double>(Clock::now() - constructed_).count());
  }
  // What is decided by the clock is decided by all ranks alike, by `now_`. True if a rank wants to stop.
  bool tick(bool stop = false) {
    double shared[] = {exchange_.rank() == 0 ? seconds() : 0.0, stop ? 1.0 : 0.0};
    exchange_.sum(std::span<double>(shared));
    now_ = shared[0];
    return shared[1] > 0;
  }
  bool finished() const { return state_.budget > 0 && state_.step >= state_.budget; }
  double seconds_left() const {
    return options_.max_seconds > 0 ? options_.max_seconds - now_ : std::numeric_limits<double>::infinity();
  }
  // A validation costs about a third of a training pass a row, before there was one to measure.
  double validation_seconds() const {
    if (validation_seconds_ > 0) return validation_seconds_;
    return step_seconds() / batch_ * static_cast<double>(valid_.rows()) / 3;
  }
  double step_seconds() const {
    const std::int64_t steps = state_.step - resumed_step_;
    return steps > 0 ? in_steps_ / static_cast<double>(steps) : 0;
  }
  bool out_of_time() const { return seconds_left() < step_seconds() + validation_seconds(); }

  // False when training is over.
  bool epoch() {
    order_ = visits_.row;
    // The order in which an epoch visits the rows is a function of (seed, epoch).
    Uniforms random(seed_of_part(options_.seed, static_cast<std::uint64_t>(state_.epoch)), Stream::kShuffle);
    shuffle(order_, random);
    epoch_loss_ = epoch_weight_ = 0;
    draw_anew();
    bool over = false;
    std::int64_t i = 0;
    for (; i < steps_per_epoch_ && !over; ++i) {
      tick();
      const double before = now_;
      if (!step(static_cast<std::size_t>(i) * static_cast<std::size_t>(batch_))) {
        over = true;
        break;
      }
      ++state_.step;
      interrupted_ = tick((hooks_.stop && hooks_.stop()) || !objective_.failure().empty());
      in_steps_ += now_ - before;
      plan();
      over = finished() || interrupted_ || out_of_time();
      report_between();
    }
    ++state_.epoch;
    tick();
    const bool nothing_done = state_.step == resumed_step_ && seconds_left() < 0;
    if (nothing_done || validation_seconds() > seconds_left() + 0.05 * options_.max_seconds) return false;
    const bool best = validate();
    state_.seconds = seconds();
    if (hooks_.progress) hooks_.progress(progress(true, best));
    if (options_.schedule == ScheduleKind::kPlateau) lower_on_plateau();
    if (hooks_.checkpoint && i == steps_per_epoch_) save();  // whole epochs only: a resumed run starts a new one
    if (options_.epochs > 0 && state_.epoch >= options_.epochs) over = true;
    if (options_.patience > 0 && state_.since_best >= options_.patience) over = true;
    if (parted_) over = true;
    return !over;
  }

  void draw_anew() {
    if (!own_) return;
    tick();
    const double before = now_;
    const auto epoch = static_cast<std::uint64_t>(state_.epoch);
    (*own_->redraw)(seed_of_part(scrambled(options_.seed), epoch), pool_, *own_);
    tick();
    in_steps_ += now_ - before;
  }

  // False, and nothing changed, if time ran out.
  bool step(std::size_t first) {
    const std::span<const std::uint32_t> rows(order_.data() + first, static_cast<std::size_t>(batch_));
    Moment moment;
    moment.example = static_cast<std::uint64_t>(state_.step) * static_cast<std::uint64_t>(batch_ + kTile);
    if (state_.budget > 0) moment.progress = static_cast<double>(state_.step) / static_cast<double>(state_.budget);
    const auto late = [this] { return options_.max_seconds > 0 && seconds() > options_.max_seconds; };
    if (!gradient_->compute(state_.theta.data(), rows, moment, options_.seed, late)) return false;
    const double loss = gradient_->loss(), weight = batch_ * visits_.mean_weight, rate = current_rate();
    if (!std::isfinite(loss) ||
        !optimizer_.step(pool_, gradient_->parts()[0], optimizer_.gather(pool_, gradient_->parts(), exchange_), weight,
                         rate, state_.theta)) {
      ++state_.skipped;
      skipped_loss_ = loss;
      if (++skipped_in_a_row_ >= 20) stop_for_loss("20 batches in a row");
      return true;
    }
    skipped_in_a_row_ = 0;
    epoch_loss_ += loss;
    epoch_weight_ += batch_weight(first);
    objective_.after_step(state_.theta.data(), gradient_->stats().data());
    return true;
  }

  [[noreturn]] void stop_for_loss(const char* batches) const {
    throw Error(fmt::format("training stopped at step {}: no finite loss in {}; {}", state_.step, batches,
                            objective_.advice(skipped_loss_)));
  }

  double batch_weight(std::size_t first) const {
    double total = 0;
    for (std::size_t i = first; i < first + batch_; ++i) total += visits_.weight[order_[i]];
    return total;
  }

  double current_rate() const {
    // While no budget is fixed yet the warm-up runs, which does not depend on it.
    const std::int64_t budget = state_.budget > 0 ? state_.budget : INT64_MAX;
    return learning_rate(options_.schedule, options_.rate, state_.step, options_.warmup, budget, state_.plateau_factor);
  }

  // Fixes the budget of a run limited by time, at the latest when the warm-up ends.
  void plan() {
    if (state_.budget > 0 || options_.max_seconds <= 0) return;
    const bool measured =
        (state_.step >= 10 && in_steps_ > 0.05 * options_.max_seconds) || in_steps_ > 0.2 * options_.max_seconds;
    if (!measured && state_.step < options_.warmup) return;
    const double left = std::max(0.0, seconds_left() - 0.03 * options_.max_seconds - validation_seconds());
    const double a_step = step_seconds() + validation_seconds() / static_cast<double>(steps_per_epoch_);
    state_.budget = state_.step + static_cast<std::int64_t>(left / std::max(a_step, 1e-9));
    if (options_.epochs > 0) state_.budget = std::min(state_.budget, options_.epochs * steps_per_epoch_);
    state_.budget = std::max(state_.budget, state_.step);
  }

  // True if this is the best so far.
  bool validate() {
    Vector theta = options_.optimizer.average > 0 && optimizer_.averaged.size() > 0 ? averaged() : state_.theta;
    tick();
    const double before = now_;
    const HeldOut held_out = evaluate(objective_, theta, valid_, pool_, stacks_, exchange_);
    last_loss_ = held_out.loss;
    const bool best = state_.best_epoch == 0 || held_out.loss < state_.best_loss ||
                      (std::isnan(state_.best_loss) && !std::isnan(held_out.loss));
    if (best) {
      state_.best = std::move(theta);
      state_.best_loss = held_out.loss;
      state_.best_error = held_out.error;
      state_.best_epoch = state_.epoch;
      state_.since_best = state_.since_lowered = 0;
    } else {
      ++state_.since_best;
      ++state_.since_lowered;
      parted_ = objective_.integrates() && parts(theta);
    }
    tick();
    validation_seconds_ = now_ - before;
    return best;
  }

  // Whether the density has learned to make the solver err, against the best so far: then what training sees, by fewer
  // steps, is no longer what validation sees.
  bool parts(const Vector& theta) {
    constexpr Eigen::Index kRows = 1000;
    constexpr double kError = 0.01, kGrown = 3;
    const auto error = [&](const Vector& weights) {
      std::vector<double> rows = row_errors(objective_, weights, valid_, kRows, pool_, stacks_, exchange_);
      std::erase_if(rows, [](double row) { return !std::isfinite(row); });
      return rows.empty() ? 0.0 : mean_loss(rows, {}).loss;
    };
    const double now = error(theta);
    return now > kError && now > kGrown * error(state_.best);
  }

  // The averaged weights, with what is not trained taken from theta or, for batch norm, estimated again.
  Vector averaged() const {
    Vector theta = state_.theta;
    for (const Range& range : objective_.params().ranges(std::size_t{1} << 30))
      std::copy_n(optimizer_.averaged.data() + range.offset, range.length, theta.data() + range.offset);
    objective_.settle(theta, data_);
    return theta;
  }

  void lower_on_plateau() {
    if (state_.since_lowered < options_.plateau_patience) return;
    state_.plateau_factor /= 2;
    state_.since_lowered = 0;
    state_.theta = state_.best;
    if (optimizer_.averaged.size() > 0) optimizer_.averaged = state_.best;
  }

  Progress progress(bool done, bool best) const {
    Progress p;
    p.epoch = state_.epoch;
    p.step = state_.step;
    p.budget = state_.budget;
    p.skipped = state_.skipped;
    p.train = objective_.shown(epoch_loss_ / epoch_weight_, data_);
    p.valid = done ? objective_.shown(last_loss_, valid_) : 0;
    p.rate = current_rate();
    p.seconds = seconds();
    p.rows_per_second = rows_per_second();
    if (state_.budget > 0)
      p.seconds_left = static_cast<double>(state_.budget - state_.step) * batch_ / std::max(p.rows_per_second, 1e-9);
    p.epoch_done = done;
    p.best = best;
    return p;
  }

  double rows_per_second() const {
    return static_cast<double>((state_.step - resumed_step_) * batch_) / std::max(seconds() - begun_, 1e-9);
  }

  void report_between() {
    if (!hooks_.progress || seconds() - reported_ < 0.25) return;
    reported_ = seconds();
    hooks_.progress(progress(false, false));
  }

  void save() {
    state_.adam_steps = optimizer_.steps;
    state_.m = optimizer_.m;
    state_.v = optimizer_.v;
    state_.averaged = optimizer_.averaged;
    hooks_.checkpoint(state_);
  }

  // What the options ask for counts, so that a longer run may go on from a shorter one.
  void restore(const TrainState& state) {
    const std::int64_t asked = state_.budget;
    state_ = state;
    if (asked > 0) state_.budget = asked;
    optimizer_.steps = state.adam_steps;
    optimizer_.m = state.m;
    optimizer_.v = state.v;
    optimizer_.averaged = state.averaged;
    resumed_step_ = state.step;
  }

  std::optional<Data> own_;  // where every epoch draws anew
  const Data& data_;
  const Data& valid_;
  const Objective& objective_;
  const TrainOptions& options_;
  const TrainHooks& hooks_;
  Alone alone_;
  Exchange& exchange_;
  Pool pool_;
  std::vector<Stack> stacks_;
  Optimizer optimizer_;
  TrainState state_;
  const Visits visits_;
  std::optional<BatchGradient> gradient_;
  std::vector<std::uint32_t> order_;
  int batch_ = 0;
  std::int64_t steps_per_epoch_ = 0, resumed_step_ = 0;
  double epoch_loss_ = 0, epoch_weight_ = 0, last_loss_ = 0, before_ = 0, begun_ = 0, now_ = 0, reported_ = 0;
  double in_steps_ = 0, validation_seconds_ = 0;
  int skipped_in_a_row_ = 0;
  double skipped_loss_ = 0;  // of the last of them
  bool interrupted_ = false, parted_ = false;
  const Clock::time_point constructed_ = Clock::now();
};

}  // namespace

TrainResult train(const Objective& objective, const Vector& start, const Data& data, const Data& valid,
                  const TrainOptions& options, const TrainHooks& hooks, const TrainState* resume) {
  return Trainer(objective, start, data, valid, options, hooks).run(resume);
}

}  // namespace NF_PRECISION
}  // namespace nf
