#pragma once
// Flows with layers that move rows towards a target (langevin, metropolis, hmc with "lambda" above 0).
#include "nf/core/density.h"
#include "nf/flow/flow.h"

namespace nf {
inline namespace NF_PRECISION {

bool needs_target(const Flow& flow);
// Throws Error if the flow needs a target and there is none (null), or one of another number of columns.
void require_target(const Flow& flow, const Density* target);

}  // namespace NF_PRECISION
}  // namespace nf
