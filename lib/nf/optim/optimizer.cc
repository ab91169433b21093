#include "nf/optim/optimizer.h"

#include <cmath>

#include "nf/kernels/kernels.h"

namespace nf {
inline namespace NF_PRECISION {

namespace {

constexpr std::size_t kTaskSize = 1 << 15;  // numbers a task works on

}  // namespace

Optimizer::Optimizer(const Params& params, const OptimizerOptions& options)
    : options_(options), ranges_(params.ranges(kTaskSize)) {
  const auto size = static_cast<Eigen::Index>(params.size());
  m = Vector::Zero(size);
  v = Vector::Zero(size);
  std::size_t filled = kTaskSize;
  for (std::size_t i = 0; i < ranges_.size(); ++i) {
    if (filled >= kTaskSize) tasks_.push_back(i), filled = 0;
    filled += ranges_[i].length;
  }
  squares_.resize(tasks_.size());
  tasks_.push_back(ranges_.size());
}

bool Optimizer::step(Pool& pool, const std::vector<Real*>& parts, double weight, double rate, Vector& theta) {
  const int tasks = static_cast<int>(squares_.size());
  pool.run(tasks, [&](int task, int) {
    const auto t = static_cast<std::size_t>(task);
    std::vector<const Real*> at(parts.size());
    double sum = 0;
    for (std::size_t i = tasks_[t]; i < tasks_[t + 1]; ++i) {
      for (std::size_t p = 0; p < parts.size(); ++p) at[p] = parts[p] + ranges_[i].offset;
      sum += kernels::reduce(at.data(), static_cast<int>(at.size()), parts[0] + ranges_[i].offset, ranges_[i].length);
    }
    squares_[t] = sum;
  });
  double squares = 0;
  for (double s : squares_) squares += s;
  const double norm = std::sqrt(squares) / weight;
  if (!std::isfinite(norm)) return false;
  ++steps;
  const auto n = static_cast<double>(steps);
  kernels::AdamStep adam{.rate = rate,
                         .beta1 = options_.beta1,
                         .beta2 = options_.beta2,
                         .epsilon = 1e-8,
                         .decay = 0,
                         .scale = 1 / weight,
                         .correction1 = 1 - std::pow(options_.beta1, n),
                         .correction2 = 1 - std::pow(options_.beta2, n)};
  if (options_.clip > 0 && norm > options_.clip) adam.scale *= options_.clip / norm;
  const bool averaging = options_.average > 0;
  // Early averages forget the start faster: (1 + n) / (10 + n) while that is smaller.
  const double keep = std::min(options_.average, (1 + n) / (10 + n));
  if (averaging && averaged.size() == 0) averaged = theta;
  pool.run(tasks, [&](int task, int) {
    const auto t = static_cast<std::size_t>(task);
    for (std::size_t i = tasks_[t]; i < tasks_[t + 1]; ++i) {
      const Range& range = ranges_[i];
      kernels::AdamStep s = adam;
      s.decay = range.decay ? options_.weight_decay : 0;
      kernels::adam(s, parts[0] + range.offset, m.data() + range.offset, v.data() + range.offset,
                    theta.data() + range.offset, range.length);
      if (averaging) kernels::average(keep, theta.data() + range.offset, averaged.data() + range.offset, range.length);
    }
  });
  return true;
}

}  // namespace NF_PRECISION
}  // namespace nf
