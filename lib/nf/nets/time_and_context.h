#pragma once
// What the nets of a field see beside x: the time, as (t, cos k pi t, sin k pi t), k = 1 .. `time`, and the context,
// clamped to +-`clip`.
#include "nf/core/pass.h"
#include "nf/core/site.h"
#include "nf/core/spec.h"

namespace nf {
inline namespace NF_PRECISION {

class TimeAndContext {
 public:
  TimeAndContext(SpecReader& spec, const Site& site);
  int times() const { return 2 * waves_ + 1; }
  int columns() const { return times() + context_; }
  // t: 64 times. to: columns(), the times first.
  void write(const Pass& pass, const Real* t, Real* to) const;
  // dc: the gradient by what write made of the context, to pass.dcontext unless that is null.
  void add_gradient(Pass& pass, const Real* dc) const;

 private:
  void write_times(const Real* t, Real* to) const;

  int context_, waves_;
  Real clip_;
};

}  // namespace NF_PRECISION
}  // namespace nf
