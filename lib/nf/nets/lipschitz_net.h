#pragma once
// A net g(x; c) that never moves two x apart by more than a share of their distance, for every c: as a layer, x + g is
// one-to-one. Behrmann, Grathwohl, Chen, Duvenaud, Jacobsen, Invertible residual networks, 2018, arXiv:1811.00995.
//
//   a_l = W_l h_l + b_l,  u_l = f(a_l),  g = W_L h_L + b_L,  h_0 = x, and a_0 has C c beside (c clamped to +-clip)
//   h_l = u_(l-1), or, `dense`, all of x, u_0 .. u_(l-1) (Perugachi-Diaz, Tomczak, Bhulai, Invertible DenseNets, 2021,
//   arXiv:2102.02694).
//
// f(a) = a sigmoid(b a) / 1.1 (`lipswish`) or tanh(b a) / b, b > 0 learned for each unit, so that nets of bounded
// weights may bend sharply. Slopes of f are at most 1, so the product of the W's norms bounds g's: each is held below
// the same share by project(), after each step of training. Passes know nothing of norms, and averages of such weights
// are such weights, since norms are convex. In a dense net the paper's weighted concatenation, (x, u) / sqrt 2 in the
// norm 2, is part of W: its columns are measured in units of their share.
#include <vector>

#include "nf/core/pass.h"
#include "nf/core/random.h"
#include "nf/core/site.h"
#include "nf/core/spec.h"

namespace nf {
inline namespace NF_PRECISION {

class LipschitzNet {
 public:
  LipschitzNet(SpecReader& spec, const Site& site);
  void init(Real* theta, Uniforms& random) const;  // g = 0
  void project(Real* theta) const;

  int dim() const { return dim_; }
  // Fills the memory, columns() columns, which the others read.
  int columns() const { return context_ + dim_ + 4 * hidden_; }
  void forward(Pass& pass, TileIn x, Real* memory, Tile out) const;

  // Directions at x: `count` tiles of dim columns, or, v null, the unit vectors, count = dim. sums, sum_columns() for
  // each, are kept for backward.
  struct Directions {
    int count = 0;
    const Real* v = nullptr;
    Real* sums = nullptr;
  };
  int sum_columns() const { return hidden_; }
  // jv: J v for each of them, J = dg / dx.
  void along(Pass& pass, const Real* memory, const Directions& directions, Real* jv) const;
  void transposed(Pass& pass, const Real* memory, TileIn w, Tile jw) const;  // J' w
  // The gradient of sum(dout out) + sum(djv jv).
  void backward(Pass& pass, const Real* memory, TileIn dout, const Directions& directions, const Real* djv,
                Tile dx) const;

 private:
  struct Layer {
    Place weight, bias, sharpness;
    int units = 0, inputs = 0;
    int from = 0;                // column of `values`, x, u_0, u_1, .., where its inputs begin
    int at = 0;                  // hidden units before it
    std::vector<double> shares;  // of the inputs; empty: 1
  };
  template <class Number>
  struct Memory;
  void add_layer(const Site& site, int units, bool last);
  static Real share(const Layer& layer, int input) {
    return layer.shares.empty() ? Real(1) : static_cast<Real>(layer.shares[input]);
  }
  static void product(const Real* theta, const Layer& layer, const Real* values, Real* y);
  void back(const Pass& pass, const Layer& layer, const Real* dy, Real* dvalues) const;
  void weights(Pass& pass, const Layer& layer, const Real* dy, const Real* values, bool bias) const;
  void start(const Directions& directions, int j, Real* values) const;
  void back_along(Pass& pass, const Real* memory, const Directions& directions, int j, const Real* djv, Real* dd) const;
  void context_backward(Pass& pass, const Real* clamped, const Real* da) const;

  int dim_, context_, hidden_ = 0, widest_ = 0;
  bool lipswish_, dense_, largest_entry_;
  double clip_, bound_ = 1;
  Place of_context_;
  std::vector<Layer> layers_;
};

}  // namespace NF_PRECISION
}  // namespace nf
