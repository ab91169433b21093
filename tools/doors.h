#pragma once
// Doors of a training table's columns: how each is standardised.
#include <vector>

#include "cli.h"
#include "nf/model/model.h"
#include "training_table.h"

namespace nf::cli {

struct Doors {
  std::vector<Column> x, c;
  std::vector<std::size_t> x_kept, c_kept;  // which of the table's columns they belong to
};

// Measured on some rows, weighted: mean and standard deviation, unless a few values are so far out that float could no
// longer tell the others apart: then the median, and a width of the middle. Throws Error where a column does not vary.
Doors measure_doors(const Cli& cli, const TrainingTable& table, const std::vector<std::size_t>& rows);
Doors doors_of(const Model& model);

}  // namespace nf::cli
