// inverse.cc -- a map the other way round: what an IAF student uses so that the same phi means the same map as in its
// teacher.
#include "nf/transformers/inverse.h"

namespace nf {
inline namespace NF_PRECISION {
namespace {

class Inverse final : public Transformer {
 public:
  explicit Inverse(std::unique_ptr<Transformer> map) : map_(std::move(map)) {}
  int num_params() const override { return map_->num_params(); }
  int log_scale_at() const override { return map_->log_scale_at(); }
  Json spec() const override {
    Json spec = map_->spec();
    spec["inverse"] = true;
    return spec;
  }
  double period() const override { return map_->period(); }
  void identity(Real* phi) const override { map_->identity(phi); }
  bool start(std::span<const double> sorted, bool inverted, Real* phi) const override {
    return map_->start(sorted, !inverted, phi);
  }
  void forward(Pass& pass, TileIn x, TileIn phi, Tile y, Tile logd) const override {
    map_->inverse(pass, x, phi, y, logd);
  }
  // The wrapped map wants its own result, which is this one's output at x.
  void backward(Pass& pass, TileIn x, TileIn phi, TileIn dy, TileIn dlogd, Tile dx, Tile dphi) const override {
    const int features = static_cast<int>(x.cols());
    Scratch scratch(*pass.scratch);
    Tile y = scratch.tile(features), logd = scratch.tile(features);
    map_->inverse(pass, x, phi, y, logd);
    map_->inverse_backward(pass, in(y), phi, dy, dlogd, dx, dphi);
  }
  void inverse(Pass& pass, TileIn y, TileIn phi, Tile x, Tile logd) const override {
    map_->forward(pass, y, phi, x, logd);
  }
  void inverse_backward(Pass& pass, TileIn x, TileIn phi, TileIn dx, TileIn dlogd, Tile dy, Tile dphi) const override {
    const int features = static_cast<int>(x.cols());
    Scratch scratch(*pass.scratch);
    Tile y = scratch.tile(features), logd = scratch.tile(features);
    map_->inverse(pass, x, phi, y, logd);  // the wrapped map's argument
    map_->backward(pass, in(y), phi, dx, dlogd, dy, dphi);
  }

 private:
  std::unique_ptr<Transformer> map_;
};

}  // namespace

std::unique_ptr<Transformer> invert(std::unique_ptr<Transformer> map) {
  return std::make_unique<Inverse>(std::move(map));
}

}  // namespace NF_PRECISION
}  // namespace nf
