#include "nf/model/model.h"

#include <cmath>

namespace nf {
inline namespace NF_PRECISION {

namespace {

std::vector<Column> doors_of(const Flow& flow) {
  std::vector<Column> doors(flow.dim());
  for (int j = 0; j < flow.dim(); ++j) doors[j].circle = flow.is_circle(j);
  return doors;
}

}  // namespace

Model::Model(const Json& spec, std::uint64_t seed)
    : flow(spec), theta(flow.init(seed)), columns(doors_of(flow)), context(flow.context()) {}

Model::Model(Flow whole, Vector numbers)
    : flow(std::move(whole)), theta(std::move(numbers)), columns(doors_of(flow)), context(flow.context()) {}

double Model::door_log_det() const {
  double sum = 0;
  for (const Column& column : columns) sum -= std::log(column.scale);
  return sum;
}

}  // namespace NF_PRECISION
}  // namespace nf
