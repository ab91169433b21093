#pragma once
// The numbers of a table as they were read, in memory.
#include <string>
#include <vector>

#include "nf/io/number.h"

namespace nf::cli {

// Row-major: columns to learn (x), then context, then the weight if there is one.
struct TrainingTable {
  std::vector<std::string> x_names, c_names;
  bool weighted = false;
  std::vector<double> values;
  std::vector<double> periods = {};  // of x columns that are circles; 0: a line

  std::size_t columns() const { return x_names.size() + c_names.size(); }
  std::size_t width() const { return columns() + (weighted ? 1 : 0); }
  std::size_t rows() const { return width() == 0 ? 0 : values.size() / width(); }
  const double* row(std::size_t r) const { return values.data() + r * width(); }
  double weight(std::size_t r) const { return weighted ? row(r)[width() - 1] : 1.0; }
  double period(std::size_t j) const { return j < periods.size() ? periods[j] : 0; }
  // For messages: a column without a name has its number.
  std::string label(std::size_t j) const {
    const std::string& name = j < x_names.size() ? x_names[j] : c_names[j - x_names.size()];
    return name.empty() ? std::to_string(j + 1) : in_quotes(name);
  }
};

}  // namespace nf::cli
