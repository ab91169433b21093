#include "nf/train/evaluate.h"

#include <algorithm>
#include <cmath>

#include "nf/core/load_tile.h"

namespace nf {
inline namespace NF_PRECISION {

namespace {

// what(pass, x, first, value) of the first `count` rows.
template <class What>
std::vector<double> of_rows(const Objective& objective, const Vector& theta, const Data& data, Eigen::Index count,
                            Pool& pool, std::vector<Stack>& stacks, Exchange& exchange, What what) {
  std::vector<double> values(static_cast<std::size_t>(count), 0.0);
  Vector prepared;
  objective.prepare(theta.data(), stacks[0], prepared);
  pool.run(static_cast<int>((count + kTile - 1) / kTile), [&](int task, int worker) {
    if (task % exchange.size() != exchange.rank()) return;
    Stack& stack = stacks[worker];
    Scratch scratch(stack);
    Tile x = scratch.tile(static_cast<int>(data.x.cols())), c = scratch.tile(static_cast<int>(data.c.cols()));
    const Eigen::Index first = static_cast<Eigen::Index>(task) * kTile;
    Pass pass{.theta = theta.data(),
              .context = c.data(),
              .rows = load_tile(data.x, first, x),
              .noise = {.first_row = static_cast<std::uint64_t>(first)},
              .prepared = prepared.data(),
              .scratch = &stack};
    if (data.c.cols() > 0) load_tile(data.c, first, c);
    LogDet value;
    what(pass, in(x), first, value);
    std::copy_n(value.data(), std::min<Eigen::Index>(pass.rows, count - first), values.begin() + first);
  });
  exchange.sum(std::span<double>(values));
  return values;
}

}  // namespace

std::vector<double> row_losses(const Objective& objective, const Vector& theta, const Data& data, Pool& pool,
                               std::vector<Stack>& stacks, Exchange& exchange) {
  return of_rows(objective, theta, data, data.rows(), pool, stacks, exchange,
                 [&](Pass& pass, TileIn x, Eigen::Index first, LogDet& loss) {
                   objective.row_losses(pass, x, data, first, loss);
                 });
}
std::vector<double> row_errors(const Objective& objective, const Vector& theta, const Data& data, Eigen::Index most,
                               Pool& pool, std::vector<Stack>& stacks, Exchange& exchange) {
  return of_rows(objective, theta, data, std::min(most, data.rows()), pool, stacks, exchange,
                 [&](Pass& pass, TileIn x, Eigen::Index, LogDet& error) { objective.row_errors(pass, x, error); });
}

HeldOut mean_loss(const std::vector<double>& losses, const std::vector<double>& weights) {
  double sum = 0, all = 0, squares = 0;
  const auto each = [&](auto use) {
    for (std::size_t r = 0; r < losses.size(); ++r)
      if (const double w = weights.empty() ? 1.0 : weights[r]; w > 0) use(w, losses[r]);
  };
  each([&](double w, double value) { all += w, sum += w * value; });
  const double mean = sum / all;
  each([&](double w, double value) { squares += w * w * (value - mean) * (value - mean); });
  return {mean, std::sqrt(squares) / all};
}

HeldOut evaluate(const Objective& objective, const Vector& theta, const Data& data, Pool& pool,
                 std::vector<Stack>& stacks, Exchange& exchange) {
  return mean_loss(row_losses(objective, theta, data, pool, stacks, exchange), data.weight);
}

}  // namespace NF_PRECISION
}  // namespace nf
