#pragma once
// For tests that are compiled for both scalar types: tolerances, and random tiles.
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <vector>

#include "nf/core/random.h"
#include "nf/flow/flow.h"

namespace nf {

inline constexpr bool kDouble = sizeof(Real) == 8;
// `fine` in double, `coarse` in float.
inline constexpr double tolerance(double fine, double coarse) { return kDouble ? fine : coarse; }

// A flow with random parameters, its memory, and one tile of input and context.
struct Bench {
  explicit Bench(const Json& spec, double spread = 0.4, std::uint64_t seed = 1) : flow(spec), theta(flow.init(seed)) {
    Uniforms random(seed, Stream::kTest);
    for (const Range& range : flow.params().ranges(std::size_t{1} << 30))
      for (std::size_t i = 0; i < range.length; ++i)
        theta[static_cast<Eigen::Index>(range.offset + i)] += static_cast<Real>(spread * (2 * random.next() - 1));
    // Numbers that training would have held within bounds are held there.
    flow.after_step(theta.data(), std::vector<double>(static_cast<std::size_t>(flow.num_stats())).data());
    context_memory = Vector::Zero(kTile * std::max(1, flow.context()));
    Random{seed}.normals(Stream::kContext, 0, flow.context(), context_memory.data());
  }
  Pass pass(bool taped = false) {
    Pass p{.theta = theta.data(), .context = context_memory.data(), .scratch = &scratch};
    if (taped) p.tape = &tape;
    return p;
  }
  Tile tile(Vector& memory, int columns) const {
    memory = Vector::Zero(kTile * std::max(1, columns));
    return Tile(memory.data(), kTile, columns);
  }

  Flow flow;
  Vector theta, context_memory;
  Stack scratch, tape;
};

inline Tile random_tile(Vector& memory, int columns, std::uint64_t seed, double scale = 1) {
  memory = Vector::Zero(kTile * std::max(1, columns));
  Random{seed}.normals(Stream::kTest, 0, columns, memory.data());
  memory *= static_cast<Real>(scale);
  return Tile(memory.data(), kTile, columns);
}

}  // namespace nf
