#pragma once
// nf-inspect --report: what there is to say and to draw of a model, on one page of HTML that needs nothing else.
#include "cli.h"

namespace nf::cli {

void report(const Cli& cli);

}  // namespace nf::cli
