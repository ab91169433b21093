#pragma once
// A velocity field v(x, t, c) and its divergence, the sum of dv_i / dx_i: what a continuous flow integrates. Chen,
// Rubanova, Bettencourt, Duvenaud, Neural ordinary differential equations, 2018, arXiv:1806.07366.
//
// Const after construction. Each evaluation of a tile has memory of its own, columns() columns of the caller's, which
// forward fills and backward reads. t: 64 times, one a row. The context is pass.context.
#include <memory>

#include "nf/core/pass.h"
#include "nf/core/random.h"
#include "nf/core/site.h"
#include "nf/core/spec.h"

namespace nf {
inline namespace NF_PRECISION {

class Field {
 public:
  virtual ~Field() = default;
  virtual Json spec() const = 0;
  virtual int columns() const = 0;
  virtual void init(Real* theta, Uniforms& random) const = 0;  // to v = 0
  virtual void prepare(Pass&, Real* /*prepared*/) const {}     // as Layer has it

  // q: null, or gets the divergence, a number a row.
  virtual void forward(Pass& pass, const Real* t, TileIn x, Real* memory, Tile v, Real* q) const = 0;
  // Of sum(dv v) + sum(dq q), dq null: of the first alone; REQUIRES: forward had q where dq is given. Sets dx; adds to
  // pass.dtheta, unless it is null, to pass.dcontext, and to `gathered`.
  virtual void backward(Pass& pass, const Real* memory, TileIn dv, const Real* dq, Tile dx, Real* gathered) const = 0;
  // Whether q is the divergence itself; else an estimate whose mean it is, from what pass.noise draws.
  virtual bool exact(const Pass&) const { return true; }
  // d^order v_i / dx_i^order for every column i, order = 1, 2, ..: as Fokker-Planck equations and Jacobi-Newton steps
  // ask. memory: as forward left it. Throws Error unless the field has them in closed form (hollow).
  virtual void derivatives(Pass&, const Real* /*memory*/, int /*order*/, Tile /*d*/) const {
    throw Error("this field has no derivatives by its columns in closed form");
  }
  // What backward gathers over some evaluations with the same theta before fold adds it to pass.dtheta: zeros at first.
  virtual int gathered() const { return 0; }
  virtual void fold(Pass&, const Real* /*gathered*/) const {}
};

// From {"kind": "bilinear", ...} or its name; the slots are called "field.".
std::unique_ptr<Field> make_field(const Json& spec, const Site& site);

}  // namespace NF_PRECISION
}  // namespace nf
