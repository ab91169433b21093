#pragma once
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <numeric>
#include <vector>

#include "nf/data/column.h"

namespace nf {
inline namespace NF_PRECISION {

// What an epoch visits: rows of weight 0 never, and, where batches are parts of the table, a row that weighs more than
// twice the mean as often as keeps each visit below that. A few heavy rows in a few batches would be gradients that
// clipping and Adam's own scale hold down, and the light rows' share would be learned too large.
struct Visits {
  Visits(const Data& data, std::int64_t batch) : weight(data.weight) {
    const auto rows = static_cast<std::size_t>(data.rows());
    if (weight.empty()) weight.assign(rows, 1.0);
    const auto counting = std::count_if(weight.begin(), weight.end(), [](double w) { return w > 0; });
    const double most = batch < counting
                            ? 2 * std::accumulate(weight.begin(), weight.end(), 0.0) / static_cast<double>(counting)
                            : std::numeric_limits<double>::infinity();
    for (std::size_t r = 0; r < rows; ++r) {
      if (weight[r] <= 0) continue;
      const double times = std::max(1.0, std::ceil(weight[r] / most));
      row.insert(row.end(), static_cast<std::size_t>(times), static_cast<std::uint32_t>(r));
      weight[r] /= times;
    }
    for (const std::uint32_t r : row) mean_weight += weight[r];
    mean_weight /= static_cast<double>(row.size());
  }
  std::vector<std::uint32_t> row;
  std::vector<double> weight;  // of one visit, by row
  double mean_weight = 0;      // of the visits
};

}  // namespace NF_PRECISION
}  // namespace nf
