#include "nf/model/model.h"

namespace nf {
inline namespace NF_PRECISION {

namespace {

std::vector<Column> plain_columns(const Flow& flow) {
  std::vector<Column> columns;
  for (int j = 0; j < flow.dim(); ++j) columns.push_back({"", plain_door(flow.manifold(j))});
  return columns;
}

}  // namespace

Model::Model(const Json& spec, std::uint64_t seed)
    : flow(spec), theta(flow.init(seed)), columns(plain_columns(flow)), context(flow.context()) {}

bool is_exact(const Model& model) {
  const Traits& traits = model.flow.traits();
  return traits.exact && traits.one_to_one && exact(model.columns);
}

bool is_approximate(const Model& model) { return model.flow.traits().approximate; }

Model::Model(Flow whole, Vector numbers)
    : flow(std::move(whole)), theta(std::move(numbers)), columns(plain_columns(flow)), context(flow.context()) {}

}  // namespace NF_PRECISION
}  // namespace nf
