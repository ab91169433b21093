#pragma once
// Two tables that are compared: rows of doubles, with the same columns.
#include <Eigen/Core>
#include <cstdint>
#include <vector>

#include "nf/core/error.h"

namespace nf::compare {

// Row-major; refers to memory of the caller.
struct TableView {
  const double* values = nullptr;
  Eigen::Index rows = 0;
  int columns = 0;
  double operator()(Eigen::Index row, int column) const { return values[row * columns + column]; }
};

// Throws Error unless both have the same number of columns, at least one, at least two rows, and finite numbers only;
// the message names the table (first, second), the row and the column, counted from 1. Every comparison calls it.
void require_comparable(const TableView& a, const TableView& b);

// min(count, rows) different row numbers in random order, a function of (rows, count, seed).
std::vector<Eigen::Index> draw_rows(Eigen::Index rows, Eigen::Index count, std::uint64_t seed);

struct Moments {
  double mean = 0, sd = 0;  // sd: of the rows themselves (divided by their number)
};
std::vector<Moments> moments(const TableView& table);  // of each column
// Of the even mixture of both tables, whatever their sizes; where a column is constant, sd is 1. Distances are in these
// units.
std::vector<Moments> pooled_moments(const TableView& a, const TableView& b);

}  // namespace nf::compare
