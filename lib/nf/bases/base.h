#pragma once
// A base: the distribution of the noise z, with or without numbers of its own in theta; the context may choose among
// several (pass.context).
#include <memory>
#include <optional>

#include "nf/core/pass.h"
#include "nf/core/random.h"
#include "nf/core/site.h"
#include "nf/core/spec.h"

namespace nf {
inline namespace NF_PRECISION {

class Base {
 public:
  virtual ~Base() = default;
  virtual Json spec() const = 0;  // canonical, with "kind"
  // lp += log p(z); outside the support -inf.
  virtual void log_prob(Pass& pass, TileIn z, LogDet& lp) const = 0;
  // dz += dlp d(log p)/dz; what theta has of this base gets its gradient in pass.dtheta.
  virtual void backward(Pass& pass, TileIn z, const LogDet& dlp, Tile dz) const = 0;
  // z = rows first_row .. of the endless sample that the seed fixes.
  virtual void sample(Pass& pass, const Random& random, Stream stream, std::uint64_t first_row, Tile z) const = 0;

  virtual void init(Real* /*theta*/, Uniforms& /*random*/) const {}
  // Whether a start from data is wanted: init_data gets the noise and the context of some training rows.
  virtual bool wants_data() const { return false; }
  virtual void init_data(Real* /*theta*/, const Batch& /*z*/, const Batch& /*c*/) const {}

  // Of one row, in nats, where it is known in closed form.
  virtual std::optional<double> entropy() const { return std::nullopt; }
  // The density has no edge: it is continuous, and above 0, everywhere.
  virtual bool smooth() const { return true; }
  // z scaled by a temperature stays sensible: a normal base.
  virtual bool scalable() const { return false; }
};

std::unique_ptr<Base> make_base(const Json& spec, const Site& site);

}  // namespace NF_PRECISION
}  // namespace nf
