#pragma once
// A model: a flow, its numbers, and the doors between a table's columns and the flow's features. Log-densities are in
// nats in the units of the data as it was read.
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "nf/data/column.h"
#include "nf/flow/flow.h"

namespace nf {
inline namespace NF_PRECISION {

struct Model {
  explicit Model(const Json& spec, std::uint64_t seed = 0);  // theta as Flow::init makes it
  Model(Flow flow, Vector theta);
  Flow flow;
  Vector theta;
  std::vector<Column> columns, context;  // as many features as the flow has; context's are all lines
  Json training = Json::object();        // the record: rows, objective, seed, steps, ...
};

// log_prob is log p(x); else a lower bound in expectation, over what layers or doors draw.
bool is_exact(const Model& model);
bool is_approximate(const Model& model);  // by a solver, or by draws whose mean it is: its error can be told

}  // namespace NF_PRECISION
}  // namespace nf
