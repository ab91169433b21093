// model_target.cc -- a trained flow as the target of another.
#include "nf/flow/score.h"
#include "nf/targets/target.h"

namespace nf {
inline namespace NF_PRECISION {
namespace {

class ModelTarget final : public Target {
 public:
  explicit ModelTarget(const Model& model) : model_(model) {
    Stack scratch;
    model.flow.prepare(model.theta.data(), scratch, prepared_);
  }
  int dim() const override { return model_.flow.dim(); }

  void log_density(Pass& pass, TileIn x, LogDet& lp, Tile dx) const override {
    lp.setZero();
    Pass own = pass;
    own.theta = model_.theta.data();
    own.prepared = prepared_.data();
    own.training = false;
    score(model_.flow, own, x, LogDet::Ones(), lp, dx);
  }

 private:
  const Model& model_;
  Vector prepared_;
};

}  // namespace

std::unique_ptr<Target> make_model_target(const Model& model) { return std::make_unique<ModelTarget>(model); }

}  // namespace NF_PRECISION
}  // namespace nf
