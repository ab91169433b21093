#pragma once
// A bijection: a layer R^D -> R^D, forward towards noise.
//
// Layers are const after construction; any thread may call them with its own Pass. Each direction adds its log|det| to
// `ld`. If pass.tape is set, forward (inverse) pushes what backward (inverse_backward) will pop; backward takes the
// gradients of the output and of ld, gives that of the input and adds to pass.dtheta. Outputs may not overlap inputs.
// Rows are independent of each other.
#include <memory>
#include <string>

#include "nf/core/pass.h"
#include "nf/core/random.h"
#include "nf/core/site.h"
#include "nf/core/spec.h"

namespace nf {
inline namespace NF_PRECISION {

class Bijection {
 public:
  virtual ~Bijection() = default;
  virtual Json spec() const = 0;  // canonical, with "kind"

  virtual void forward(Pass& pass, TileIn x, Tile z, LogDet& ld) const = 0;
  virtual void inverse(Pass& pass, TileIn z, Tile x, LogDet& ld) const = 0;
  virtual void backward(Pass& pass, TileIn dz, const LogDet& dld, Tile dx) const = 0;
  virtual void inverse_backward(Pass& pass, TileIn dx, const LogDet& dld, Tile dz) const = 0;

  virtual void init(Real* /*theta*/, Uniforms& /*random*/) const {}
  // Whether a start from data is wanted: init_data gets the layer's input of some training rows. `inverted`: the layer
  // stands inverted in the flow, so `x` arrives where inverse() takes its argument.
  virtual bool wants_data() const { return false; }
  virtual void init_data(Real* /*theta*/, const Batch& /*x*/, bool /*inverted*/) const {}

  // Statistics collected in training: how many doubles, and what to do with them after a step of `rows` rows.
  virtual int num_stats() const { return 0; }
  virtual void set_stats_place(int /*first*/) {}
  virtual void update(Real* /*theta*/, const double* /*stats*/) const {}

  // Columns that are circles stay so, each its own; layers that shift, scale or mix columns do not keep them.
  virtual bool keeps_circles() const { return false; }

  // Columns of the conditioner's outputs, which Pass::phi receives in the directions that are parallel passes.
  virtual int num_outputs() const { return 0; }

  // One pass costs about the same either way for every layer here; these say whether it is a single parallel pass.
  virtual bool fast_forward() const { return true; }
  virtual bool fast_inverse() const { return true; }
};

// From {"kind": "coupling", ...}; "inverse": true wraps the layer the other way round.
std::unique_ptr<Bijection> make_bijection(const Json& spec, const Site& site);

}  // namespace NF_PRECISION
}  // namespace nf
