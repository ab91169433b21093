#pragma once
// Q = H_1 H_2 .. H_K, H_k = I - 2 v_k v_k' / (v_k' v_k): Householder reflections, an orthogonal matrix by construction.
// Tomczak, Welling, Improving variational auto-encoders using Householder flow, 2016, arXiv:1611.09630.
//
// Applied all at once: Q = I - V' S^-1 V, V the K x D matrix of the vectors v_k as rows, S upper triangular with
// S_ij = v_i' v_j above the diagonal and S_ii = v_i' v_i / 2 (the "UT transform" of Joffrain et al., Accumulating
// Householder transformations, revisited, 2006): products and one triangular solve in place of K dependent steps.
#include "nf/layers/layer.h"
#include "nf/nets/matrix.h"

namespace nf {
inline namespace NF_PRECISION {

class Reflections {
 public:
  Reflections(const Site& site, const char* what, int count, int dim);
  // Random directions; `paired`: v_2 = v_1, v_4 = v_3, ..., so that each two cancel.
  void init(Real* theta, Uniforms& random, bool paired) const;
  void prepare(Pass& pass, Real* prepared) const;  // S
  // y = Q x, or y = Q' x.
  void apply(Pass& pass, bool transposed, TileIn x, Tile y) const;
  // Gradients of apply at x: dx = Q' dy (or Q dy), and dV.
  void gradient(Pass& pass, bool transposed, TileIn x, TileIn dy, Tile dx) const;

 private:
  Matrix vectors(const Real* theta) const { return {theta + at_, count_, dim_, ld_, 1}; }
  int triangle_size() const { return static_cast<int>(count_ * triangle_.ld()); }
  void solve(Pass& pass, bool transposed, Tile w) const;

  int count_, dim_;
  std::size_t at_ = 0;
  std::ptrdiff_t ld_ = 0;
  Triangle triangle_;                  // the strict upper part of S, as the transpose of this
  int strict_ = 0, inverse_diag_ = 0;  // where they are prepared
};

}  // namespace NF_PRECISION
}  // namespace nf
