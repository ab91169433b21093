#pragma once
// Which flow to train: a named one or a spec from a file, with --set.
#include <string>

#include "cli.h"
#include "nf/core/spec.h"

namespace nf::cli {

// --spec and --set, and the option that names a preset.
Group spec_options(const std::string& preset_option, const std::string& fallback, const std::string& help);
// The spec for so many columns.
Json chosen_spec(const Cli& cli, const std::string& preset_option, int dim, int context);

}  // namespace nf::cli
