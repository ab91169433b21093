#pragma once
// A look at a table before anything is learned from it: what makes densities meaningless, or the training waste its
// time, and can be seen in the numbers.
#include <string>
#include <vector>

#include "nf/data/equal_rows.h"
#include "nf/data/sample.h"

namespace nf {
inline namespace NF_PRECISION {

struct FirstLook {
  std::vector<std::string> warnings;  // one line each, with column, value and count
  // Rows repeat that need not: so many columns with so many values would hardly make two rows equal.
  bool repeated = false;
};

// Large tables are looked at in rows from all over them, and in those that hold a column's smallest or largest value.
FirstLook look_at(const Sample& table, const EqualRows& equal, int threads);

}  // namespace NF_PRECISION
}  // namespace nf
