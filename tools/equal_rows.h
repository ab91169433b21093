#pragma once
// Rows that stand in a table more than once.
#include <cstddef>
#include <vector>

#include "training_table.h"

namespace nf::cli {

struct EqualRows {
  std::vector<std::size_t> first;  // for each row the first one that is equal to it in all columns (weights aside)
  std::size_t copies = 0;          // rows that are not the first of their kind
};

EqualRows find_equal_rows(const TrainingTable& table);

}  // namespace nf::cli
