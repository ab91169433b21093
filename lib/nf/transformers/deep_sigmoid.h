#pragma once
// What deep_sigmoid and deep_dense_sigmoid share: both are layers of sigmoids, one or several.
#include "nf/kernels/deep_sigmoid.h"
#include "nf/transformers/transformer.h"

namespace nf {
inline namespace NF_PRECISION {

class DeepSigmoid final : public Transformer {
 public:
  DeepSigmoid(const kernels::DeepSigmoid& shape, Json spec) : s_(shape), spec_(std::move(spec)) {}
  int num_params() const override { return s_.num_params(); }
  Json spec() const override { return spec_; }
  void identity(Real* phi) const override;
  void forward(Pass& pass, TileIn x, TileIn phi, Tile y, Tile logd) const override;
  void backward(Pass& pass, TileIn x, TileIn phi, TileIn dy, TileIn dlogd, Tile dx, Tile dphi) const override;
  void inverse(Pass& pass, TileIn y, TileIn phi, Tile x, Tile logd) const override;

 private:
  kernels::DeepSigmoid s_;
  Json spec_;
};

}  // namespace NF_PRECISION
}  // namespace nf
