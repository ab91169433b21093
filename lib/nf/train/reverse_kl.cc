#include "nf/train/reverse_kl.h"

#include <algorithm>
#include <cmath>

#include "nf/core/parallel.h"
#include "nf/flow/needs_target.h"
#include "nf/flow/score.h"

namespace nf {
inline namespace NF_PRECISION {
namespace {

// Rows that no validation has seen: the best epoch was chosen by those.
constexpr std::uint64_t kBeyondValidation = std::uint64_t{1} << 40;

// p~^heat.
class Heated final : public Density {
 public:
  Heated(const Density& target, double heat) : target_(target), heat_(heat) {}
  int dim() const override { return target_.dim(); }
  void log_density(Pass& pass, TileIn x, LogDet& lp, Tile dx) const override {
    target_.log_density(pass, x, lp, dx);
    lp *= heat_;
    dx *= static_cast<Real>(heat_);
  }

 private:
  const Density& target_;
  double heat_;
};

class ReverseKl final : public FlowObjective {
 public:
  ReverseKl(const Flow& flow, const Target& target, std::uint64_t seed, double anneal)
      : FlowObjective(flow), target_(target), random_{seed}, anneal_(anneal) {
    if (flow.context() > 0) throw Error("reverse KL fits flows without context");
    if (flow.dim() != target.dim())
      throw Error("the target has " + std::to_string(target.dim()) + " columns, the flow " +
                  std::to_string(flow.dim()));
    if (flow.num_stats() > 0) throw Error("reverse KL has no data for batch_norm; actnorm needs none");
    require_target(flow, &target);
    require_ld_gradient(flow);
    // Samples are differentiated by the layers' numbers, not by the base's.
    if (flow.learns_base()) throw Error("reverse KL needs a flow whose base has no numbers of its own");
  }

  double tile(Pass& pass, TileIn, const LogDet& weight, const Moment& moment) const override {
    const int dim = flow_.dim();
    Scratch scratch(*pass.scratch);
    Tile z = scratch.tile(flow_.noise_dim()), x = scratch.tile(dim), dx = scratch.tile(dim),
         by_flow = scratch.tile(dim);
    LogDet ld = LogDet::Zero(), lq = LogDet::Zero(), lp;
    const Heated target(target_, anneal_ > 0 ? std::min(1.0, 0.01 + 0.99 * moment.progress / anneal_) : 1);
    pass.target = &target;
    flow_.base().sample(pass, random_, Stream::kDistill, moment.example, z);
    flow_.decode(pass, in(z), x, ld);
    target.log_density(pass, in(x), lp, dx);
    flow_.base().log_prob(pass, in(z), lq);
    double loss = 0;
    for (int r = 0; r < kTile; ++r) {
      const double w = r < pass.rows ? weight(r) : 0;
      if (w != 0) loss += w * (lq(r) - ld(r) - lp(r));
      dx.row(r) *= static_cast<Real>(-w);
      if (w == 0) dx.row(r).setZero();
    }
    LogDet dld = -weight;
    if (flow_.base().smooth() && flow_.traits().bijective()) {  // along the path alone
      score(flow_, pass, in(x), weight, lq, by_flow);
      dx += by_flow;
      dld.setZero();
    }
    flow_.decode_backward(pass, in(dx), dld, z);
    pass.target = nullptr;
    return loss;
  }

  void row_losses(Pass& pass, TileIn, const Data&, Eigen::Index first, LogDet& loss) const override {
    log_weights(pass, static_cast<std::uint64_t>(first), loss);
    loss = -loss;
  }
  double shown(double loss, const Data&) const override { return -loss; }
  std::string failure() const override { return target_.failure(); }

  // log p~ - log q at rows first .. of the flow's test sample.
  void log_weights(Pass& pass, std::uint64_t first, LogDet& weights) const {
    const int dim = flow_.dim();
    Scratch scratch(*pass.scratch);
    Tile z = scratch.tile(flow_.noise_dim()), x = scratch.tile(dim), dx = scratch.tile(dim);
    LogDet ld = LogDet::Zero(), lq = LogDet::Zero();
    pass.target = &target_;
    flow_.base().sample(pass, random_, Stream::kTest, first, z);
    flow_.decode(pass, in(z), x, ld);
    flow_.base().log_prob(pass, in(z), lq);
    target_.log_density(pass, in(x), weights, dx);
    weights += ld - lq;
  }

 private:
  const Target& target_;
  Random random_;
  double anneal_;
};

}  // namespace

std::unique_ptr<Objective> make_reverse_kl(const Flow& flow, const Target& target, std::uint64_t seed, double anneal) {
  return std::make_unique<ReverseKl>(flow, target, seed, anneal);
}

std::unique_ptr<Objective> make_reverse_kl(const ObjectiveSetup& setup) {
  if (!setup.target) throw Error("reverse KL needs a target");
  return make_reverse_kl(setup.flow, *setup.target, setup.seed, setup.anneal);
}

ImportanceReport importance(const Flow& flow, const Vector& theta, const Target& target, std::uint64_t seed,
                            std::int64_t rows, int threads) {
  const ReverseKl objective(flow, target, seed, 0);
  Pool pool(threads);
  std::vector<Stack> stacks(pool.threads());
  std::vector<double> weights(rows);
  Vector prepared;
  flow.prepare(theta.data(), stacks[0], prepared);
  pool.run(static_cast<int>((rows + kTile - 1) / kTile), [&](int task, int worker) {
    const std::int64_t first = static_cast<std::int64_t>(task) * kTile;
    const auto n = static_cast<int>(std::min<std::int64_t>(kTile, rows - first));
    const std::uint64_t row = kBeyondValidation + static_cast<std::uint64_t>(first);
    Pass pass{.theta = theta.data(),
              .rows = n,
              .noise = {seed, row},
              .prepared = prepared.data(),
              .scratch = &stacks[worker]};
    LogDet tile;
    objective.log_weights(pass, row, tile);
    std::copy_n(tile.data(), n, weights.begin() + first);
  });
  return importance_report(std::move(weights));
}

}  // namespace NF_PRECISION
}  // namespace nf
