#include "nf/train/matching.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "nf/core/assignment.h"
#include "nf/core/random.h"

namespace nf {
inline namespace NF_PRECISION {
namespace {

class FlowMatching final : public FlowObjective {
 public:
  explicit FlowMatching(const Flow& flow) : FlowObjective(flow), ways_(flow) {}

  double tile(Pass& pass, TileIn x, const LogDet& weight, const Moment&) const override {
    const LogDet loss = losses(pass, x, &weight);
    return (weight != 0).select(weight * loss, 0.0).sum();
  }
  void row_losses(Pass& pass, TileIn x, const Data&, Eigen::Index, LogDet& loss) const override {
    loss = losses(pass, x, nullptr);
  }

 private:
  LogDet losses(Pass& pass, TileIn x, const LogDet* weight) const {
    Scratch scratch(*pass.scratch);
    const int dim = flow_.dim();
    Tile data = scratch.tile(dim), z = scratch.tile(dim), unpaired = scratch.tile(dim);
    ways_.arrive(pass, x, data);
    Random{pass.noise.seed}.normals(Stream::kMatch, pass.noise.first_row, dim, z.data());
    if (flow_.context() == 0) pair(data, z, unpaired);
    return ways_.losses(pass, in(data), in(z), weight);
  }

  // Each row of the tile with the noise that it is paired with where the squares of all ways are least: straighter
  // ways, as of optimal transport. With a context rows would be paired across contexts.
  static void pair(const Tile& data, Tile z, Tile unpaired) {
    constexpr float kMost = 1e6F;
    unpaired = z;
    std::vector<float> squares(static_cast<std::size_t>(kTile) * kTile, 0.0F);
    for (int k = 0; k < data.cols(); ++k)
      for (int i = 0; i < kTile; ++i) {
        const auto x = static_cast<float>(data(i, k));
        const Real* const noise = &unpaired(0, k);
        float* const to = squares.data() + static_cast<std::ptrdiff_t>(kTile) * i;
        for (int j = 0; j < kTile; ++j)
          to[j] += (x - static_cast<float>(noise[j])) * (x - static_cast<float>(noise[j]));
      }
    const float most = *std::max_element(squares.begin(), squares.end());
    if (!(most < std::numeric_limits<float>::infinity())) return;
    std::vector<std::int32_t> cost(squares.size());
    for (std::size_t i = 0; i < cost.size(); ++i) cost[i] = static_cast<std::int32_t>(squares[i] * (kMost / most));
    const Assignment<kTile> paired(cost.data());
    for (int k = 0; k < data.cols(); ++k)
      for (int i = 0; i < kTile; ++i) z(i, k) = unpaired(paired.columns()[i], k);
  }

  StraightWays ways_;
};

}  // namespace

std::unique_ptr<Objective> make_flow_matching(const Flow& flow) { return std::make_unique<FlowMatching>(flow); }
std::unique_ptr<Objective> make_flow_matching(const ObjectiveSetup& setup) { return make_flow_matching(setup.flow); }

TrainResult match(Model& model, const TrainingData& data, const TrainOptions& options, double amount,
                  const TrainHooks& hooks) {
  TrainOptions own = options;
  if (amount < 1) {
    const double more = kMatchingSteps * amount / std::max(1 - amount, 1e-3);
    const auto times = [&](std::int64_t count) {
      return count == 0 ? 0 : std::max<std::int64_t>(1, std::llround(more * static_cast<double>(count)));
    };
    own.max_seconds *= amount;
    own.epochs = times(options.epochs);
    own.steps = times(options.steps);
  } else {
    own.epochs = 0;
    own.steps = std::llround(amount);
  }
  own.patience = 0;
  const auto objective = make_flow_matching(model.flow);
  TrainResult result = train(*objective, model.theta, data.train, data.valid, own, hooks, nullptr);
  model.theta = result.theta;
  return result;
}

}  // namespace NF_PRECISION
}  // namespace nf
