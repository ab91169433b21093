#pragma once
// What the columns of a training table are, by --door, --circle and --doors, and what is said of it.
#include <string>
#include <vector>

#include "cli.h"
#include "nf/data/propose.h"

namespace nf::cli {

// --doors is not none: columns may hold words and gaps, and doors are proposed where none are asked for.
bool proposes_doors(const Cli& cli);
// The doors asked for, among the columns of these names; null: none. "income=log", "phi=circle:360", "u=logit:0:1".
std::vector<Json> asked_doors(const Cli& cli, const std::vector<std::string>& names);

// Tidies the table, and the rows to validate on, and gives all columns their doors; those that say nothing of other
// rows are taken out. circles: angles may be proposed.
void choose_doors(const Cli& cli, Sample& table, Sample& valid, bool circles);
void erase_columns(Sample& table, const std::vector<std::size_t>& places);

// What would be proposed for the table in a file, a row a column.
std::string columns_text(const Cli& cli, const std::string& file, bool json);

}  // namespace nf::cli
