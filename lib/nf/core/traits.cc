#include "nf/core/traits.h"

#include <algorithm>
#include <numeric>

namespace nf {

std::vector<int> joined_order(const std::vector<int>& first, const std::vector<int>& second) {
  if (first.empty() || first.size() != second.size()) return {};
  std::vector<int> columns(first.size()), joined(first.size());
  std::iota(columns.begin(), columns.end(), 0);
  std::sort(columns.begin(), columns.end(),
            [&](int a, int b) { return first[a] != first[b] ? first[a] < first[b] : second[a] < second[b]; });
  int rank = 0, most_before = -1, most = -1;  // of the second order, in lower groups of the first and so far
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const int j = columns[i];
    if (i > 0) {
      const int before = columns[i - 1];
      if (first[j] != first[before]) most_before = most;
      rank += first[j] != first[before] || second[j] != second[before];
    }
    if (second[j] < most_before) return {};
    most = std::max(most, second[j]);
    joined[j] = rank;
  }
  return joined;
}

}  // namespace nf
