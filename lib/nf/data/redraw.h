#pragma once
// What doors draw when rows enter (where in its interval a whole number lies), drawn anew: a flow that sees other draws
// in every epoch learns the intervals, not the draws.
#include <cstdint>
#include <vector>

#include "nf/core/parallel.h"
#include "nf/data/column.h"

namespace nf {
inline namespace NF_PRECISION {

class Redraw {
 public:
  // data: rows of values(r), which entered through the columns with the seed 0.
  Redraw(const std::vector<Column>& columns, const std::function<const double*(std::int64_t)>& values,
         const Data& data);

  bool draws() const { return !cells_.empty(); }
  // As if they had entered with this seed. `data`: the same rows.
  void operator()(std::uint64_t seed, Pool& pool, Data& data) const;

 private:
  LogDet enter_tile(std::uint64_t seed, std::int64_t first, const Batch& batch, Tile x) const;

  std::vector<Column> columns_;
  std::vector<bool> drawn_;     // the columns whose doors draw
  std::vector<double> cells_;   // theirs, row by row
  std::vector<double> others_;  // what the other columns add to the rows' log-densities
};

}  // namespace NF_PRECISION
}  // namespace nf
