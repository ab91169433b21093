#pragma once
// Adam over the live ranges of theta, with the reduction of the chunks' gradients, clipping and averaging.
#include <vector>

#include "nf/core/parallel.h"
#include "nf/core/params.h"
#include "nf/core/types.h"

namespace nf {
inline namespace NF_PRECISION {

struct OptimizerOptions {
  double weight_decay = 0;
  double clip = 0;     // the gradient's norm is scaled down to this; 0: not
  double average = 0;  // weights' exponential moving average keeps this share a step; 0: none
  double beta1 = 0.9, beta2 = 0.999;
};

class Optimizer {
 public:
  Optimizer(const Params& params, const OptimizerOptions& options);

  // One step from the gradients' sums in `parts` (theta-sized each; part 0 is overwritten), divided by `weight`. False,
  // and nothing changed, if the gradient is not finite. The result does not depend on the pool's size.
  bool step(Pool& pool, const std::vector<Real*>& parts, double weight, double rate, Vector& theta);

  // Saved and restored by checkpoints.
  std::int64_t steps = 0;
  Vector m, v, averaged;  // averaged: empty without averaging

 private:
  OptimizerOptions options_;
  std::vector<Range> ranges_;
  std::vector<std::size_t> tasks_;  // first range of each task, and the end
  std::vector<double> squares_;
};

}  // namespace NF_PRECISION
}  // namespace nf
