#pragma once
// MADE, the masked autoencoder (Germain, Gregor, Murray, Larochelle 2015, arXiv:1502.03509), in degree order: units of
// every layer are sorted by degree, so each unit's mask is a prefix of its inputs.
//
// Inputs are [context | x_0 .. x_{D-1}] in the order of the factorisation, one column a feature or more; a unit of
// degree d sees the context and x_0 .. x_{d-1}. The outputs of feature i see units of degree <= i, so they depend on
// the context and x_0 .. x_{i-1} alone.
#include <vector>

#include "nf/nets/mlp.h"

namespace nf {
inline namespace NF_PRECISION {

class Made {
 public:
  // degrees[l][d]: how many units of hidden layer l have degree d = 0 .. dim - 1; empty: spread evenly, and with
  // context a quarter of each layer has degree 0. Without context no unit has degree 0.
  static std::vector<std::vector<int>> default_degrees(int context, int dim, const std::vector<int>& hidden);
  // inputs[i] (outputs[i]): how many columns of the input (output) belong to feature i.
  Made(int context, const std::vector<int>& inputs, const std::vector<int>& outputs, const NetSpec& net,
       const std::vector<std::vector<int>>& degrees, Params& params, const std::string& name);

  const Mlp& mlp() const { return mlp_; }
  // Units of hidden layer l with degree <= d.
  int up_to(int layer, int d) const { return d < 0 ? 0 : ends_[layer][d]; }

  // Incremental forward: after x_{d-1} has been written into x (d = 0: the context), computes every hidden unit of
  // degree d, after which the outputs of feature d are complete. `out` must hold what start_output wrote; d = 0, 1, ...
  // in turn.
  void advance(const Real* theta, const Real* x, Real* memory, int d, Real* out) const;
  // Incremental backward: once dout of features d, d + 1, ... is there, the gradients of the hidden units of degree d.
  void retreat(const Real* theta, const Real* memory, const Real* dout, Real* gradients, int d) const;

 private:
  static constexpr int kBlock = 4;
  // How many of the output layer's inputs have degree <= d. Without hidden layers these are the context and x_0 ..
  // x_{d-1}.
  int seen_by_outputs(int d) const {
    if (mlp_.layers() > 0) return up_to(mlp_.layers() - 1, d);
    return d < 0 ? 0 : input_at_[d];
  }
  int output_at(int i) const { return output_at_[i]; }

  int dim_;
  std::vector<int> input_at_, output_at_;  // each feature's first column, and the end
  std::vector<std::vector<int>> ends_;
  Mlp mlp_;
};

}  // namespace NF_PRECISION
}  // namespace nf
