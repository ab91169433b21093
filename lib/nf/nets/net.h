#pragma once
// A net: what a conditioner or a field is made of. out = net(x) for the 64 rows of a tile.
//
// Const after construction; the memory is the caller's, columns() columns, filled by forward and read by the others,
// which are given the same x. Gradients by the weights are added to pass.dtheta unless that is null; dx, dv null: not
// wanted, else they are set.
#include <memory>

#include "nf/core/pass.h"
#include "nf/core/random.h"
#include "nf/core/site.h"
#include "nf/core/spec.h"

namespace nf {
inline namespace NF_PRECISION {

class Net {
 public:
  virtual ~Net() = default;
  virtual int columns() const = 0;
  // The net starts as the constant `output_bias`, a number an output.
  virtual void init(Real* theta, Uniforms& random, const Vector& output_bias) const = 0;
  virtual void forward(const Real* theta, const Real* x, Real* memory, Real* out) const = 0;
  virtual void backward(Pass& pass, const Real* x, const Real* memory, const Real* dout, Real* dx) const = 0;

  // jv = J v, J = d out / d x: what divergences and log-dets by power series ask of a field. Fills `along`,
  // tangent_columns() columns.
  virtual int tangent_columns() const = 0;
  virtual void tangent(const Real* theta, const Real* memory, const Real* v, Real* along, Real* jv) const = 0;
  // Gradients of out and of jv together: of sum(dout out) + sum(djv jv).
  virtual void tangent_backward(Pass& pass, const Real* x, const Real* memory, const Real* v, const Real* along,
                                const Real* dout, const Real* djv, Real* dx, Real* dv) const = 0;
};

// From {"kind": "mlp", ...} or just "mlp"; `what` names its slots.
std::unique_ptr<Net> make_net(const Json& spec, const Site& site, const char* what, int inputs, int outputs);

}  // namespace NF_PRECISION
}  // namespace nf
