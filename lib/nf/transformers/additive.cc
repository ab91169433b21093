// additive.cc -- y = x + t: the map of NICE, volume-preserving.
// Dinh, Krueger, Bengio, NICE: Non-linear independent components estimation, 2014, arXiv:1410.8516.
#include "nf/transformers/transformer.h"

namespace nf {
inline namespace NF_PRECISION {
namespace {

class Additive final : public Transformer {
 public:
  explicit Additive(SpecReader& spec) : spec_(spec.canonical()) {}
  int num_params() const override { return 1; }
  Json spec() const override { return spec_; }
  void identity(Real* phi) const override { phi[0] = 0; }

  void forward(Pass&, TileIn x, TileIn phi, Tile y, Tile logd) const override {
    y = x + phi;
    logd.setZero();
  }
  void backward(Pass&, TileIn, TileIn, TileIn dy, TileIn, Tile dx, Tile dphi) const override {
    dx = dy;
    dphi = dy;
  }
  void inverse(Pass&, TileIn y, TileIn phi, Tile x, Tile logd) const override {
    x = y - phi;
    logd.setZero();
  }

 private:
  Json spec_;
};

}  // namespace

std::unique_ptr<Transformer> make_additive(SpecReader& spec) { return std::make_unique<Additive>(spec); }

}  // namespace NF_PRECISION
}  // namespace nf
