#include "nf/data/equal_rows.h"

#include <algorithm>
#include <bit>
#include <cstdint>
#include <utility>

#include "nf/core/cell.h"

namespace nf {
inline namespace NF_PRECISION {
namespace {

// The same for equal rows, and hardly ever for others.
std::uint64_t fingerprint(const double* row, std::size_t columns) {
  std::uint64_t state = 0;
  for (std::size_t j = 0; j < columns; ++j) {
    state ^= std::bit_cast<std::uint64_t>(row[j] + 0.0);  // -0 is 0
    state *= 0x9e3779b97f4a7c15;
    state ^= state >> 29;
  }
  return state;
}

}  // namespace

EqualRows find_equal_rows(const Sample& table) {
  const std::size_t rows = table.rows(), columns = table.columns();
  std::vector<std::pair<std::uint64_t, std::size_t>> order(rows);
  for (std::size_t r = 0; r < rows; ++r) order[r] = {fingerprint(table.row(r), columns), r};
  std::sort(order.begin(), order.end());
  EqualRows result;
  result.first.resize(rows);
  for (std::size_t i = 0; i < rows; ++i) {
    const std::size_t r = order[i].second, before = i > 0 ? result.first[order[i - 1].second] : 0;
    const bool copy = i > 0 && order[i].first == order[i - 1].first &&
                      std::equal(table.row(r), table.row(r) + columns, table.row(before), same_cell);
    result.first[r] = copy ? before : r;
    result.copies += copy;
  }
  return result;
}

}  // namespace NF_PRECISION
}  // namespace nf
