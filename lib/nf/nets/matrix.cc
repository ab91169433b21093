#include "nf/nets/matrix.h"

#include <algorithm>
#include <numeric>

namespace nf {
inline namespace NF_PRECISION {
namespace {

kernels::Product<Real> product_of(const Matrix& m, const Real* x, Real* y) {
  kernels::Product<Real> p;
  p.w = m.w;
  p.unit_stride = m.row_stride;
  p.input_stride = m.col_stride;
  p.x = x;
  p.y = y;
  p.units = m.rows;
  p.last = m.cols;
  return p;
}

// Units of a product are computed six at a time, so solving goes by blocks of six.
constexpr int kBlock = 6;

}  // namespace

void multiply(const Matrix& m, TileIn x, Tile y) { kernels::product(product_of(m, x.data(), y.data())); }

void add_product(const Matrix& m, TileIn x, Tile y) {
  auto p = product_of(m, x.data(), y.data());
  p.accumulate = true;
  kernels::product(p);
}

// Columns of B stand for a tile's rows.
void add_product(const Matrix& a, const Matrix& b, Stack& scratch, Real* to, std::ptrdiff_t ld) {
  Scratch own(scratch);
  Tile x = own.tile(b.rows), y = own.tile(a.rows);
  x.setZero();
  for (int first = 0; first < b.cols; first += kTile) {
    const int count = std::min(kTile, b.cols - first);
    for (int k = 0; k < b.rows; ++k)
      for (int j = 0; j < count; ++j) x(j, k) = b.w[k * b.row_stride + (first + j) * b.col_stride];
    multiply(a, in(x), y);
    for (int i = 0; i < a.rows; ++i)
      for (int j = 0; j < count; ++j) to[i * ld + first + j] += y(j, i);
  }
}

void add_gradient(Pass& pass, TileIn dy, TileIn x, Real* dw, std::ptrdiff_t ld) {
  Scratch scratch(*pass.scratch);
  kernels::WeightGradient<Real> g;
  g.dy = dy.data();
  g.x = x.data();
  g.units = static_cast<int>(dy.cols());
  g.inputs = static_cast<int>(x.cols());
  g.dw = dw;
  g.ld = ld;
  g.scratch = scratch.get(g.inputs + 64);
  kernels::weight_gradient(g);
}

void add_sums(TileIn columns, Real* dw) {
  for (int j = 0; j < columns.cols(); ++j) dw[j] += columns.col(j).sum();
}

Triangle::Triangle(int n, std::ptrdiff_t ld) : n_(n), ld_(ld), count_(static_cast<std::size_t>(n) + 1) {
  std::iota(count_.begin(), count_.end(), 0);
}

Triangle::Triangle(Params& params, const std::string& name, int n) : Triangle(n, 0) {
  const std::vector<int> live(count_.begin(), count_.end() - 1);
  const int slot = params.add({.name = name, .rows = n, .cols = n, .row_len = live});
  offset_ = params[slot].offset;
  ld_ = params[slot].ld;
}

void Triangle::lower(const Real* w, TileIn x, Tile y) const {
  auto p = product_of({w, n_, n_, ld_, 1}, x.data(), y.data());
  p.end = count_.data();
  p.accumulate = true;
  kernels::product(p);
}

void Triangle::upper(const Real* w, TileIn x, Tile y) const {
  auto p = product_of({w, n_, n_, 1, ld_}, x.data(), y.data());
  p.begin = count_.data() + 1;
  p.accumulate = true;
  kernels::product(p);
}

// By substitution. The kernel adds, so it is fed the negatives of what has been solved; within a block it is done here.
void Triangle::solve_lower(Pass& pass, const Real* w, const Real* inverse_diag, Tile y) const {
  Scratch scratch(*pass.scratch);
  Tile minus = scratch.tile(n_);
  for (int begin = 0; begin < n_; begin += kBlock) {
    const int end = std::min(begin + kBlock, n_);
    add_product({w + begin * ld_, end - begin, begin, ld_, 1}, in(minus), columns(y, begin, end - begin));
    for (int i = begin; i < end; ++i) {
      for (int j = begin; j < i; ++j) y.col(i) -= w[i * ld_ + j] * y.col(j);
      if (inverse_diag) y.col(i) *= inverse_diag[i];
      minus.col(i) = -y.col(i);
    }
  }
}

void Triangle::solve_upper(Pass& pass, const Real* w, const Real* inverse_diag, Tile y) const {
  Scratch scratch(*pass.scratch);
  Tile minus = scratch.tile(n_);
  for (int end = n_; end > 0; end -= std::min(kBlock, end)) {
    const int begin = std::max(end - kBlock, 0);
    add_product({w + end * ld_ + begin, end - begin, n_ - end, 1, ld_}, in(columns(minus, end, n_ - end)),
                columns(y, begin, end - begin));
    for (int i = end - 1; i >= begin; --i) {
      for (int j = i + 1; j < end; ++j) y.col(i) -= w[j * ld_ + i] * y.col(j);
      if (inverse_diag) y.col(i) *= inverse_diag[i];
      minus.col(i) = -y.col(i);
    }
  }
}

void Triangle::gradient(Pass& pass, TileIn dy, TileIn x, Real* dw) const {
  Scratch scratch(*pass.scratch);
  kernels::WeightGradient<Real> g;
  g.dy = dy.data();
  g.x = x.data();
  g.units = g.inputs = n_;
  g.end = count_.data();
  g.dw = dw;
  g.ld = ld_;
  g.scratch = scratch.get(n_ + 64);
  kernels::weight_gradient(g);
}

}  // namespace NF_PRECISION
}  // namespace nf
