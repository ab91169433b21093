#pragma once
// A value a row over a table, and its mean.
#include <cstdint>
#include <functional>
#include <vector>

#include "nf/core/parallel.h"
#include "nf/data/column.h"
#include "nf/flow/flow.h"

namespace nf {
inline namespace NF_PRECISION {

struct HeldOut {
  double loss = 0;   // the mean; smaller is better
  double error = 0;  // its standard error
};

// Mean mu of rows' values l over a table, weighted, and its standard error, sqrt(sum w^2 (l - mu)^2) / sum w. Rows of
// weight 0 count for nothing. tile(pass, x, first row, values) fills 64 of them; what layers draw is the row's alone.
HeldOut evaluate_rows(const Flow& flow, const Vector& theta, const Data& data, Pool& pool, std::vector<Stack>& stacks,
                      const std::function<void(Pass&, TileIn, std::uint64_t, LogDet&)>& tile);

}  // namespace NF_PRECISION
}  // namespace nf
