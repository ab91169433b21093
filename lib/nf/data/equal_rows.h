#pragma once
// Rows that stand in a table more than once.
#include <cstddef>
#include <vector>

#include "nf/data/sample.h"

namespace nf {
inline namespace NF_PRECISION {

struct EqualRows {
  std::vector<std::size_t> first;  // for each row the first one that is equal to it in all columns (weights aside)
  std::size_t copies = 0;          // rows that are not the first of their kind
};

EqualRows find_equal_rows(const Sample& table);

}  // namespace NF_PRECISION
}  // namespace nf
