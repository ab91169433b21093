#pragma once
// Matrices and triangles that stand in theta (or in scratch memory), applied to tiles through the kernels. A tile holds
// a vector a row: feature k of it is column k.
#include <vector>

#include "nf/core/params.h"
#include "nf/core/pass.h"
#include "nf/kernels/kernels.h"

namespace nf {
inline namespace NF_PRECISION {

// rows x cols, element (i, j) at w[i row_stride + j col_stride].
struct Matrix {
  const Real* w = nullptr;
  int rows = 0, cols = 0;
  std::ptrdiff_t row_stride = 0, col_stride = 1;
  Matrix transposed() const { return {w, cols, rows, col_stride, row_stride}; }
};
void multiply(const Matrix& m, TileIn x, Tile y);     // y = M x
void add_product(const Matrix& m, TileIn x, Tile y);  // y += M x
// to += A B, row-major with a distance of ld.
void add_product(const Matrix& a, const Matrix& b, Stack& scratch, Real* to, std::ptrdiff_t ld);
// dw += dy x^T, summed over the tile's rows; dw is row-major with a distance of ld.
void add_gradient(Pass& pass, TileIn dy, TileIn x, Real* dw, std::ptrdiff_t ld);
// dw[k] += the sum over the tile's rows of column k.
void add_sums(TileIn columns, Real* dw);

// A strictly lower triangle T in a slot of its own, n x n, row i live up to i. `upper` means its transpose.
class Triangle {
 public:
  Triangle(int n, std::ptrdiff_t ld);  // one in scratch memory
  Triangle(Params& params, const std::string& name, int n);
  std::size_t offset() const { return offset_; }
  std::ptrdiff_t ld() const { return ld_; }
  // w: where T starts.  y += T x, y += T' x.
  void lower(const Real* w, TileIn x, Tile y) const;
  void upper(const Real* w, TileIn x, Tile y) const;
  // y = (diag + T)^-1 y, y = (diag + T')^-1 y. `inverse_diag` null: a unit diagonal.
  void solve_lower(Pass& pass, const Real* w, const Real* inverse_diag, Tile y) const;
  void solve_upper(Pass& pass, const Real* w, const Real* inverse_diag, Tile y) const;
  // dT += dy x^T for y = T x; y and x change places for y = T' x.
  void gradient(Pass& pass, TileIn dy, TileIn x, Real* dw) const;

 private:
  int n_;
  std::ptrdiff_t ld_;
  std::size_t offset_ = 0;
  std::vector<int> count_;  // 0 .. n
};

}  // namespace NF_PRECISION
}  // namespace nf
