#pragma once
// Adam over the live ranges of theta, with the reduction of the chunks' gradients, clipping and averaging.
#include <vector>

#include "nf/core/exchange.h"
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

  static constexpr std::size_t kMostParts = 16;
  // The sum of all ranks' `parts` (theta-sized each, 1 .. kMostParts a rank), into part 0, pairwise as in exchange.h; returns its squared norm.
  // Results do not depend on the pool's size, here and below.
  double gather(Pool& pool, const std::vector<Real*>& parts, Exchange& exchange);
  // One step from what was gathered, divided by `weight`. False, and nothing changed, if the gradient is not finite.
  bool step(Pool& pool, const Real* gradient, double squares, double weight, double rate, Vector& theta);

  // Saved and restored by checkpoints.
  std::int64_t steps = 0;
  Vector m, v, averaged;  // averaged: empty without averaging

 private:
  template <class Body>
  void for_tasks(Pool& pool, Body body) const;  // body(range, task)
  double reduce(Pool& pool, const std::vector<Real*>& parts);

  OptimizerOptions options_;
  std::vector<Range> ranges_;
  std::vector<std::size_t> tasks_;  // first range of each task, and the end
  std::vector<double> squares_;
};

}  // namespace NF_PRECISION
}  // namespace nf
