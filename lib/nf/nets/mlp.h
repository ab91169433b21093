#pragma once
// Multilayer perceptrons on tiles, dense or prefix-masked, and their gradients.
//
// Layer l computes u_l = act(W_l h_{l-1} + b_l); h_l = u_l, or with `residual` h_l = h_{l-1} + u_l for l >= 1 (He,
// Zhang, Ren, Sun, Deep residual learning, 2015, arXiv:1512.03385, one layer a block). h_{-1} is the input, the output
// layer has no activation. A masked layer's unit sees a prefix of its inputs whose length does not decrease with the
// unit.
//
// Every step works on a range of units, so a caller can go through a masked net degree by degree. The activations are
// kept in memory the caller owns ("memory", columns() columns), their gradients in a second block of the same layout.
#include <string>
#include <vector>

#include "nf/core/params.h"
#include "nf/kernels/kernels.h"
#include "nf/nets/net.h"

namespace nf {
inline namespace NF_PRECISION {

// What a spec says of a net: hidden, activation, residual.
struct NetSpec {
  std::vector<int> hidden;
  kernels::Activation activation;
  bool residual;
};
NetSpec read_net(SpecReader& spec);

struct MlpShape {
  int inputs = 0, outputs = 0;
  std::vector<int> hidden;
  kernels::Activation activation = kernels::Activation::kRelu;
  bool residual = false;                  // REQUIRES equal widths
  std::vector<std::vector<int>> row_len;  // of each of the hidden.size() + 1 weights; empty: dense
};

class Mlp final : public Net {
 public:
  Mlp(MlpShape shape, Params& params, const std::string& name);

  // Hidden weights and biases uniform in +-1 / sqrt(inputs); the output layer's weights zero, its bias `output_bias`
  // (outputs numbers): the net starts as a constant.
  void init(Real* theta, Uniforms& random, const Vector& output_bias) const override;

  // The output layer like a hidden one: of a net whose output another net sees.
  void init_output(Real* theta, Uniforms& random) const;
  // Multiplies all weights and biases.
  void widen(Real* theta, Real factor) const;
  // As if init had been given this bias.
  void set_output_bias(Real* theta, const Vector& output_bias) const;

  int layers() const { return static_cast<int>(shape_.hidden.size()); }  // hidden ones
  int width(int layer) const { return shape_.hidden[layer]; }
  int columns() const override { return columns_; }
  const MlpShape& shape() const { return shape_; }

  // The whole net. x: inputs, out: outputs columns.
  void forward(const Real* theta, const Real* x, Real* memory, Real* out) const override;
  void backward(Pass& pass, const Real* x, const Real* memory, const Real* dout, Real* dx) const override;
  int tangent_columns() const override { return 2 * columns_; }
  void tangent(const Real* theta, const Real* memory, const Real* v, Real* along, Real* jv) const override;
  void tangent_backward(Pass& pass, const Real* x, const Real* memory, const Real* v, const Real* along,
                        const Real* dout, const Real* djv, Real* dx, Real* dv) const override;

  // Units begin .. end - 1 of hidden layer `layer`; what they see must be there.
  void forward_hidden(const Real* theta, const Real* x, Real* memory, int layer, int begin, int end) const;
  // out[j] = bias, every output.
  void start_output(const Real* theta, Real* out) const;
  // out[j] += contribution of the last hidden layer's units begin .. end - 1, for outputs first_output ..
  // last_output - 1.
  void push_output(const Real* theta, const Real* x, const Real* memory, int begin, int end, int first_output,
                   int last_output, Real* out) const;
  // Gradient of hidden units begin .. end - 1; those of all later layers' units that see them must be there.
  void backward_hidden(const Real* theta, const Real* memory, const Real* dout, Real* gradients, int layer, int begin,
                       int end) const;
  // dx[k], k = begin .. end - 1, from the gradients of all first-layer units that see k.
  void backward_input(const Real* theta, const Real* gradients, const Real* dout, int begin, int end, Real* dx) const;
  // Adds all weights' gradients to pass.dtheta.
  void weight_gradients(Pass& pass, const Real* x, const Real* memory, const Real* gradients, const Real* dout,
                        bool biases = true) const;

 private:
  struct Layer {
    int weight = 0, bias = 0;  // slots
    int inputs = 0, units = 0;
    std::size_t weight_at = 0, bias_at = 0;
    int ld = 0;
    std::vector<int> end;    // prefix of each unit; empty: dense
    std::vector<int> begin;  // of each input: the first unit that sees it; empty: dense
    int activated = 0;       // columns in memory: u
    int summed = 0;          //   and h (the same unless residual)
  };
  // Of the activation, from its value.
  Real slope(Real u) const {
    return shape_.activation == kernels::Activation::kRelu ? static_cast<Real>(u > 0) : 1 - u * u;
  }
  void init_layer(Real* theta, Uniforms& random, const Layer& layer) const;
  const Real* input_of(int layer, const Real* x, const Real* memory) const;

  MlpShape shape_;
  std::vector<Layer> layers_;  // hidden ones, then the output layer
  int columns_ = 0, widest_ = 0;
};

}  // namespace NF_PRECISION
}  // namespace nf
