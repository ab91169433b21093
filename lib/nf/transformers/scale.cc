// scale.cc -- y = x exp(s): NICE's diagonal rescaling, where it stands in an elementwise layer.
// Dinh, Krueger, Bengio, NICE, 2014, arXiv:1410.8516, section 3.3.
#include <algorithm>
#include <cmath>

#include "nf/kernels/kernels.h"
#include "nf/transformers/transformer.h"

namespace nf {
inline namespace NF_PRECISION {
namespace {

// phi = r, s = r / (1 + |r| / ln 1000) as in affine, whose kernels it uses with t = 0.
class Scale final : public Transformer {
 public:
  explicit Scale(SpecReader& spec) : spec_(spec.canonical()) {}
  int num_params() const override { return 1; }
  Json spec() const override { return spec_; }
  void identity(Real* phi) const override { phi[0] = 0; }

  void forward(Pass& pass, TileIn x, TileIn phi, Tile y, Tile logd) const override {
    Scratch scratch(*pass.scratch);
    kernels::affine_forward(x.data(), widen(scratch, phi), y.data(), logd.data(), static_cast<int>(x.cols()));
  }
  void backward(Pass& pass, TileIn x, TileIn phi, TileIn dy, TileIn dlogd, Tile dx, Tile dphi) const override {
    const int features = static_cast<int>(x.cols());
    Scratch scratch(*pass.scratch);
    const Real* wide = widen(scratch, phi);
    Tile dwide = scratch.tile(2 * features);
    kernels::affine_backward(x.data(), wide, dy.data(), dlogd.data(), dx.data(), dwide.data(), features);
    for (int f = 0; f < features; ++f) dphi.col(f) = dwide.col(2 * f + 1);
  }
  void inverse(Pass& pass, TileIn y, TileIn phi, Tile x, Tile logd) const override {
    Scratch scratch(*pass.scratch);
    kernels::affine_inverse(y.data(), widen(scratch, phi), x.data(), logd.data(), static_cast<int>(y.cols()));
  }

 private:
  static const Real* widen(Scratch& scratch, TileIn phi) {
    Tile wide = scratch.tile(2 * static_cast<int>(phi.cols()));
    for (int f = 0; f < phi.cols(); ++f) {
      wide.col(2 * f).setZero();
      wide.col(2 * f + 1) = phi.col(f);
    }
    return wide.data();
  }
  Json spec_;
};

}  // namespace

std::unique_ptr<Transformer> make_scale(SpecReader& spec) { return std::make_unique<Scale>(spec); }

}  // namespace NF_PRECISION
}  // namespace nf
