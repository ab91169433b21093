#pragma once
// A transformer that is a kernel's map: what the two need of each other, once.
#include <utility>

#include "nf/transformers/transformer.h"

namespace nf {
inline namespace NF_PRECISION {

// Options: a kernel's, with NF_MAP (kernels/map.h). A map adds identity() and, where it has one, start().
template <class Options>
class KernelMap : public Transformer {
 public:
  KernelMap(const Options& map, SpecReader& spec) : map_(map), spec_(spec.canonical()) {}
  int num_params() const override { return map_.num_params(); }
  Json spec() const override { return spec_; }

  void forward(Pass& pass, TileIn x, TileIn phi, Tile y, Tile logd) const override {
    Scratch scratch(*pass.scratch);
    map_forward(map_, x.data(), phi.data(), y.data(), logd.data(), features(x), memory(scratch));
  }
  void backward(Pass& pass, TileIn x, TileIn phi, TileIn dy, TileIn dlogd, Tile dx, Tile dphi) const override {
    Scratch scratch(*pass.scratch);
    map_backward(map_, x.data(), phi.data(), dy.data(), dlogd.data(), dx.data(), dphi.data(), features(x),
                 memory(scratch));
  }
  void inverse(Pass& pass, TileIn y, TileIn phi, Tile x, Tile logd) const override {
    Scratch scratch(*pass.scratch);
    map_inverse(map_, y.data(), phi.data(), x.data(), logd.data(), features(y), memory(scratch));
  }
  void inverse_backward(Pass& pass, TileIn x, TileIn phi, TileIn dx, TileIn dlogd, Tile dy, Tile dphi) const override {
    Scratch scratch(*pass.scratch);
    if constexpr (requires(const Real* in, Real* out) { map_inverse_backward(map_, in, in, in, in, out, out, 1, out); })
      map_inverse_backward(map_, x.data(), phi.data(), dx.data(), dlogd.data(), dy.data(), dphi.data(), features(x),
                           memory(scratch));
    else Transformer::inverse_backward(pass, x, phi, dx, dlogd, dy, dphi);
  }

 protected:
  const Options& map() const { return map_; }

 private:
  static int features(TileIn x) { return static_cast<int>(x.cols()); }
  Real* memory(Scratch& scratch) const { return scratch.get(map_.scratch_columns()); }

  Options map_;
  Json spec_;
};

}  // namespace NF_PRECISION
}  // namespace nf
