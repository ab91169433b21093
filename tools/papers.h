#pragma once
// Published settings: what a paper trained on one table, as a named flow, changes to it and options of nf-train. Those
// of share/specs/papers/ are part of the program, which finds them wherever it is.
#include <string>
#include <vector>

#include "cli.h"
#include "nf/core/spec.h"

namespace nf::cli {

struct Paper {
  std::string name;               // "maf2017-power"; of a file, its name without ".json"
  std::string paper, flow, note;  // note: what the paper does that this cannot say
  Json set, options;              // as --set and as options without their dashes
};

std::vector<std::string> paper_names();
// By its name, or from a JSON file. Throws UsageError on an unknown name.
Paper find_paper(const std::string& name_or_file);
// Gives `cli` what the paper says, for what the command line leaves open. A budget (--epochs, --steps, --max-seconds)
// there replaces the paper's.
void supply(Cli& cli, const Paper& paper);

}  // namespace nf::cli
