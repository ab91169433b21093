#pragma once
#include <string>

#include "nf/core/spec.h"

namespace nf::cli {

std::string summary_text(const Json& summary);  // of compare::Summary, a line a key
std::string report_text(const Json& report);    // of compare::distill_report, a table

}  // namespace nf::cli
