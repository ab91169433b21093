#pragma once
// Rows of cells (core/cell.h) as they were read, in memory.
#include <cstddef>
#include <string>
#include <vector>

#include "nf/core/spec.h"
#include "nf/core/types.h"

namespace nf {
inline namespace NF_PRECISION {

// Row-major: columns to learn (x), then context (c), then the weight if there is one.
struct Sample {
  std::vector<std::string> x_names, c_names;  // a column's may be empty
  bool weighted = false;
  std::vector<double> values;
  std::vector<std::vector<std::string>> words = {};  // that a column's word cells name; empty: no column has any
  std::vector<Json> doors = {};  // wished for (measure_door), a column each, x's first; null or not there: measured

  std::size_t columns() const { return x_names.size() + c_names.size(); }
  std::size_t width() const { return columns() + (weighted ? 1 : 0); }
  std::size_t rows() const { return width() == 0 ? 0 : values.size() / width(); }
  const double* row(std::size_t r) const { return values.data() + r * width(); }
  double weight(std::size_t r) const { return weighted ? row(r)[width() - 1] : 1.0; }
  Json door(std::size_t j) const { return j < doors.size() ? doors[j] : Json(); }
  const std::string& name(std::size_t j) const { return j < x_names.size() ? x_names[j] : c_names[j - x_names.size()]; }
  // For messages: a column's name in quotes, or its number where it has none.
  std::string label(std::size_t j) const;
};

// The named columns of a table, as TableReader reads it: all but the others where `columns` is empty. Throws Error.
struct ReadChoice {
  std::vector<std::string> columns = {}, context = {};
  std::string weights = {};
};
Sample read_sample(const std::string& path, const ReadChoice& choice = {});

}  // namespace NF_PRECISION
}  // namespace nf
