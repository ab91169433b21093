#include "nf/layers/inverse.h"

namespace nf {
inline namespace NF_PRECISION {
namespace {

class Inverse final : public Layer {
 public:
  Inverse(std::unique_ptr<Layer> layer, Json spec) : layer_(std::move(layer)) {
    spec_ = std::move(spec);
    traits_ = layer_->traits().inverted();
  }
  void forward(Pass& pass, TileIn x, Tile z, LogDet& ld) const override { layer_->inverse(pass, x, z, ld); }
  void inverse(Pass& pass, TileIn z, Tile x, LogDet& ld) const override { layer_->forward(pass, z, x, ld); }
  void backward(Pass& pass, TileIn dz, const LogDet& dld, Tile dx) const override {
    layer_->inverse_backward(pass, dz, dld, dx);
  }
  void inverse_backward(Pass& pass, TileIn dx, const LogDet& dld, Tile dz) const override {
    layer_->backward(pass, dx, dld, dz);
  }
  void init(Real* theta, Uniforms& random) const override { layer_->init(theta, random); }
  void init_data(Real* theta, const Start& start) const override {
    layer_->init_data(theta, {start.x, start.c, !start.inverted, start.again});
  }
  void prepare(Pass& pass, Real* prepared) const override { layer_->prepare(pass, prepared); }
  void after_step(Real* theta, const double* stats) const override { layer_->after_step(theta, stats); }

 private:
  std::unique_ptr<Layer> layer_;
};

}  // namespace

std::unique_ptr<Layer> invert(std::unique_ptr<Layer> layer, Json spec) {
  return std::make_unique<Inverse>(std::move(layer), std::move(spec));
}

}  // namespace NF_PRECISION
}  // namespace nf
