// deep_sigmoid.cc -- y = logit(sum_i w_i sigmoid(a_i x + b_i)): deep sigmoidal flow (DSF).
// Huang, Krueger, Lacoste, Courville, Neural autoregressive flows, 2018, arXiv:1804.00779, section 3.1.
#include "nf/transformers/deep_sigmoid.h"

#include <algorithm>

namespace nf {
inline namespace NF_PRECISION {

// Units start apart, since equal ones would get equal gradients for ever: b spread over the data (one layer's by +-2.5;
// closer together, by +-1, it fitted diamonds worse by 0.1 nats), less in several layers, which flatten one after the
// other, and in dense layers unit i leans on input i and output i.
void DeepSigmoid::identity(Real* phi) const {
  std::fill_n(phi, num_params(), Real(0));
  const int n = map().units;
  if (n == 1) return;
  for (int l = 0; l < map().layers; phi += map().num_params(l), ++l) {
    Real* dense = phi + 2 * n;
    for (int i = 0; i < n; ++i) {
      phi[i] = static_cast<Real>(2.5 / map().layers * (2.0 * i / (n - 1) - 1));
      if (l > 0) dense[i * n + i] = 1;
      if (l + 1 < map().layers) dense[(l > 0 ? n * n : 0) + i * n + i] = 1;
    }
  }
}

std::unique_ptr<Transformer> make_deep_sigmoid(SpecReader& spec) {
  kernels::DeepSigmoid shape;
  shape.layers = 1;
  shape.units = static_cast<int>(spec.integer("units", 8, 1, kernels::DeepSigmoid::kMostUnits));
  return std::make_unique<DeepSigmoid>(shape, spec);
}

}  // namespace NF_PRECISION
}  // namespace nf
