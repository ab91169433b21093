#pragma once
// Q, D x M with orthonormal columns: the directions in which a Sylvester flow moves its rows.
// van den Berg, Hasenclever, Tomczak, Welling, Sylvester normalizing flows for variational inference, 2018,
// arXiv:1803.05649, section 3.2: orthogonal, Householder and triangular Sylvester flows differ in Q alone.
//
//   "orthogonal": Q = W (W' W)^(-1/2), the orthonormal matrix nearest to W: what the paper's iterative procedure
//     (Bjoerck and Bowie) converges to, here taken exactly. M <= 32.
//   "householder": the first M columns of a product of reflections.
//   "triangular": columns of a permutation.
#include "nf/layers/layer.h"

namespace nf {
inline namespace NF_PRECISION {

class Frame {
 public:
  virtual ~Frame() = default;
  virtual void init(Real* /*theta*/, Uniforms& /*random*/) const {}
  virtual void prepare(Pass& /*pass*/, Real* /*prepared*/) const {}  // as Layer's
  virtual void project(Pass& pass, TileIn x, Tile v) const = 0;      // v = Q' x
  virtual void expand(Pass& pass, TileIn t, Tile z) const = 0;       // z += Q t
  // dtheta of v = Q' x, given dv, and of z = Q t, given dz.
  virtual void gradient(Pass& pass, TileIn x, TileIn dv, TileIn t, TileIn dz) const = 0;
};

std::unique_ptr<Frame> make_frame(SpecReader& spec, const Site& site, const std::string& form, int rank);

}  // namespace NF_PRECISION
}  // namespace nf
