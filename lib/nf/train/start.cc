#include "nf/train/start.h"

#include <fmt/format.h>

#include <algorithm>

#include "nf/train/defaults.h"

namespace nf {
inline namespace NF_PRECISION {

void start_from_data(Model& model, const Data& data) {
  // The table may be sorted.
  const Eigen::Index rows = data.rows(), used = std::min<Eigen::Index>(rows, defaults::kInitRows);
  Batch x(used, data.x.cols()), c(used, data.c.cols());
  for (Eigen::Index i = 0; i < used; ++i) {
    x.row(i) = data.x.row(i * rows / used);
    c.row(i) = data.c.row(i * rows / used);
  }
  model.flow.init_data(model.theta, x, c);
}

namespace {

void toggle_inverse(Json& unit) {
  if (unit.value("inverse", false)) unit.erase("inverse");
  else unit["inverse"] = true;
}

void invert_autoregressive(Json& layers) {
  for (Json& layer : layers) {
    if (layer["kind"] == "mixed") invert_autoregressive(layer["layers"]);
    if (layer["kind"] != "autoregressive") continue;
    toggle_inverse(layer);
    toggle_inverse(layer["transformer"]);
  }
}

}  // namespace

Json student_of(const Json& teacher) {
  Json spec = teacher;
  invert_autoregressive(spec["layers"]);
  return spec;
}

Json student_of_few_steps(const Json& teacher, int steps) {
  Json spec = student_of(teacher);
  Json& continuous = spec["layers"].back();
  for (const char* key : {"tolerance", "kinetic", "train_steps", "inverse"}) continuous.erase(key);
  continuous.update({{"explicit", "decode"}, {"solver", "euler"}, {"steps", steps}, {"log_det", "map"}});
  return spec;
}

void require_parallel(const Flow& flow, Direction direction, const std::string& who) {
  const bool decode = direction == Direction::kDecode;
  for (std::size_t i = 0; i < flow.layers().size(); ++i) {
    const Layer& layer = *flow.layers()[i];
    if (decode ? layer.traits().parallel_inverse : layer.traits().parallel_forward) continue;
    throw Error(fmt::format("{}: its layer {} ({}) {} one feature after another; distillation needs one parallel pass",
                            who, i, layer.spec()["kind"].get<std::string>(), decode ? "decodes" : "encodes"));
  }
}

}  // namespace NF_PRECISION
}  // namespace nf
