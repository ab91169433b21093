#include "nf/train/matching.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "nf/core/random.h"
#include "nf/kernels/assignment.h"
#include "nf/nets/matrix.h"

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
  const char* unit() const override { return ""; }

 private:
  LogDet losses(Pass& pass, TileIn x, const LogDet* weight) const {
    Scratch scratch(*pass.scratch);
    const int dim = flow_.dim();
    Tile data = scratch.tile(dim), z = scratch.tile(dim), unpaired = scratch.tile(dim), products = scratch.tile(kTile);
    ways_.arrive(pass, x, data);
    Random{pass.noise.seed}.normals(Stream::kMatch, pass.noise.first_row, dim, z.data());
    if (flow_.context() == 0) pair(data, z, unpaired, products);
    return ways_.losses(pass, in(data), in(z), weight);
  }

  // Each row of the tile with the noise that it is paired with where the squares of all ways are least: straighter
  // ways, as of optimal transport. With a context rows would be paired across contexts.
  static void pair(const Tile& data, Tile z, Tile unpaired, Tile products) {
    constexpr double kMost = 1e6;
    unpaired = z;
    // Of |x - z|^2 the rest is the same for all pairings.
    multiply({data.data(), kTile, static_cast<int>(data.cols()), 1, kTile}, in(z), products);
    const auto most = static_cast<double>(products.cwiseAbs().maxCoeff());
    if (!products.allFinite() || most < std::numeric_limits<float>::min()) return;
    std::vector<std::int32_t> cost(static_cast<std::size_t>(products.size()));
    const auto scale = static_cast<Real>(-kMost / most);
    for (std::size_t i = 0; i < cost.size(); ++i) cost[i] = static_cast<std::int32_t>(scale * products.data()[i]);
    std::array<std::int32_t, kTile> paired;
    kernels::assign(cost.data(), paired.data());
    for (int k = 0; k < data.cols(); ++k)
      for (int i = 0; i < kTile; ++i) z(i, k) = unpaired(paired[i], k);
  }

  StraightWays ways_;
};

}  // namespace

std::string unmatchable(const Flow& flow) {
  if (const std::string why = without_ways(flow); !why.empty()) return why;
  const Json base = flow.spec()["base"];
  return base.value("kind", "") == "normal" && !base.contains("override") ? "" : "its base is not normal";
}

std::unique_ptr<Objective> make_flow_matching(const Flow& flow) {
  if (const std::string why = unmatchable(flow); !why.empty()) throw Error("the flow has nothing to match: " + why);
  return std::make_unique<FlowMatching>(flow);
}
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
