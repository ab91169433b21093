#pragma once
// What reverse-KL training fits a flow to: a density whose normaliser nobody needs to know.
//
// Targets speak the flow's units. Const and shared by all threads.
#include <memory>
#include <string>
#include <vector>

#include "nf/core/density.h"
#include "nf/core/spec.h"
#include "nf/model/model.h"

namespace nf {
inline namespace NF_PRECISION {

class Target : public Density {
 public:
  // Why it answers no more, "" while it does; from then on densities are NaN.
  virtual std::string failure() const { return ""; }
};

// Densities in closed form, by "name" or "name:{...}" with a JSON object of numbers:
//   u1 u2 u3 u4   the potentials of Rezende, Mohamed, Variational inference with normalizing flows, 2015,
//                 arXiv:1505.05770, log p~ = -U; U2 to U4, which do not integrate as printed, with a wall
//                 1/2 (max(0, |x1| - 4) / 0.2)^2 added to U
//   banana        {"spread": 2, "bend": 0.5}: x1 normal with that spread, x2 normal(bend (x1^2 - spread^2), 1)
//   funnel        {"dim": 2, "spread": 3}: x1 normal with that spread, the others normal(0, exp(x1 / 2)).
//                 Neal, Slice sampling, 2003
//   ring          {"modes": 8, "radius": 3, "scale": 0.5}: normals with equal weights on a circle
//   gaussian      {"mean": [0, 0], "covariance": [[1, 0.9], [0.9, 1]]}
// All but u1 to u4 have the normaliser 1. Throws Error.
std::unique_ptr<Target> make_closed_form(const std::string& text);
const std::vector<Unit>& closed_forms();

// Another flow, in its standardised units. `model` must live as long; REQUIRES: no context.
std::unique_ptr<Target> make_model_target(const Model& model);

// A program that is asked through its standard input and answers on its standard output, as share/doc/
// target-protocol.md says; it is asked once here. Throws Error. Questions of several threads wait for each other.
enum class Frames { kNdjson, kNpy };
std::unique_ptr<Target> make_program_target(const std::string& command, int dim, Frames frames, double timeout_seconds);

}  // namespace NF_PRECISION
}  // namespace nf
