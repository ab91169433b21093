#pragma once
#include "cli.h"
#include "compare.h"

namespace nf::cli {

// The two tables that the operands name, compared as the options ask.
Comparison compare_files(const Cli& cli);

}  // namespace nf::cli
