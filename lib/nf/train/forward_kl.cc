// forward_kl.cc -- maximum likelihood, the forward Kullback-Leibler divergence from the data to the flow.
#include <algorithm>

#include "nf/flow/needs_target.h"
#include "nf/train/objective.h"

namespace nf {
inline namespace NF_PRECISION {
namespace {

class ForwardKl final : public FlowObjective {
 public:
  using FlowObjective::FlowObjective;

  bool integrates() const override {
    const auto& layers = flow_.layers();
    return flow_.traits().approximate &&
           std::any_of(layers.begin(), layers.end(), [](const auto& layer) { return layer->field() != nullptr; });
  }
  void row_errors(Pass& pass, TileIn x, LogDet& error) const override {
    Scratch scratch(*pass.scratch);
    Tile z = scratch.tile(flow_.noise_dim());
    LogDet squares = LogDet::Zero(), lp = LogDet::Zero();
    pass.error = &squares;
    flow_.log_prob(pass, x, z, lp);
    pass.error = nullptr;
    error = squares.sqrt();
  }

  double tile(Pass& pass, TileIn x, const LogDet& weight, const Moment&) const override {
    Scratch scratch(*pass.scratch);
    Tile z = scratch.tile(flow_.noise_dim()), dz = scratch.tile(flow_.noise_dim()), dx = scratch.tile(flow_.dim());
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

  // The doors' part is a number of each row, whose mean is added where losses are shown.
  void row_losses(Pass& pass, TileIn x, const Data& data, Eigen::Index first, LogDet& loss) const override {
    Scratch scratch(*pass.scratch);
    Tile z = scratch.tile(flow_.noise_dim());
    loss.setZero();
    flow_.log_prob(pass, x, z, loss);
    loss = -loss;
    for (int r = 0; !data.log_det.empty() && r < pass.rows; ++r)
      loss(r) -= data.log_det[static_cast<std::size_t>(first) + r] - data.mean_log_det;
  }
  double shown(double loss, const Data& rows) const override { return rows.mean_log_det - loss; }
};

}  // namespace

std::unique_ptr<Objective> make_forward_kl(const Flow& flow) {
  require_target(flow, nullptr);
  return std::make_unique<ForwardKl>(flow);
}
std::unique_ptr<Objective> make_forward_kl(const ObjectiveSetup& setup) {
  require_ld_gradient(setup.flow);
  return make_forward_kl(setup.flow);
}

}  // namespace NF_PRECISION
}  // namespace nf
