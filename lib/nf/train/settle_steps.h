#pragma once
// How many steps the solver of a continuous flow needs.
#include "nf/model/model.h"

namespace nf {
inline namespace NF_PRECISION {

// Gives the model's continuous layers as many steps as its densities of these rows, or of its own samples where they
// have no columns, need, unless they are the map (log_det): the least of 8, 16, .., 256 from which twice as many change
// their mean by less than 0.01 nats and no more than one row in 1000 by 0.1. Returns it, or 0: the flow has no such
// layer.
int settle_steps(Model& model, const Data& rows, int threads);

}  // namespace NF_PRECISION
}  // namespace nf
