#include "nf/train/objective.h"

#include <limits>
#include <vector>

namespace nf {
inline namespace NF_PRECISION {

#define NF_OBJECTIVE(name, wants_target, help) std::unique_ptr<Objective> make_##name(const ObjectiveSetup& setup);
#include "nf/train/objectives.def"

void FlowObjective::settle(Vector& theta, const Data& data) const {
  if (flow_.num_stats() > 0) flow_.init_data(theta, data.x.leftCols(flow_.dim()), data.c, true);
  // The optimiser averages what its steps made, before it was held within bounds.
  flow_.after_step(theta.data(), std::vector<double>(static_cast<std::size_t>(flow_.num_stats())).data());
}

void require_ld_gradient(const Flow& flow) {
  if (!flow.traits().ld_gradient)
    throw Error(
        "a continuous layer's \"log_det\": \"map\" scores rows and is not trained by densities; --objective "
        "flow-matching and nf-distill --loss reflow are for such flows");
}

std::string FlowObjective::advice(double loss) const {
  if (loss != std::numeric_limits<double>::infinity() || flow_.base().smooth()) return Objective::advice(loss);
  return "the base " + flow_.spec()["base"].dump() +
         " has the density 0 beyond its edges, where rows fall; a base without edges, as normal, has none such";
}

const std::vector<ObjectiveKind>& objectives() {
  static const std::vector<ObjectiveKind> kinds = {
#define NF_OBJECTIVE(name, wants_target, help) {{#name, help}, wants_target},
#include "nf/train/objectives.def"
  };
  return kinds;
}

std::unique_ptr<Objective> make_objective(const std::string& name, const ObjectiveSetup& setup) {
#define NF_OBJECTIVE(kind, wants_target, help) \
  if (name == #kind) return make_##kind(setup);
#include "nf/train/objectives.def"
  std::vector<std::string> known;
  for (const ObjectiveKind& kind : objectives()) known.emplace_back(kind.unit.name);
  throw Error(unknown("objective", name, known));
}

}  // namespace NF_PRECISION
}  // namespace nf
