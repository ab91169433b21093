#pragma once
#include <algorithm>

#include "nf/core/types.h"

namespace nf {
inline namespace NF_PRECISION {

// Rows first .. of a batch as a tile; the last row is repeated where the batch ends. Returns how many are real.
inline int load_tile(const Batch& rows, Eigen::Index first, Tile tile) {
  const int real = static_cast<int>(std::min<Eigen::Index>(kTile, rows.rows() - first));
  for (int r = 0; r < kTile; ++r) {
    const Real* row = rows.data() + (first + std::min(r, real - 1)) * rows.cols();
    for (Eigen::Index j = 0; j < rows.cols(); ++j) tile(r, j) = row[j];
  }
  return real;
}

}  // namespace NF_PRECISION
}  // namespace nf
