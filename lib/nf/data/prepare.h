#pragma once
// A sample on its way into training: looked at, split, its doors measured, its rows through them.
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "nf/data/measure.h"
#include "nf/data/sample.h"

namespace nf {
inline namespace NF_PRECISION {

struct TrainingData {
  Data train, valid;
  std::vector<Column> columns, context;
  std::vector<std::string> remarks = {};  // on the sample; for the model's record, as are the values of the context
  Json context_values = Json::array();    // a list a column, or null where there are many
};

struct PrepareOptions {
  double valid_share = 0.1;  // of the rows, to validate on; 0: the training rows
  std::uint64_t seed = 0;    // of their choice
  int threads = 1;
  std::optional<Doors> doors = {};                         // instead of measured ones
  std::function<void(std::size_t column)> constant = {};   // as for measure_doors
  std::function<void(const std::string& line)> warn = {};  // what the numbers show, before anything is learned
};

// `valid`: rows to validate on, with the same columns; without values a share of the sample. Throws Error.
TrainingData prepare(const Sample& sample, const Sample& valid, const PrepareOptions& options);

}  // namespace NF_PRECISION
}  // namespace nf
