#include "nf/train/settle_steps.h"

#include <algorithm>
#include <cmath>

#include "nf/core/exchange.h"
#include "nf/core/load_tile.h"
#include "nf/core/random.h"
#include "nf/train/evaluate.h"

namespace nf {
inline namespace NF_PRECISION {
namespace {

// In all layers of the spec, within others too, that take steps of equal length. Returns whether there are any.
bool set_steps(Json& spec, int steps) {
  bool found = false;
  if (spec.is_object() && spec.value("kind", Json()) == "continuous") {
    if (!spec.contains("steps") || spec.value("log_det", "") == "map") return false;
    const int pieces = spec.value("brownian", 0), multiple = std::max(pieces, 1);
    spec["steps"] = (steps + multiple - 1) / multiple * multiple;
    return true;
  }
  if (spec.is_structured())
    for (Json& part : spec) found = set_steps(part, steps) || found;
  return found;
}

bool agree(const std::vector<double>& some, const std::vector<double>& twice) {
  constexpr double kMean = 0.01, kRow = 0.1, kShare = 1e-3;
  double sum = 0;
  std::size_t far = 0;
  for (std::size_t r = 0; r < some.size(); ++r) {
    const double difference = twice[r] - some[r];
    sum += difference;
    far += !(std::abs(difference) <= kRow);
  }
  const auto count = static_cast<double>(some.size());
  return std::abs(sum) <= kMean * count && static_cast<double>(far) <= kShare * count;
}

Batch samples(const Model& model, const Batch& c) {
  const Flow& flow = model.flow;
  Batch x(c.rows(), flow.dim());
  Stack memory;
  Vector prepared;
  flow.prepare(model.theta.data(), memory, prepared);
  Scratch scratch(memory);
  Tile context = scratch.tile(flow.context()), z = scratch.tile(flow.noise_dim()), tile = scratch.tile(flow.dim());
  for (Eigen::Index first = 0; first < x.rows(); first += kTile) {
    const int real = load_tile(c, first, context);
    Pass pass{.theta = model.theta.data(),
              .context = context.data(),
              .rows = real,
              .noise = {.first_row = static_cast<std::uint64_t>(first)},
              .prepared = prepared.data(),
              .scratch = &memory};
    LogDet unused = LogDet::Zero();
    flow.base().sample(pass, Random{}, Stream::kBase, static_cast<std::uint64_t>(first), z);
    flow.decode(pass, in(z), tile, unused);
    x.middleRows(first, real) = tile.topRows(real);
  }
  return x;
}

}  // namespace

int settle_steps(Model& model, const Data& rows, int threads) {
  constexpr int kLeast = 8, kMost = 256;
  constexpr Eigen::Index kRows = 2000;
  Json spec = model.flow.spec();
  if (!set_steps(spec["layers"], kLeast)) return 0;
  const Eigen::Index count = std::min(kRows, rows.rows());
  Data some{.x = rows.x.topRows(count), .c = rows.c.topRows(count)};
  if (some.x.cols() == 0) some.x = samples(model, some.c);
  Pool pool(threads);
  std::vector<Stack> stacks(static_cast<std::size_t>(pool.threads()));
  Alone alone;
  const auto losses = [&](int steps) {
    set_steps(spec["layers"], steps);
    const Flow flow(spec);
    return row_losses(*make_forward_kl(flow), model.theta, some, pool, stacks, alone);
  };
  int steps = kLeast;
  for (std::vector<double> last = losses(steps); steps < kMost; steps *= 2) {
    std::vector<double> next = losses(2 * steps);
    if (agree(last, next)) break;
    last = std::move(next);
  }
  set_steps(spec["layers"], steps);
  model.flow = Flow(spec);
  return steps;
}

}  // namespace NF_PRECISION
}  // namespace nf
