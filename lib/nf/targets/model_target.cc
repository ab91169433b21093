// model_target.cc -- a trained flow as the target of another.
#include "nf/flow/score.h"
#include "nf/targets/target.h"

namespace nf {
inline namespace NF_PRECISION {
namespace {

class ModelTarget final : public Target {
 public:
  explicit ModelTarget(const Model& model) : model_(model) {}
  int dim() const override { return model_.flow.dim(); }

  void log_density(Pass& pass, TileIn x, LogDet& lp, Tile dx) const override {
    lp.setZero();
    score(model_.flow, model_.theta.data(), pass, x, LogDet::Ones(), lp, dx);
  }

 private:
  const Model& model_;
};

}  // namespace

std::unique_ptr<Target> make_model_target(const Model& model) { return std::make_unique<ModelTarget>(model); }

}  // namespace NF_PRECISION
}  // namespace nf
