// forward_kl.cc -- maximum likelihood, the forward Kullback-Leibler divergence from the data to the flow.
#include <algorithm>
#include <cmath>

#include "nf/train/objective.h"

namespace nf {
inline namespace NF_PRECISION {
namespace {

class ForwardKl final : public Objective {
 public:
  ForwardKl(const Flow& flow, double door_log_det) : flow_(flow), door_(door_log_det) {}

  double tile(Pass& pass, TileIn x, const LogDet& weight, const Moment&) const override {
    const int dim = flow_.dim();
    Scratch scratch(*pass.scratch);
    Tile z = scratch.tile(dim), dz = scratch.tile(dim), dx = scratch.tile(dim);
    LogDet lp = LogDet::Zero();
    flow_.log_prob(pass, x, z, lp);
    const LogDet dlp = -weight;
    dz.setZero();
    flow_.base().backward(pass, in(z), dlp, dz);
    flow_.encode_backward(pass, in(dz), dlp, dx);
    double loss = 0;
    for (int r = 0; r < pass.rows; ++r)
      if (weight(r) != 0) loss -= weight(r) * lp(r);
    return loss;
  }

  HeldOut validate(const Vector& theta, const Data& data, Pool& pool, std::vector<Stack>& stacks) const override {
    return evaluate_rows(theta, data, pool, stacks, [&](Pass& pass, TileIn x, std::uint64_t, LogDet& loss) {
      Scratch scratch(*pass.scratch);
      Tile z = scratch.tile(flow_.dim());
      loss.setZero();
      flow_.log_prob(pass, x, z, loss);
      loss = -loss;
    });
  }
  double shown(double loss) const override { return door_ - loss; }

 private:
  const Flow& flow_;
  double door_;
};

}  // namespace

std::unique_ptr<Objective> make_forward_kl(const Flow& flow, double door_log_det) {
  return std::make_unique<ForwardKl>(flow, door_log_det);
}

HeldOut evaluate_rows(const Vector& theta, const Data& data, Pool& pool, std::vector<Stack>& stacks,
                      const std::function<void(Pass&, TileIn, std::uint64_t, LogDet&)>& tile) {
  std::vector<double> values(data.rows());
  pool.run(static_cast<int>((data.rows() + kTile - 1) / kTile), [&](int task, int worker) {
    Stack& stack = stacks[worker];
    Scratch scratch(stack);
    Tile x = scratch.tile(static_cast<int>(data.x.cols())), c = scratch.tile(static_cast<int>(data.c.cols()));
    const Eigen::Index first = static_cast<Eigen::Index>(task) * kTile;
    Pass pass{.theta = theta.data(), .context = c.data(), .rows = load_tile(data.x, first, x), .scratch = &stack};
    if (data.c.cols() > 0) load_tile(data.c, first, c);
    LogDet value;
    tile(pass, in(x), static_cast<std::uint64_t>(first), value);
    std::copy_n(value.data(), pass.rows, values.begin() + first);
  });
  double sum = 0, weights = 0, squares = 0;
  const auto each = [&](auto use) {
    for (std::size_t r = 0; r < values.size(); ++r)
      if (const double w = data.weight.empty() ? 1.0 : data.weight[r]; w > 0) use(w, values[r]);
  };
  each([&](double w, double value) { weights += w, sum += w * value; });
  const double mean = sum / weights;
  each([&](double w, double value) { squares += w * w * (value - mean) * (value - mean); });
  return {mean, std::sqrt(squares) / weights};
}

}  // namespace NF_PRECISION
}  // namespace nf
