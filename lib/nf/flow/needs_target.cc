#include "nf/flow/needs_target.h"

#include <algorithm>

namespace nf {
inline namespace NF_PRECISION {
namespace {

bool needs_target(const Layer& layer) {
  return layer.spec().value("lambda", 0.0) > 0 || layer.spec().value("count", 0) > 0;  // of anneal: kernels
}

}  // namespace

bool needs_target(const Flow& flow) {
  return std::any_of(flow.layers().begin(), flow.layers().end(),
                     [](const auto& layer) { return needs_target(*layer); });
}

void require_target(const Flow& flow, const Density* target) {
  for (std::size_t l = 0; l < flow.layers().size(); ++l) {
    const Layer& layer = *flow.layers()[l];
    if (!needs_target(layer) || (target && target->dim() == layer.traits().dim)) continue;
    const std::string kind = layer.spec()["kind"], place = "layers." + std::to_string(l) + ": ";
    if (!target) throw Error(place + kind + " moves rows towards a target, and there is none");
    throw Error(place + kind + " moves rows of " + std::to_string(layer.traits().dim) +
                " columns towards a target of " + std::to_string(target->dim()));
  }
}

}  // namespace NF_PRECISION
}  // namespace nf
