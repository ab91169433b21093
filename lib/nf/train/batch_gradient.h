#pragma once
// The gradient of a batch: cut into chunks, a function of the batch size alone, that threads and ranks share, and added
// up in one order, so that it has the same bits whoever computed what.
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "nf/core/exchange.h"
#include "nf/core/parallel.h"
#include "nf/train/objective.h"
#include "nf/train/visits.h"

namespace nf {
inline namespace NF_PRECISION {

// Rows of a chunk, whole tiles: a batch is cut into at most Optimizer::kMostParts of them. A chunk has a gradient of
// its own, to be cleared and added up, so chunks of one tile make a step on one thread dearer by up to a tenth.
int chunk_rows(int batch);

class BatchGradient {
 public:
  // All that is handed in must outlive this.
  BatchGradient(const Objective& objective, const Data& data, const Visits& visits, int batch, Pool& pool,
                std::vector<Stack>& stacks, Exchange& exchange);

  // Of the visits `rows` (as many as the batch), at this theta. moment: of the batch's first tile; others count on.
  // False if late() came true on any rank, asked now and then from any thread: then nothing below is of use.
  bool compute(const Real* theta, std::span<const std::uint32_t> rows, const Moment& moment, std::uint64_t seed,
               const std::function<bool()>& late);
  double loss() const { return loss_; }                        // sum of weight * loss over the batch, of all ranks
  const std::vector<double>& stats() const { return stats_; }  // of all ranks
  const std::vector<Real*>& parts() const { return parts_; }   // of this rank, for Optimizer::gather

 private:
  double chunk(const Real* theta, std::span<const std::uint32_t> rows, const Moment& moment, std::uint64_t seed,
               std::size_t worker, int part);
  double tile(Pass& pass, std::span<const std::uint32_t> rows, const Moment& moment) const;

  const Objective& objective_;
  const Data& data_;
  const Visits& visits_;
  Pool& pool_;
  std::vector<Stack>& stacks_;
  Exchange& exchange_;
  std::vector<Stack> tapes_;
  std::vector<Range> live_;
  int chunk_rows_, first_ = 0, chunks_ = 0;  // this rank's chunks
  Vector prepared_;
  std::vector<Vector> gradients_;
  std::vector<Real*> parts_;
  std::vector<double> sums_;  // a chunk: loss, then stats
  std::vector<double> stats_;
  double loss_ = 0;
};

}  // namespace NF_PRECISION
}  // namespace nf
