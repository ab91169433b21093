#include "nf/optim/optimizer.h"

#include <algorithm>
#include <cmath>

#include "nf/kernels/kernels.h"

namespace nf {
inline namespace NF_PRECISION {

namespace {

constexpr std::size_t kTaskSize = 1 << 13;  // numbers a task works on

}  // namespace

Optimizer::Optimizer(const Params& params, const OptimizerOptions& options)
    : options_(options), ranges_(params.ranges(kTaskSize, Params::kBridge)) {
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

template <class Body>
void Optimizer::for_tasks(Pool& pool, Body body) const {
  pool.run(static_cast<int>(squares_.size()), [&](int task, int) {
    for (std::size_t i = tasks_[task]; i < tasks_[task + 1]; ++i) body(ranges_[i], task);
  });
}

double Optimizer::reduce(Pool& pool, const std::vector<Real*>& parts) {
  std::fill(squares_.begin(), squares_.end(), 0.0);
  for_tasks(pool, [&](const Range& range, int task) {
    const Real* at[kMostParts];
    for (std::size_t p = 0; p < parts.size(); ++p) at[p] = parts[p] + range.offset;
    squares_[task] += kernels::reduce(at, static_cast<int>(parts.size()), parts[0] + range.offset, range.length);
  });
  double sum = 0;
  for (const double s : squares_) sum += s;
  return sum;
}

double Optimizer::gather(Pool& pool, const std::vector<Real*>& parts, Exchange& exchange) {
  const double squares = reduce(pool, parts);
  if (exchange.size() == 1) return squares;
  exchange.sum(std::span<Real>(parts[0], static_cast<std::size_t>(m.size())));
  return reduce(pool, {parts[0]});
}

bool Optimizer::step(Pool& pool, const Real* gradient, double squares, double weight, double rate, Vector& theta) {
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
  for_tasks(pool, [&](const Range& range, int) {
    kernels::AdamStep s = adam;
    s.decay = range.decay ? options_.weight_decay : 0;
    kernels::adam(s, gradient + range.offset, m.data() + range.offset, v.data() + range.offset,
                  theta.data() + range.offset, range.length);
    if (averaging) kernels::average(keep, theta.data() + range.offset, averaged.data() + range.offset, range.length);
  });
  return true;
}

}  // namespace NF_PRECISION
}  // namespace nf
