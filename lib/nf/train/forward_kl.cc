// forward_kl.cc -- maximum likelihood, the forward Kullback-Leibler divergence from the data to the flow.
#include "nf/train/objective.h"

namespace nf {
inline namespace NF_PRECISION {
namespace {

class ForwardKl final : public Objective {
 public:
  ForwardKl(const Flow& flow, double door_log_det) : flow_(flow), door_(door_log_det) {}

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
    return evaluate_rows(flow_, theta, data, pool, stacks, [&](Pass& pass, TileIn x, std::uint64_t, LogDet& loss) {
      Scratch scratch(*pass.scratch);
      Tile z = scratch.tile(flow_.noise_dim());
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

}  // namespace NF_PRECISION
}  // namespace nf
