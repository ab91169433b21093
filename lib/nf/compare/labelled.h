#pragma once
// What the classifier two-sample test learns from: the drawn rows of both tables, and the same rows as inputs of a net.
#include <cstddef>
#include <cstdint>
#include <vector>

#include "nf/compare/table_view.h"

namespace nf::compare {

// Rows in random order, first those of a, then those of b; each class is spread evenly over the folds.
struct Labelled {
  Labelled(const TableView& a, const TableView& b, Eigen::Index most_rows, int folds, std::uint64_t seed);

  std::size_t size() const { return fold.size(); }
  bool is_second(std::size_t row) const { return row >= first_b; }
  const double* row(std::size_t i) const { return values.data() + i * static_cast<std::size_t>(columns); }

  int columns;
  std::size_t first_b;
  std::vector<double> values;
  std::vector<int> fold;

 private:
  void add(const TableView& table, Eigen::Index most_rows, int folds, std::uint64_t seed);
};

// All rows as inputs, 2 * columns a row: the columns in robust units (median; the 5 to 95 % range), clipped at +-10,
// and the same decorrelated, since what tells tables apart often hides in a direction in which both are thin. Only the
// rows `from` decide about the units.
std::vector<float> network_inputs(const Labelled& data, const std::vector<std::size_t>& from);

}  // namespace nf::compare
