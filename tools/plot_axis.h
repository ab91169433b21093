#pragma once
// A column as an axis of a picture: its range, its bins and what is written beside it.
#include <string>
#include <vector>

#include "nf/core/cell.h"

namespace nf::cli {

struct Axis {
  double low = 0, width = 1;  // of the first bin
  int bins = 2;               // at least: gnuplot's images are no smaller
  std::vector<double> tick_at;
  std::vector<std::string> tick_label;
  bool slanted = false;         // labels are long
  std::vector<int> place = {};  // of words: each one's bin
  bool words = false;           //   it is a column of these
  int gap = -1;                 //   and this bin that of gaps
  double end() const { return low + bins * width; }
  int bin(double cell) const;  // -1: none
};

// Of all cells of a column, about `bins` bins from the 0.5 % to the 99.5 % quantile, or to the extremes where these are
// near; whole steps where the values have one. A column of words has a bin for each of the most frequent.
Axis axis_of(const std::vector<double>& cells, const CellForm& form, int bins);

std::string cut(const std::string& text, std::size_t most);  // characters

// Of rising values; share 0 to 1.
double quantile_of(const std::vector<double>& sorted, double share);

}  // namespace nf::cli
