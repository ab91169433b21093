#include "weights.h"

#include <fmt/format.h>

#include <algorithm>

namespace nf::cli {

Weights::Weights(const NamedTarget& target, int threads) : target_(target), pool_(threads), memory_(pool_.threads()) {
  if (target.model) scorer_ = std::make_unique<Scorer>(*target.model, threads);
}

void Weights::weigh(const double* x, const double* lp, int rows, double* weights) {
  if (scorer_) scorer_->log_prob(x, nullptr, rows, weights, nullptr);
  else ask(x, rows, weights);
  for (int r = 0; r < rows; ++r) weights[r] -= lp[r];
  const auto room = std::min(kMostSeen - seen_.size(), static_cast<std::size_t>(rows));
  seen_.insert(seen_.end(), weights, weights + room);
}

void Weights::ask(const double* x, int rows, double* lp) {
  const int dim = target_.target->dim();
  pool_.run((rows + kTile - 1) / kTile, [&](int task, int worker) {
    const int first = task * kTile, real = std::min(kTile, rows - first);
    Scratch scratch(memory_[worker]);
    Tile at = scratch.tile(dim), unused = scratch.tile(dim);
    for (int r = 0; r < kTile; ++r)
      for (int j = 0; j < dim; ++j)
        at(r, j) = static_cast<Real>(x[std::ptrdiff_t{first + std::min(r, real - 1)} * dim + j]);
    LogDet found = LogDet::Zero();
    Pass pass{.rows = real, .scratch = &memory_[worker]};
    target_.target->log_density(pass, in(at), found, unused);
    std::copy_n(found.data(), real, lp + first);
  });
}

std::string importance_text(const ImportanceReport& report) {
  return fmt::format("{} fresh rows: log-normaliser {:.4f} ± {:.4f}, effective sample size {:.1f} %, Pareto k {:.2f}",
                     report.rows, report.log_normaliser, report.log_normaliser_error, 100 * report.effective_share,
                     report.pareto_k);
}

}  // namespace nf::cli
