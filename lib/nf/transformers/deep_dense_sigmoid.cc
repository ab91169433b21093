// deep_dense_sigmoid.cc -- layers h' = logit(w sigmoid(a (u h) + b)), 1 -> units -> ... -> 1: deep dense sigmoidal flow
// (DDSF).
// Huang, Krueger, Lacoste, Courville, Neural autoregressive flows, 2018, arXiv:1804.00779, section 3.1. There, a map
// shared by all features makes these numbers of a short code that the conditioner gives; here it gives each of them.
#include "nf/transformers/deep_sigmoid.h"

namespace nf {
inline namespace NF_PRECISION {

std::unique_ptr<Transformer> make_deep_dense_sigmoid(SpecReader& spec) {
  kernels::DeepSigmoid shape;
  shape.layers = static_cast<int>(spec.integer("layers", 2, 1, kernels::DeepSigmoid::kMostLayers));
  shape.units = static_cast<int>(spec.integer("units", 4, 1, kernels::DeepSigmoid::kMostUnits));
  return std::make_unique<DeepSigmoid>(shape, spec);
}

}  // namespace NF_PRECISION
}  // namespace nf
