#pragma once
// Deep sigmoidal maps over the 64 rows of a tile. Layouts as in kernels.h.
//
// A layer takes h (`inputs` numbers; of the first layer: x) to h' (`outputs` numbers; of the last one: y), over
// `units`:
//   z_i = a_i sum_k u_ik h_k + b_i,   h'_o = logit(sum_i w_oi sigmoid(z_i)).
// Its part of phi is b (units), log a (units), log u (units x inputs; none where inputs = 1: u = 1), log w (outputs x
// units). Logarithms are bounded smoothly to +-ln 1000: log a = s(r), u_ik = e^s(r_ik) / sum_k e^s(r_ik), and w
// likewise, with s(r) = r / (1 + |r| / ln 1000).
#include <cstddef>

#include "nf/kernels/map.h"

namespace nf::kernels {

struct DeepSigmoid {
  static constexpr int kMostUnits = 32, kMostLayers = 4;
  int layers = 1, units = 8;

  int inputs(int layer) const { return layer == 0 ? 1 : units; }
  int outputs(int layer) const { return layer + 1 == layers ? 1 : units; }
  int num_params(int layer) const { return units * (2 + (layer == 0 ? 0 : units) + outputs(layer)); }
  int num_params() const {
    int sum = 0;
    for (int l = 0; l < layers; ++l) sum += num_params(l);
    return sum;
  }
  int scratch_columns() const { return num_params(); }
};

NF_MAP(DeepSigmoid)

}  // namespace nf::kernels
