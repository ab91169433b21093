#pragma once
// An objective over held-out rows.
#include <vector>

#include "nf/core/exchange.h"
#include "nf/core/parallel.h"
#include "nf/train/objective.h"

namespace nf {
inline namespace NF_PRECISION {

struct HeldOut {
  double loss = 0;   // the mean; smaller is better
  double error = 0;  // its standard error
};

// Mean mu of rows' losses l, weighted, and its standard error, sqrt(sum w^2 (l - mu)^2) / sum w. Rows of weight 0 count
// for nothing. What is drawn for a row is the row's alone. Each rank does its share of the tiles.
HeldOut evaluate(const Objective& objective, const Vector& theta, const Data& data, Pool& pool,
                 std::vector<Stack>& stacks, Exchange& exchange);

}  // namespace NF_PRECISION
}  // namespace nf
