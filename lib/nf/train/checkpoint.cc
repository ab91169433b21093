#include "nf/train/checkpoint.h"

#include <fmt/format.h>

#include <cmath>
#include <tuple>

#include "nf/io/metadata.h"
#include "nf/io/number.h"

namespace nf {
inline namespace NF_PRECISION {

namespace {

constexpr const char* kFormat = "nf-tools-checkpoint";

// Calls what(name, member) for every member of each type.
template <class State, class What>
void each_count(State& s, What what) {
  what("epoch", s.epoch), what("step", s.step), what("budget", s.budget), what("skipped", s.skipped);
  what("best_epoch", s.best_epoch), what("since_best", s.since_best), what("since_lowered", s.since_lowered);
  what("adam_steps", s.adam_steps);
}

template <class State, class What>
void each_number(State& s, What what) {
  what("seconds", s.seconds), what("plateau_factor", s.plateau_factor);
  what("best_loss", s.best_loss), what("best_error", s.best_error);
}

template <class State, class What>
void each_vector(State& s, What what) {
  what("theta", s.theta), what("m", s.m), what("v", s.v), what("averaged", s.averaged), what("best", s.best);
}

// Numbers no run can reach would let the next one stop at once, count backwards or divide by nothing.
void require_sense(const TrainState& s) {
  constexpr std::int64_t kMost = std::int64_t{1} << 53;
  const auto fail = [](const char* name) { throw Error(fmt::format("its '{}' makes no sense", name)); };
  each_count(s, [&](const char* name, std::int64_t value) {
    if (value < 0 || value > kMost) fail(name);
  });
  for (const auto& [name, part, whole] : {std::tuple("epoch", s.epoch, s.step),
                                          {"skipped", s.skipped, s.step},
                                          {"adam_steps", s.adam_steps, s.step},
                                          {"best_epoch", s.best_epoch, s.epoch},
                                          {"since_best", s.since_best, s.epoch},
                                          {"since_lowered", s.since_lowered, s.epoch}})
    if (part > whole) fail(name);
  if (!(s.seconds >= 0 && std::isfinite(s.seconds))) fail("seconds");
  if (!(s.plateau_factor > 0 && s.plateau_factor <= 1)) fail("plateau_factor");
  if (!(s.best_error >= 0) && !std::isnan(s.best_error)) fail("best_error");
  if ((s.v.array() < 0).any()) fail("v");
}

}  // namespace

std::string serialise(const Checkpoint& checkpoint) {
  io::SafeTensors file;
  Json state = Json::object();
  each_count(checkpoint.state, [&](const char* name, std::int64_t value) { state[name] = value; });
  // Text, since JSON has no word for infinity.
  each_number(checkpoint.state, [&](const char* name, double value) { state[name] = fmt::format("{}", value); });
  file.metadata = {{"format", kFormat}, {"version", "2"}, {"run", checkpoint.run.dump()}, {"state", state.dump()}};
  each_vector(checkpoint.state, [&](const char* name, const Vector& values) {
    file.tensors.push_back({name, {values.size()}, sizeof(Real) == 8, {values.begin(), values.end()}});
  });
  return file.serialise();
}

Checkpoint parse_checkpoint(std::span<const std::byte> bytes) {
  const io::SafeTensors file = io::SafeTensors::parse(bytes);
  io::require_format(file, kFormat, "checkpoint", {"2"});
  Checkpoint checkpoint{io::object_meta(file, "run"), {}};
  const Json state = io::object_meta(file, "state");
  each_count(checkpoint.state, [&](const char* name, std::int64_t& value) {
    if (!state.contains(name) || !state[name].is_number_integer())
      throw Error(fmt::format("its state has no count '{}'", name));
    value = state[name].get<std::int64_t>();
  });
  each_number(checkpoint.state, [&](const char* name, double& value) {
    if (!state.contains(name) || !state[name].is_string() || !io::parse_number(state[name].get<std::string>(), value))
      throw Error(fmt::format("its state has no number '{}'", name));
  });
  each_vector(checkpoint.state, [&](const char* name, Vector& values) {
    const io::Tensor* tensor = file.find(name);
    if (!tensor || tensor->shape.size() != 1) throw Error(fmt::format("no tensor '{}'", name));
    values.resize(static_cast<Eigen::Index>(tensor->values.size()));
    std::transform(tensor->values.begin(), tensor->values.end(), values.begin(),
                   [](double v) { return static_cast<Real>(v); });
  });
  require_sense(checkpoint.state);
  return checkpoint;
}

}  // namespace NF_PRECISION
}  // namespace nf
