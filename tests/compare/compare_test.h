#pragma once
// Tables for the tests of comparisons.
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <vector>

#include "nf/compare/table_view.h"
#include "nf/core/random.h"

namespace nf::compare {

struct Table {
  std::vector<double> values;
  int columns = 1;
  TableView view() const { return {values.data(), static_cast<Eigen::Index>(values.size()) / columns, columns}; }
};

// Independent normals with variance 1 around `shift`.
inline Table normals(int rows, int columns, std::uint64_t seed, double shift = 0) {
  Table table{{}, columns};
  Vector memory(kTile * columns);
  for (int first = 0; first < rows; first += kTile) {
    Random{seed}.normals(Stream::kTest, static_cast<std::uint64_t>(first), columns, memory.data());
    for (int r = 0; r < std::min(kTile, rows - first); ++r)
      for (int c = 0; c < columns; ++c) table.values.push_back(shift + static_cast<double>(memory[kTile * c + r]));
  }
  return table;
}

inline double normal_cdf(double x) { return std::erfc(-x / std::sqrt(2.0)) / 2; }

}  // namespace nf::compare
