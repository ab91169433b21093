#include "nf/layers/reflections.h"

#include <algorithm>
#include <limits>

namespace nf {
inline namespace NF_PRECISION {

Reflections::Reflections(const Site& site, const char* what, int count, int dim)
    : count_(count), dim_(dim), triangle_(count, (count + 15) / 16 * 16) {
  const Place vectors = site.add(what, count, dim);
  at_ = vectors.offset;
  ld_ = vectors.ld;
  strict_ = site.prepare(triangle_size());
  inverse_diag_ = site.prepare(count);
}

void Reflections::init(Real* theta, Uniforms& random, bool paired) const {
  for (int k = 0; k < count_; ++k) {
    Real* v = theta + at_ + k * ld_;
    for (int j = 0; j < dim_; ++j) v[j] = paired && k % 2 == 1 ? v[j - ld_] : static_cast<Real>(2 * random.next() - 1);
  }
}

// All v_i' v_j from products with tiles that hold 64 of the vectors as their rows.
void Reflections::prepare(Pass& pass, Real* prepared) const {
  Real *strict = prepared + strict_, *inverse_diag = prepared + inverse_diag_;
  Scratch scratch(*pass.scratch);
  Tile some = scratch.tile(dim_), gram = scratch.tile(count_);
  const Matrix v = vectors(pass.theta);
  std::fill_n(strict, triangle_size(), Real(0));
  for (int first = 0; first < count_; first += kTile) {
    const int real = std::min(kTile, count_ - first);
    some.setZero();
    for (int r = 0; r < real; ++r)
      for (int j = 0; j < dim_; ++j) some(r, j) = v.w[(first + r) * ld_ + j];
    multiply(v, in(some), gram);
    for (int r = 0; r < real; ++r) {
      const int i = first + r;
      std::ptrdiff_t row = i;
      for (int j = i + 1; j < count_; ++j) strict[j * triangle_.ld() + row] = gram(r, j);
      // A vector of length 0 reflects nothing: what it divides is 0 too.
      inverse_diag[i] = Real(2) / std::max(gram(r, i), std::numeric_limits<Real>::min() * 4);
    }
  }
}

void Reflections::solve(Pass& pass, bool transposed, Tile w) const {
  const Real *strict = pass.prepared + strict_, *inverse_diag = pass.prepared + inverse_diag_;
  if (transposed) triangle_.solve_lower(pass, strict, inverse_diag, w);
  else triangle_.solve_upper(pass, strict, inverse_diag, w);
}

void Reflections::apply(Pass& pass, bool transposed, TileIn x, Tile y) const {
  Scratch scratch(*pass.scratch);
  Tile w = scratch.tile(count_);
  multiply(vectors(pass.theta), x, w);
  solve(pass, transposed, w);
  w = -w;
  y = x;
  add_product(vectors(pass.theta).transposed(), in(w), y);
}

// y = x - V' w, S w = V x.  dw = -V dy, S' dg = dw, dx = dy + V' dg, dV = -w dy' + dg x' + what S has of V, with
// dS = -dg w' on and above the diagonal. Transposed, S and S' change places and dS = -w dg'.
void Reflections::gradient(Pass& pass, bool transposed, TileIn x, TileIn dy, Tile dx) const {
  Scratch scratch(*pass.scratch);
  Tile dg = scratch.tile(count_);
  const Matrix v = vectors(pass.theta);
  multiply(v, dy, dg);
  dg = -dg;
  solve(pass, !transposed, dg);
  dx = dy;
  add_product(v.transposed(), in(dg), dx);
  if (!pass.dtheta) return;

  Tile minus_w = scratch.tile(count_);
  multiply(v, x, minus_w);
  solve(pass, transposed, minus_w);
  minus_w = -minus_w;
  Real* dv = pass.dtheta + at_;
  add_gradient(pass, in(minus_w), dy, dv, ld_);
  add_gradient(pass, in(dg), x, dv, ld_);
  const std::ptrdiff_t ld = triangle_.ld();
  Real* ds = scratch.get((triangle_size() + kTile - 1) / kTile);
  std::fill_n(ds, triangle_size(), Real(0));
  add_gradient(pass, in(transposed ? minus_w : dg), in(transposed ? dg : minus_w), ds, ld);
  // dV += C V, C symmetric with dS above the diagonal: with tiles that hold 64 features as their rows.
  for (int i = 0; i < count_; ++i)
    for (int j = 0; j < i; ++j) ds[i * ld + j] = ds[j * ld + i];
  Tile some = scratch.tile(count_), moved = scratch.tile(count_);
  for (int first = 0; first < dim_; first += kTile) {
    const int real = std::min(kTile, dim_ - first);
    some.setZero();
    for (int k = 0; k < count_; ++k) std::copy_n(v.w + k * ld_ + first, real, some.data() + k * kTile);
    multiply({ds, count_, count_, ld, 1}, in(some), moved);
    for (int k = 0; k < count_; ++k) Eigen::Map<Vector>(dv + k * ld_ + first, real) += moved.col(k).head(real);
  }
}

}  // namespace NF_PRECISION
}  // namespace nf
