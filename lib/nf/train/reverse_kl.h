#pragma once
// Variational fit to an unnormalised density p~: loss = log q(x) - log p~(x), x = flow.decode(z), z fresh from the
// base, shown as its negative, the evidence lower bound, whose largest possible value is the log-normaliser of p~.
// Rezende, Mohamed, Variational inference with normalizing flows, 2015, arXiv:1505.05770. Its gradient is taken along
// the samples' path alone, as in objective.h for the distillation's kl.
//
// The training rows' values are not looked at: their number is that of the rows drawn an epoch.
#include "nf/model/importance.h"
#include "nf/targets/target.h"
#include "nf/train/objective.h"

namespace nf {
inline namespace NF_PRECISION {

// In the first `anneal` of the run log p~ counts with a factor that rises from 0.01 to 1, as in the paper: the flow is
// wide before it finds a mode. Throws Error if the flow has a context, or a base with numbers of its own, or if the
// dimensions differ.
std::unique_ptr<Objective> make_reverse_kl(const Flow& flow, const Target& target, std::uint64_t seed,
                                           double anneal = 0);

// Over `rows` fresh samples of the flow.
ImportanceReport importance(const Flow& flow, const Vector& theta, const Target& target, std::uint64_t seed,
                            std::int64_t rows, int threads);

}  // namespace NF_PRECISION
}  // namespace nf
