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

// Every row's loss. What is drawn for a row is the row's alone. Each rank does its share of the tiles.
std::vector<double> row_losses(const Objective& objective, const Vector& theta, const Data& data, Pool& pool,
                               std::vector<Stack>& stacks, Exchange& exchange);
// The errors of the losses of up to `most` rows from the top, where the objective integrates.
std::vector<double> row_errors(const Objective& objective, const Vector& theta, const Data& data, Eigen::Index most,
                               Pool& pool, std::vector<Stack>& stacks, Exchange& exchange);
// Mean mu of rows' losses l, weighted, and its standard error, sqrt(sum w^2 (l - mu)^2) / sum w. Rows of weight 0 count
// for nothing. `weights`: one a row, or none.
HeldOut mean_loss(const std::vector<double>& losses, const std::vector<double>& weights);
HeldOut evaluate(const Objective& objective, const Vector& theta, const Data& data, Pool& pool,
                 std::vector<Stack>& stacks, Exchange& exchange);

}  // namespace NF_PRECISION
}  // namespace nf
