#pragma once
// Several flows of the same columns as one: the weighted mean of their densities (layers/mixture.cc).
#include <vector>

#include "nf/flow/flow.h"

namespace nf {
inline namespace NF_PRECISION {

struct TrainedFlow {
  Json spec;
  Vector theta;
};

// Weights add up to 1. Throws Error where a flow has another base than a normal one, or changes the number of columns.
TrainedFlow mixture_of(const std::vector<TrainedFlow>& flows, const std::vector<double>& weights);

// The one with the most weight in a flow whose only layer is a mixture.
TrainedFlow part_of_mixture(const TrainedFlow& mixture);

// The weights with which the mixture gives most to some rows: by expectation and maximisation, where log_probs has a
// row's log-densities side by side, a flow each. `row_weights`: one a row, or none. Weights below `least` are 0.
std::vector<double> best_weights(const std::vector<std::vector<double>>& log_probs,
                                 const std::vector<double>& row_weights, double least);

}  // namespace NF_PRECISION
}  // namespace nf
