// forward_kl.cc -- maximum likelihood, the forward Kullback-Leibler divergence from the data to the flow.
#include "nf/train/objective.h"

namespace nf {
inline namespace NF_PRECISION {
namespace {

// Weighted, over the rows; counted from the first row's, so that where all are one number it is that.
double mean_log_det(const Data& data) {
  if (data.log_det.empty()) return 0;
  double sum = 0, weights = 0;
  for (std::size_t r = 0; r < data.log_det.size(); ++r) {
    const double w = data.weight.empty() ? 1.0 : data.weight[r];
    weights += w;
    sum += w * (data.log_det[r] - data.log_det[0]);
  }
  return data.log_det[0] + (weights > 0 ? sum / weights : 0);
}

class ForwardKl final : public Objective {
 public:
  ForwardKl(const Flow& flow, const Data& valid) : flow_(flow), door_(mean_log_det(valid)) {}

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

  HeldOut validate(const Vector& theta, const Data& data, Pool& pool, std::vector<Stack>& stacks) const override {
    const auto losses = [&](Pass& pass, TileIn x, std::uint64_t first, LogDet& loss) {
      Scratch scratch(*pass.scratch);
      Tile z = scratch.tile(flow_.noise_dim());
      loss.setZero();
      flow_.log_prob(pass, x, z, loss);
      loss = -loss;
      for (int r = 0; !data.log_det.empty() && r < pass.rows; ++r) loss(r) -= data.log_det[first + r] - door_;
    };
    return evaluate_rows(flow_, theta, data, pool, stacks, losses);
  }
  double shown(double loss) const override { return door_ - loss; }

 private:
  const Flow& flow_;
  double door_;
};

}  // namespace

std::unique_ptr<Objective> make_forward_kl(const Flow& flow, const Data& valid) {
  return std::make_unique<ForwardKl>(flow, valid);
}

}  // namespace NF_PRECISION
}  // namespace nf
