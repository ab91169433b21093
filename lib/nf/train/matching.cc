#include "nf/train/matching.h"

#include <algorithm>
#include <cmath>

#include "nf/core/assignment.h"
#include "nf/core/random.h"
#include "nf/nets/field.h"

namespace nf {
inline namespace NF_PRECISION {
namespace {

class FlowMatching final : public FlowObjective {
 public:
  using FlowObjective::FlowObjective;

  double tile(Pass& pass, TileIn x, const LogDet& weight, const Moment&) const override {
    Scratch scratch(*pass.scratch);
    const int dim = flow_.dim();
    Real *const t = scratch.get(1), *const memory = scratch.get(field().columns());
    Tile error = scratch.tile(dim), unused = scratch.tile(dim);
    const LogDet loss = errors(pass, x, t, memory, error);
    double sum = 0;
    for (int r = 0; r < kTile; ++r) {
      const bool counts = r < pass.rows && weight(r) != 0;
      error.row(r) *= counts ? static_cast<Real>(2 * weight(r)) : Real(0);
      if (counts) sum += weight(r) * loss(r);
    }
    field().backward(pass, memory, in(error), nullptr, unused, nullptr);
    return sum;
  }

  void row_losses(Pass& pass, TileIn x, const Data&, Eigen::Index, LogDet& loss) const override {
    Scratch scratch(*pass.scratch);
    Real *const t = scratch.get(1), *const memory = scratch.get(field().columns());
    Tile error = scratch.tile(flow_.dim());
    loss = errors(pass, x, t, memory, error);
  }

 private:
  const Field& field() const { return *flow_.layers().back()->field(); }

  // v - (x - z), and its square a row.
  LogDet errors(Pass& pass, TileIn x, Real* t, Real* memory, Tile error) const {
    Scratch scratch(*pass.scratch);
    const int dim = flow_.dim();
    Tile data = scratch.tile(dim), z = scratch.tile(dim), at = scratch.tile(dim);
    data = x;
    Pass frozen = pass;
    frozen.tape = nullptr;
    frozen.dtheta = frozen.dcontext = nullptr;
    LogDet unused = LogDet::Zero();
    for (std::size_t l = 0; l + 1 < flow_.layers().size(); ++l) {
      at = data;
      flow_.layers()[l]->forward(frozen, in(at), data, unused);
    }
    const Random random{pass.noise.seed};
    random.normals(Stream::kMatch, pass.noise.first_row, dim, z.data());
    random.uniforms(Stream::kMatchTime, pass.noise.first_row, 1, t);
    if (flow_.context() == 0) pair(data, z, at);
    // A time from each 64th, denser near the data, where the field is hardest to learn.
    for (int r = 0; r < kTile; ++r) {
      const double even = (r + static_cast<double>(t[r])) / kTile;
      t[r] = static_cast<Real>(1 - std::pow(1 - even, 1.5));
      at.row(r) = (1 - t[r]) * z.row(r) + t[r] * data.row(r);
    }
    field().forward(pass, t, in(at), memory, error, nullptr);
    error += z - data;
    return error.cast<double>().array().square().rowwise().sum();
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
};

}  // namespace

std::string unmatchable(const Flow& flow) {
  const auto& layers = flow.layers();
  if (layers.empty() || !layers.back()->field()) return "its last layer is not a continuous one";
  for (std::size_t l = 0; l + 1 < layers.size(); ++l)
    if (!layers[l]->traits().bijective() || layers[l]->field())
      return "a layer before its last one is drawn or continuous";
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
