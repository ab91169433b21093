#pragma once
// The training loop: shuffled batches, steps, epochs with validation, the best epoch kept. The same seed, data and
// options give the same bits whatever the number of threads and ranks; with a time limit the number of steps is what
// varies, and `steps` repeats it.
#include <functional>
#include <string>

#include "nf/core/exchange.h"
#include "nf/optim/optimizer.h"
#include "nf/optim/schedule.h"
#include "nf/train/objective.h"

namespace nf {
inline namespace NF_PRECISION {

struct TrainOptions {
  std::int64_t epochs = 0;  // 0: no limit of its own
  std::int64_t steps = 0;   // the budget; 0: from epochs or max_seconds
  double max_seconds = 0;   // on the hooks' clock; the budget is fixed from the rate of the first steps; 0: no limit
  int batch = 256;
  double rate = 1e-3;
  ScheduleKind schedule = ScheduleKind::kCosine;
  std::int64_t warmup = 100;  // steps
  int patience = 0;           // epochs without a better validation before training ends; 0: goes on
  int plateau_patience = 5;   // epochs, then the plateau schedule halves its factor and goes back to the best
  OptimizerOptions optimizer;
  std::uint64_t seed = 0;
  int threads = 1;
};

// Where a run stands at the end of an epoch: all that a resumed run needs, besides the data and the options.
struct TrainState {
  std::int64_t epoch = 0, step = 0, budget = 0, skipped = 0, best_epoch = 0, since_best = 0, since_lowered = 0;
  double seconds = 0, plateau_factor = 1, best_loss = 0, best_error = 0;
  std::int64_t adam_steps = 0;
  Vector theta, m, v, averaged, best;
};

struct Progress {
  std::int64_t epoch = 0, step = 0, budget = 0, skipped = 0;
  double train = 0, valid = 0;  // as the objective shows them; train: mean over the epoch so far
  double rate = 0, rows_per_second = 0, seconds = 0, seconds_left = 0;
  bool epoch_done = false;  // else only train, and no valid
  bool best = false;
};

struct TrainHooks {
  std::function<double()> clock;  // seconds since the run began, asked from any thread; null: since train() was called
  std::function<void(const Progress&)> progress;      // every epoch, and at most four times a second in between
  std::function<bool()> stop;                         // asked after every step
  std::function<void(const TrainState&)> checkpoint;  // after every epoch
  // The ranks that share each batch and each validation, all with the same start, data and options, and the same bits
  // in the end; null: this one alone. The clock is that of rank 0, a stop that of any rank.
  Exchange* exchange = nullptr;
};

struct TrainResult {
  Vector theta;  // of the best epoch
  std::int64_t epochs = 0, steps = 0, budget = 0, skipped = 0, best_epoch = 0;
  double loss = 0, error = 0;  // held out, of the best epoch; NaN where the time limit left none for validation
  double seconds = 0, rows_per_second = 0;
  bool interrupted = false;  // by the hook, or by the objective's failure()
  bool parted = false;       // ended because steps had become too long for what they integrate
};

// Each step's gradient is that of the sum of weight * loss over the batch, divided by the batch size and by the mean
// training weight, so that its mean over batches is the whole table's and rows' weights count like copies. Rows of
// weight 0 are left out; rows far above the mean weight are visited several times an epoch, with their part of it.
//
// The time limit holds for steps and validations: none is begun that would end beyond it, judged by those before, and a
// step that runs beyond it is given up.
//
// Throws Error when the loss stays without a finite value for 20 batches in a row, or when all weights of the training
// or of the validation rows are 0. `resume` may be null.
TrainResult train(const Objective& objective, const Vector& start, const Data& data, const Data& valid,
                  const TrainOptions& options, const TrainHooks& hooks, const TrainState* resume);

}  // namespace NF_PRECISION
}  // namespace nf
