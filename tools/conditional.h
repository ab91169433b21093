#pragma once
// Rows of which some columns are known: nf-sample --given and --impute.
#include "nf/model/partial.h"
#include "sampler.h"

namespace nf::cli {

// --given 'a=1.5,b=west': rows of which these columns are so. By importance resampling where a column that is not known
// comes before one that is; says what that is worth.
void sample_given(const Cli& cli, const Model& model, const SampleOptions& options);
// --impute: DATA's rows, their gaps filled, each drawn given all that its row has.
void impute(const Cli& cli, const Model& model, const SampleOptions& options, const std::string& path);

}  // namespace nf::cli
