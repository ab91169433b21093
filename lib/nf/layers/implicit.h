#pragma once
// Layers that are given by their map f and whose inverse solves f(x) = z. They write f, the solution, f's gradient and
// J^-T u; the gradient of the inverse follows (implicit differentiation):
//   x = f^-1(z), l = -log|det J(x)|: with u = dx - dl d(log|det J|)/dx,
//   dz = J^-T u, dtheta = -dz' df/dtheta - dl d(log|det J|)/dtheta.
// Where the map is that from noise to data, the layer is `turned`: its forward solves.
#include <algorithm>
#include <cmath>

#include "nf/layers/layer.h"

namespace nf {
inline namespace NF_PRECISION {

using Rows = Eigen::Array<Real, kTile, 1>;  // a number a row

class Implicit : public Layer {
 public:
  explicit Implicit(int dim) : dim_(dim) { traits_ = {.dim = dim, .noise_dim = dim}; }
  void forward(Pass& pass, TileIn x, Tile z, LogDet& ld) const final {
    turned_ ? back(pass, x, z, ld) : there(pass, x, z, ld);
  }
  void inverse(Pass& pass, TileIn z, Tile x, LogDet& ld) const final {
    turned_ ? there(pass, z, x, ld) : back(pass, z, x, ld);
  }
  void backward(Pass& pass, TileIn dz, const LogDet& dld, Tile dx) const final {
    turned_ ? gradient_back(pass, dz, dld, dx) : gradient_there(pass, dz, dld, dx);
  }
  void inverse_backward(Pass& pass, TileIn dx, const LogDet& dld, Tile dz) const final {
    turned_ ? gradient_there(pass, dx, dld, dz) : gradient_back(pass, dx, dld, dz);
  }

 protected:
  virtual void map(Pass& pass, TileIn x, Tile z, LogDet& ld) const = 0;    // z = f(x), ld += log|det J|
  virtual void solve(Pass& pass, TileIn z, Tile x, LogDet& ld) const = 0;  // x = f^-1(z), ld -= log|det J(x)|
  // Gradients of map at x: dx, and what is added to pass.dtheta unless that is null.
  virtual void gradient(Pass& pass, TileIn x, TileIn dz, const LogDet& dld, Tile dx) const = 0;
  virtual void solve_transposed(Pass& pass, TileIn x, TileIn u, Tile dz) const = 0;  // dz = J(x)^-T u

  int dim_;
  bool turned_ = false;

 private:
  void there(Pass& pass, TileIn x, Tile z, LogDet& ld) const {
    keep(pass, x);
    map(pass, x, z, ld);
  }
  void back(Pass& pass, TileIn z, Tile x, LogDet& ld) const {
    solve(pass, z, x, ld);
    keep(pass, in(x));
  }
  void gradient_there(Pass& pass, TileIn dz, const LogDet& dld, Tile dx) const {
    gradient(pass, kept(pass, dim_), dz, dld, dx);
  }
  void gradient_back(Pass& pass, TileIn dx, const LogDet& dld, Tile dz) const {
    const TileIn x = kept(pass, dim_);
    Scratch scratch(*pass.scratch);
    Tile zero = scratch.tile(dim_), u = scratch.tile(dim_);
    zero.setZero();
    const LogDet minus = -dld;
    Pass frozen = pass;
    frozen.dtheta = frozen.dcontext = nullptr;
    gradient(frozen, x, in(zero), minus, u);
    u += dx;
    solve_transposed(pass, x, in(u), dz);
    if (!pass.dtheta && !pass.dcontext) return;
    zero = -dz;
    gradient(pass, x, in(zero), minus, u);
  }
};

// What keeps maps of this kind invertible: softplus, as number and slope, and the argument at which it is 1.
struct Softplus {
  explicit Softplus(Real t)
      : value(std::max(static_cast<double>(t), 0.0) + std::log1p(std::exp(-std::abs(static_cast<double>(t))))),
        slope(1 / (1 + std::exp(-static_cast<double>(t)))) {}
  double value, slope;
};
inline constexpr double kSoftplusOne = 0.5413248546129181;  // ln(e - 1)

}  // namespace NF_PRECISION
}  // namespace nf
