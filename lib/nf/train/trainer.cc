#include "nf/train/trainer.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <limits>
#include <numeric>

namespace nf {
inline namespace NF_PRECISION {

namespace {

// A batch is cut into at most 16 chunks of whole tiles, a function of the batch size alone.
constexpr int kMostChunks = 16;
int chunk_rows(int batch) {
  const int least = batch <= 2 * kTile ? kTile : 2 * kTile;
  const int needed = (batch + kMostChunks - 1) / kMostChunks;
  return std::max(least, (needed + kTile - 1) / kTile * kTile);
}

using Clock = std::chrono::steady_clock;

double sum(const std::vector<double>& values) { return std::accumulate(values.begin(), values.end(), 0.0); }

// What an epoch visits: rows of weight 0 never, and, where batches are parts of the table, a row that weighs more than
// twice the mean as often as keeps each visit below that. A few heavy rows in a few batches would be gradients that
// clipping and Adam's own scale hold down, and the light rows' share would be learned too large.
struct Visits {
  Visits(const Data& data, std::int64_t batch) : weight(data.weight) {
    const auto rows = static_cast<std::size_t>(data.rows());
    if (weight.empty()) weight.assign(rows, 1.0);
    const auto counting = std::count_if(weight.begin(), weight.end(), [](double w) { return w > 0; });
    const double most =
        batch < counting ? 2 * sum(weight) / static_cast<double>(counting) : std::numeric_limits<double>::infinity();
    for (std::size_t r = 0; r < rows; ++r) {
      if (weight[r] <= 0) continue;
      const double times = std::max(1.0, std::ceil(weight[r] / most));
      row.insert(row.end(), static_cast<std::size_t>(times), static_cast<std::uint32_t>(r));
      weight[r] /= times;
    }
  }
  std::vector<std::uint32_t> row;
  std::vector<double> weight;  // of one visit, by row
};

class Trainer {
 public:
  Trainer(const Flow& flow, const Vector& start, const Data& data, const Data& valid, const Objective& objective,
          const TrainOptions& options, const TrainHooks& hooks)
      : flow_(flow),
        data_(data),
        valid_(valid),
        objective_(objective),
        options_(options),
        hooks_(hooks),
        pool_(options.threads),
        stacks_(pool_.threads()),
        tapes_(pool_.threads()),
        optimizer_(flow.params(), options.optimizer),
        live_(flow.params().ranges(std::size_t{1} << 30)),
        visits_(data, options.batch) {
    if (visits_.row.empty()) throw Error("all weights of the training rows are 0");
    if (!valid.weight.empty() && sum(valid.weight) <= 0) throw Error("all weights of the validation rows are 0");
    state_.theta = start;
    const auto rows = static_cast<std::int64_t>(visits_.row.size());
    for (const std::uint32_t row : visits_.row) mean_weight_ += visits_.weight[row];
    mean_weight_ /= static_cast<double>(rows);
    batch_ = static_cast<int>(std::min<std::int64_t>(options.batch, rows));
    steps_per_epoch_ = rows / batch_;
    const int chunks = (batch_ + chunk_rows(batch_) - 1) / chunk_rows(batch_);
    const auto size = static_cast<Eigen::Index>(flow.params().size());
    gradients_.assign(chunks, Vector::Zero(size));
    for (Vector& gradient : gradients_) parts_.push_back(gradient.data());
    stats_.assign(static_cast<std::size_t>(chunks * std::max(1, flow.num_stats())), 0.0);
    losses_.resize(chunks);
    if (options.steps > 0) state_.budget = options.steps;
    else if (options.epochs > 0 && options.max_seconds <= 0) state_.budget = options.epochs * steps_per_epoch_;
  }

  TrainResult run(const TrainState* resume) {
    if (resume) restore(*resume);
    before_ = state_.seconds;
    begun_ = seconds();
    bool ended = finished();
    while (!ended) ended = !epoch();
    if (state_.step > 0 && state_.skipped == state_.step && !interrupted_) stop_for_loss("any batch");
    TrainResult result;
    result.interrupted = interrupted_;
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
  bool finished() const { return state_.budget > 0 && state_.step >= state_.budget; }
  double seconds_left() const {
    return options_.max_seconds > 0 ? options_.max_seconds - seconds() : std::numeric_limits<double>::infinity();
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
    bool over = false;
    std::int64_t i = 0;
    for (; i < steps_per_epoch_ && !over; ++i) {
      const double before = seconds();
      if (!step(static_cast<std::size_t>(i) * static_cast<std::size_t>(batch_))) {
        over = true;
        break;
      }
      in_steps_ += seconds() - before;
      ++state_.step;
      plan();
      interrupted_ = (hooks_.stop && hooks_.stop()) || !objective_.failure().empty();
      over = finished() || interrupted_ || out_of_time();
      report_between();
    }
    ++state_.epoch;
    const bool nothing_done = state_.step == resumed_step_ && seconds_left() < 0;
    if (nothing_done || validation_seconds() > seconds_left() + 0.05 * options_.max_seconds) return false;
    const bool best = validate();
    state_.seconds = seconds();
    if (hooks_.progress) hooks_.progress(progress(true, best));
    if (options_.schedule == ScheduleKind::kPlateau) lower_on_plateau();
    if (hooks_.checkpoint && i == steps_per_epoch_) save();  // whole epochs only: a resumed run starts a new one
    if (options_.epochs > 0 && state_.epoch >= options_.epochs) over = true;
    if (options_.patience > 0 && state_.since_best >= options_.patience) over = true;
    return !over;
  }

  // False, and nothing changed, if time ran out.
  bool step(std::size_t first) {
    const int rows = chunk_rows(batch_), chunks = static_cast<int>(gradients_.size());
    const int stats = flow_.num_stats();
    std::fill(stats_.begin(), stats_.end(), 0.0);
    flow_.prepare(state_.theta.data(), stacks_[0], prepared_);
    std::atomic<bool> late = false;
    pool_.run(chunks, [&](int chunk, int worker) {
      if (late || seconds_left() < 0) {
        late = true;
        return;
      }
      for (const Range& range : live_) std::fill_n(parts_[chunk] + range.offset, range.length, Real(0));
      double loss = 0;
      const int begin = chunk * rows, end = std::min(batch_, begin + rows);
      for (int at = begin; at < end; at += kTile)
        loss += tile(first + at, std::min(kTile, end - at), static_cast<std::size_t>(worker), parts_[chunk],
                     stats_.data() + chunk * stats);
      losses_[chunk] = loss;
    });
    const double loss = sum(losses_);
    const double weight = batch_ * mean_weight_;
    const double rate = current_rate();
    if (late) return false;
    if (!std::isfinite(loss) || !optimizer_.step(pool_, parts_, weight, rate, state_.theta)) {
      ++state_.skipped;
      skipped_loss_ = loss;
      if (++skipped_in_a_row_ >= 20) stop_for_loss("20 batches in a row");
      return true;
    }
    skipped_in_a_row_ = 0;
    epoch_loss_ += loss;
    epoch_weight_ += batch_weight(first);
    for (int chunk = 1; chunk < chunks; ++chunk)
      for (int i = 0; i < stats; ++i) stats_[i] += stats_[chunk * stats + i];
    flow_.after_step(state_.theta.data(), stats_.data());
    return true;
  }

  [[noreturn]] void stop_for_loss(const char* batches) const {
    std::string what = "a smaller learning rate or gradient clipping may help";
    if (skipped_loss_ == std::numeric_limits<double>::infinity() && !flow_.base().smooth())
      what = fmt::format(
          "the base {} has the density 0 beyond its edges, where rows fall; a base without edges, as "
          "normal, has none such",
          flow_.spec()["base"].dump());
    throw Error(fmt::format("training stopped at step {}: no finite loss in {}; {}", state_.step, batches, what));
  }

  double tile(std::size_t first, int rows, std::size_t worker, Real* gradient, double* stats) {
    Stack& stack = stacks_[worker];
    Scratch scratch(stack);
    Tile x = scratch.tile(static_cast<int>(data_.x.cols())), c = scratch.tile(static_cast<int>(data_.c.cols()));
    LogDet weight = LogDet::Zero();
    for (int r = 0; r < kTile; ++r) {
      const auto row = static_cast<Eigen::Index>(order_[first + static_cast<std::size_t>(std::min(r, rows - 1))]);
      x.row(r) = data_.x.row(row);
      if (c.cols() > 0) c.row(r) = data_.c.row(row);
      if (r < rows) weight(r) = visits_.weight[row];
    }
    Pass pass{.theta = state_.theta.data(),
              .dtheta = gradient,
              .context = c.data(),
              .rows = rows,
              .prepared = prepared_.data(),
              .stats = stats,
              .tape = &tapes_[worker],
              .scratch = &stack};
    Moment moment;
    moment.example = static_cast<std::uint64_t>(state_.step) * static_cast<std::uint64_t>(batch_ + kTile) +
                     static_cast<std::uint64_t>(first % static_cast<std::size_t>(batch_));
    if (state_.budget > 0) moment.progress = static_cast<double>(state_.step) / static_cast<double>(state_.budget);
    pass.noise = {options_.seed, moment.example};
    return objective_.tile(pass, in(x), weight, moment);
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
    const double before = seconds();
    const HeldOut held_out = objective_.validate(theta, valid_, pool_, stacks_);
    validation_seconds_ = seconds() - before;
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
    }
    return best;
  }

  // The averaged weights, with what is not trained taken from theta or, for batch norm, estimated again.
  Vector averaged() const {
    Vector theta = state_.theta;
    for (const Range& range : flow_.params().ranges(std::size_t{1} << 30))
      std::copy_n(optimizer_.averaged.data() + range.offset, range.length, theta.data() + range.offset);
    if (flow_.num_stats() > 0) flow_.init_data(theta, data_.x, data_.c, true);
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
    p.train = objective_.shown(epoch_loss_ / epoch_weight_);
    p.valid = done ? objective_.shown(last_loss_) : 0;
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

  const Flow& flow_;
  const Data& data_;
  const Data& valid_;
  const Objective& objective_;
  const TrainOptions& options_;
  const TrainHooks& hooks_;
  Pool pool_;
  std::vector<Stack> stacks_, tapes_;
  Optimizer optimizer_;
  std::vector<Range> live_;
  Vector prepared_;
  TrainState state_;
  const Visits visits_;
  std::vector<std::uint32_t> order_;
  double mean_weight_ = 0;  // of a visit
  int batch_ = 0;
  std::int64_t steps_per_epoch_ = 0, resumed_step_ = 0;
  std::vector<Vector> gradients_;
  std::vector<Real*> parts_;
  std::vector<double> stats_, losses_;
  double epoch_loss_ = 0, epoch_weight_ = 0, last_loss_ = 0, before_ = 0, begun_ = 0, reported_ = 0;
  double in_steps_ = 0, validation_seconds_ = 0;
  int skipped_in_a_row_ = 0;
  double skipped_loss_ = 0;  // of the last of them
  bool interrupted_ = false;
  const Clock::time_point constructed_ = Clock::now();
};

}  // namespace

TrainResult train(const Flow& flow, const Vector& start, const Data& data, const Data& valid,
                  const Objective& objective, const TrainOptions& options, const TrainHooks& hooks,
                  const TrainState* resume) {
  return Trainer(flow, start, data, valid, objective, options, hooks).run(resume);
}

}  // namespace NF_PRECISION
}  // namespace nf
