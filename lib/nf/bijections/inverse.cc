#include "nf/bijections/inverse.h"

namespace nf {
inline namespace NF_PRECISION {
namespace {

class Inverse final : public Bijection {
 public:
  explicit Inverse(std::unique_ptr<Bijection> layer) : layer_(std::move(layer)) {}
  Json spec() const override {
    Json spec = layer_->spec();
    spec["inverse"] = true;
    return spec;
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
  bool wants_data() const override { return layer_->wants_data(); }
  void init_data(Real* theta, const Batch& x, bool inverted) const override { layer_->init_data(theta, x, !inverted); }
  int num_stats() const override { return layer_->num_stats(); }
  void set_stats_place(int first) override { layer_->set_stats_place(first); }
  void update(Real* theta, const double* stats) const override { layer_->update(theta, stats); }
  int num_outputs() const override { return layer_->num_outputs(); }
  bool keeps_circles() const override { return layer_->keeps_circles(); }
  bool fast_forward() const override { return layer_->fast_inverse(); }
  bool fast_inverse() const override { return layer_->fast_forward(); }

 private:
  std::unique_ptr<Bijection> layer_;
};

}  // namespace

std::unique_ptr<Bijection> invert(std::unique_ptr<Bijection> layer) {
  return std::make_unique<Inverse>(std::move(layer));
}

}  // namespace NF_PRECISION
}  // namespace nf
