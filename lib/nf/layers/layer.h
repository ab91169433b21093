#pragma once
// A layer of a flow, forward towards noise: a bijection, or a map that drops columns (surjective) or draws some
// (stochastic). What it adds to `ld` makes log p(x) = log p(z) + ld: a bijection's log|det|; the log-density of what it
// drops; log p(x|z) - log q(z|x) for a z drawn from q, a lower bound in expectation.
// Nielsen, Jaini, Hoogeboom, Winther, Welling, SurVAE flows, 2020, arXiv:2007.02731.
//
// Layers are const after construction; any thread may call them with its own Pass. inverse adds minus what forward
// adds. If pass.tape is set, forward (inverse) pushes what backward (inverse_backward) will pop; backward takes the
// gradients of the output and of ld, gives that of the input and adds to pass.dtheta and pass.dcontext. Outputs may not
// overlap inputs. Rows are independent of each other. What is drawn comes from pass.noise, and gradients run along it.
#include <memory>
#include <string>

#include "nf/core/pass.h"
#include "nf/core/random.h"
#include "nf/core/site.h"
#include "nf/core/spec.h"
#include "nf/core/traits.h"

namespace nf {
inline namespace NF_PRECISION {

// A start from data: the layer's input of some training rows, and their context.
struct Start {
  const Batch& x;
  const Batch& c;
  bool inverted = false;  // the layer stands inverted in the flow: x arrives where inverse() takes its argument
  bool again = false;     // only what traits().collects says is to be estimated, anew
};

class Field;

class Layer {
 public:
  virtual ~Layer() = default;
  const Json& spec() const { return spec_; }  // canonical, with "kind"
  const Traits& traits() const { return traits_; }

  // x: 64 x dim, z: 64 x noise_dim.
  virtual void forward(Pass& pass, TileIn x, Tile z, LogDet& ld) const = 0;
  virtual void inverse(Pass& pass, TileIn z, Tile x, LogDet& ld) const = 0;
  virtual void backward(Pass& pass, TileIn dz, const LogDet& dld, Tile dx) const = 0;
  virtual void inverse_backward(Pass& pass, TileIn dx, const LogDet& dld, Tile dz) const = 0;

  virtual void init(Real* /*theta*/, Uniforms& /*random*/) const {}
  virtual void init_data(Real* /*theta*/, const Start& /*start*/) const {}  // where traits().wants_data
  // What depends on theta alone, at the layer's place in `prepared`: once a step or a model instead of once a tile.
  // Uses pass.theta and pass.scratch.
  virtual void prepare(Pass& /*pass*/, Real* /*prepared*/) const {}
  // After a step of training, with the sums over its rows that forward collected in pass.stats.
  virtual void after_step(Real* /*theta*/, const double* /*stats*/) const {}
  virtual const Field* field() const { return nullptr; }  // along which rows flow, in a continuous layer

 protected:
  Json spec_;
  Traits traits_;
};

// From {"kind": "coupling", ...}; "inverse": true wraps the layer the other way round.
std::unique_ptr<Layer> make_layer(const Json& spec, const Site& site);

}  // namespace NF_PRECISION
}  // namespace nf
