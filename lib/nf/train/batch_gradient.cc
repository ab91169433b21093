#include "nf/train/batch_gradient.h"

#include <algorithm>
#include <atomic>

#include "nf/optim/optimizer.h"

namespace nf {
inline namespace NF_PRECISION {

int chunk_rows(int batch) {
  constexpr int kMostChunks = static_cast<int>(Optimizer::kMostParts);
  const int least = batch <= 2 * kTile ? kTile : 2 * kTile;
  const int needed = (batch + kMostChunks - 1) / kMostChunks;
  return std::max(least, (needed + kTile - 1) / kTile * kTile);
}

BatchGradient::BatchGradient(const Objective& objective, const Data& data, const Visits& visits, int batch, Pool& pool,
                             std::vector<Stack>& stacks, Exchange& exchange)
    : objective_(objective),
      data_(data),
      visits_(visits),
      pool_(pool),
      stacks_(stacks),
      exchange_(exchange),
      tapes_(pool.threads()),
      live_(objective.params().ranges(std::size_t{1} << 30, Params::kBridge)),
      chunk_rows_(nf::chunk_rows(batch)),
      stats_(objective.num_stats()) {
  // Ranks take blocks of a power of two of chunks: subtrees of the sum over all (exchange.h).
  const int all = (batch + chunk_rows_ - 1) / chunk_rows_;
  int block = 1;
  while (block * exchange.size() < all) block *= 2;
  first_ = std::min(all, block * exchange.rank());
  chunks_ = std::min(all - first_, block);
  const auto size = static_cast<Eigen::Index>(objective.params().size());
  gradients_.assign(std::max(1, chunks_), Vector::Zero(size));
  for (Vector& gradient : gradients_) parts_.push_back(gradient.data());
}

bool BatchGradient::compute(const Real* theta, std::span<const std::uint32_t> rows, const Moment& moment,
                            std::uint64_t seed, const std::function<bool()>& late) {
  const int width = 1 + static_cast<int>(stats_.size());
  sums_.assign(static_cast<std::size_t>(std::max(1, chunks_) * width), 0.0);
  objective_.prepare(theta, stacks_[0], prepared_);
  if (chunks_ == 0) gradients_[0].setZero();
  std::atomic<bool> is_late = false;
  pool_.run(chunks_, [&](int part, int worker) {
    if (is_late || late()) {
      is_late = true;
      return;
    }
    const std::size_t begin = static_cast<std::size_t>(first_ + part) * chunk_rows_;
    Moment at = moment;
    at.example += begin;
    sums_[part * width] = chunk(theta, rows.subspan(begin, std::min<std::size_t>(chunk_rows_, rows.size() - begin)), at,
                                seed, worker, part);
  });
  std::vector<double> sums(width + 1);
  for (int i = 0; i < width; ++i) sums[i] = tree_sum(sums_.data() + i, std::max(1, chunks_), width);
  sums[width] = is_late;
  exchange_.sum(std::span<double>(sums));
  loss_ = sums[0];
  std::copy_n(sums.begin() + 1, stats_.size(), stats_.begin());
  return sums[width] == 0;
}

double BatchGradient::chunk(const Real* theta, std::span<const std::uint32_t> rows, const Moment& moment,
                            std::uint64_t seed, std::size_t worker, int part) {
  for (const Range& range : live_) std::fill_n(parts_[part] + range.offset, range.length, Real(0));
  double loss = 0;
  for (std::size_t at = 0; at < rows.size(); at += kTile) {
    Moment here = moment;
    here.example += at;
    Pass pass{.theta = theta,
              .dtheta = parts_[part],
              .training = true,
              .noise = {seed, here.example},
              .prepared = prepared_.data(),
              .stats = sums_.data() + part * (1 + stats_.size()) + 1,
              .tape = &tapes_[worker],
              .scratch = &stacks_[worker]};
    loss += tile(pass, rows.subspan(at, std::min<std::size_t>(kTile, rows.size() - at)), here);
  }
  return loss;
}

double BatchGradient::tile(Pass& pass, std::span<const std::uint32_t> rows, const Moment& moment) const {
  Scratch scratch(*pass.scratch);
  Tile x = scratch.tile(static_cast<int>(data_.x.cols())), c = scratch.tile(static_cast<int>(data_.c.cols()));
  LogDet weight = LogDet::Zero();
  pass.rows = static_cast<int>(rows.size());
  pass.context = c.data();
  for (int r = 0; r < kTile; ++r) {
    const auto row = static_cast<Eigen::Index>(rows[std::min(r, pass.rows - 1)]);
    x.row(r) = data_.x.row(row);
    if (c.cols() > 0) c.row(r) = data_.c.row(row);
    if (r < pass.rows) weight(r) = visits_.weight[row];
  }
  return objective_.tile(pass, in(x), weight, moment);
}

}  // namespace NF_PRECISION
}  // namespace nf
