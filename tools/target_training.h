#pragma once
#include "training_run.h"

namespace nf::cli {

// Training that draws its rows, from the flow, and fits them to a target; returns the exit code.
int fit_to_target(const Cli& cli, TrainingRun& run);

}  // namespace nf::cli
