#pragma once
// A transformer: a monotone increasing map R -> R for every feature, with parameters phi a row: what a conditioner
// network, or theta itself, hands to an autoregressive, coupling or elementwise layer.
//
// Works on F >= 1 features of a tile at once: x, y, logd are 64 x F; phi is 64 x (F * num_params()), parameter p of
// feature f in column f * num_params() + p. Const and free of state: any thread may call. Outputs do not overlap
// inputs.
#include <memory>
#include <span>

#include "nf/core/pass.h"
#include "nf/core/spec.h"

namespace nf {
inline namespace NF_PRECISION {

class Transformer {
 public:
  virtual ~Transformer() = default;
  virtual int num_params() const = 0;
  virtual Json spec() const = 0;                // canonical, with "kind"
  virtual int log_scale_at() const { return -1; }  // which phi of an affine map is its log-scale; -1: none
  virtual double period() const { return 0; }   // maps a circle of this circumference around 0 onto itself; 0: a line

  // y = f(x; phi), logd = log f'(x).
  virtual void forward(Pass& pass, TileIn x, TileIn phi, Tile y, Tile logd) const = 0;
  // Gradients of forward at x: dx = dy f' + dlogd d(log f')/dx, dphi = dy df/dphi + dlogd d(log f')/dphi.
  virtual void backward(Pass& pass, TileIn x, TileIn phi, TileIn dy, TileIn dlogd, Tile dx, Tile dphi) const = 0;
  // x = f^-1(y), logd = -log f'(x). By default a bracketed Newton iteration, each row on its own.
  virtual void inverse(Pass& pass, TileIn y, TileIn phi, Tile x, Tile logd) const;
  // Gradients of inverse, given its result x: by default implicit differentiation through backward().
  virtual void inverse_backward(Pass& pass, TileIn x, TileIn phi, TileIn dx, TileIn dlogd, Tile dy, Tile dphi) const;

  // The phi of one feature (num_params() numbers) at which f is the identity, or as near to it as the map comes.
  virtual void identity(Real* phi) const = 0;
  // The phi of one feature at which f takes a column's values (its training rows', in ascending order) nearest to the
  // standard normal distribution; `inverted`: at which f^-1 does. False, and phi untouched: this map cannot.
  virtual bool start(std::span<const double> /*sorted*/, bool /*inverted*/, Real* /*phi*/) const { return false; }
};

// From {"kind": "affine", ...} or just "affine"; "inverse": true wraps the map the other way round.
std::unique_ptr<Transformer> make_transformer(const Json& spec, const std::string& place);

}  // namespace NF_PRECISION
}  // namespace nf
