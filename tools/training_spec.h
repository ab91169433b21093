#pragma once
// Which flow to train: a named one or a spec from a file, with --set.
#include <string>
#include <vector>

#include "cli.h"
#include "nf/core/spec.h"
#include "nf/model/model.h"

namespace nf::cli {

Json read_json(const std::string& path);  // throws Error
// --spec and --set, and the option that names a preset, or one of `more`.
Group spec_options(const std::string& preset_option, const std::string& fallback, const std::string& help,
                   const std::vector<std::string>& more = {});
// The spec for these columns.
Json chosen_spec(const Cli& cli, const std::string& preset_option, const std::vector<Column>& columns,
                 const std::vector<Column>& context);
// Whether that flow's layers can have angles among its columns.
bool keeps_circles(const Cli& cli, const std::string& preset_option);

}  // namespace nf::cli
