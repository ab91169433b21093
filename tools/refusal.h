#pragma once
// A table that was refused for a field that is no number: what the user can do about it.
#include <string>
#include <vector>

#include "cli.h"

namespace nf::cli {

// "; --exclude species leaves out the columns that hold no numbers ...", or "" where there is nothing to say. Reads the
// file again, so nothing is found out about standard input, nor about a table of thousands of columns. `selected`: the
// columns that were wanted, of which the first `free` may be left out.
std::string way_out(const Cli& cli, const std::string& path, const std::vector<std::string>& known_names,
                    const std::vector<int>& selected, std::size_t free);

}  // namespace nf::cli
