#pragma once
// The energy that stochastic layers move rows in: u_l = (1 - l) u_0 + l u, u_0 = |y|^2 / 2 that of standard normal
// noise, u = -log p~ that of the target (Pass::target), l between 0 and 1; at l = 0 no target is asked.
#include "nf/core/pass.h"

namespace nf {
inline namespace NF_PRECISION {

// Places of a tile's rows, and what the target says of them. Where a place or an answer is not finite, or the row no
// real one, `good` is false, and what is not finite is 0.
struct Point {
  Tile y, du;  // 64 x dim each; du = the gradient of u
  LogDet u = LogDet::Zero();
  Eigen::Array<bool, kTile, 1> good = Eigen::Array<bool, kTile, 1>::Constant(false);
};

class Tempered {
 public:
  // clip: rows' gradients of u are shortened to it where they drive a row; 0: they are not.
  // REQUIRES: a target of this many columns, unless lambda is 0.
  Tempered(Pass& pass, double lambda, double clip) : pass_(pass), lambda_(lambda), clip_(clip) {}

  void ask(Point& at) const;  // about at.y
  LogDet energy(const Point& at) const;
  void gradient(const Point& at, Tile g) const;  // of the energy
  void drift(const Point& at, Tile g) const;     // the same with du shortened
  // dy += J'dg, J the Jacobian of drift, by differences of the target's gradient: two more questions. Returns the sum
  // over rows of dg times the derivative of drift by lambda.
  double drift_backward(const Point& at, TileIn dg, Tile dy) const;
  Stack& scratch() const { return *pass_.scratch; }

 private:
  using Rows = Eigen::Array<Real, kTile, 1>;
  Rows shortening(TileIn du) const;
  void add_curvature(TileIn y, Tile direction, Tile sum) const;

  Pass& pass_;
  double lambda_, clip_;
};

}  // namespace NF_PRECISION
}  // namespace nf
