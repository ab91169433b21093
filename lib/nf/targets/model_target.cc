// model_target.cc -- a trained flow as the target of another.
#include "nf/targets/target.h"

namespace nf {
inline namespace NF_PRECISION {
namespace {

class ModelTarget final : public Target {
 public:
  explicit ModelTarget(const Model& model) : model_(model) {}
  int dim() const override { return model_.flow.dim(); }

  void log_density(Pass& pass, TileIn x, LogDet& lp, Tile dx) const override {
    const Flow& flow = model_.flow;
    Stack own;
    Scratch scratch(*pass.scratch);
    Tile z = scratch.tile(flow.dim()), dz = scratch.tile(flow.dim());
    Pass frozen{
        .theta = model_.theta.data(), .rows = pass.rows, .tape = pass.tape ? pass.tape : &own, .scratch = pass.scratch};
    lp.setZero();
    flow.log_prob(frozen, x, z, lp);
    dz.setZero();
    flow.base().backward(frozen, in(z), LogDet::Ones(), dz);
    flow.encode_backward(frozen, in(dz), LogDet::Ones(), dx);
  }

 private:
  const Model& model_;
};

}  // namespace

std::unique_ptr<Target> make_model_target(const Model& model) { return std::make_unique<ModelTarget>(model); }

}  // namespace NF_PRECISION
}  // namespace nf
