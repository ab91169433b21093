#pragma once
// Tables of words and gaps as tables of numbers, which are what can be compared.
#include <string>
#include <vector>

#include "nf/data/sample.h"

namespace nf::compare {

struct Spread {
  std::vector<std::string> names;  // "size", "size=" for its gaps, "color=red"
  std::vector<double> a, b;        // row-major, as many columns as there are names
};

// Words become columns of 0 and 1, the most frequent of both tables one each; so do gaps, where the number is then that
// of the middle row. The samples have the same columns, and their words the same numbers.
Spread spread(Sample a, Sample b);

}  // namespace nf::compare
