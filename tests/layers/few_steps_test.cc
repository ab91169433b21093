// Continuous layers of few steps that are a map with a density of its own.
#include "layers/layer_test.h"
#include "nf/train/objective.h"
#include "real_test.h"

namespace nf {
namespace {

Json few_steps(const char* explicit_way, const char* log_det) {
  return {{"kind", "continuous"},     {"field", {{"kind", "bilinear"}, {"hidden", 16}}},
          {"solver", "euler"},        {"steps", 2},
          {"explicit", explicit_way}, {"log_det", log_det}};
}
constexpr int kDim = 3;

// The integral over few steps is not the density of their map; that is told by the map's Jacobian.
BOOST_AUTO_TEST_CASE(few_steps_have_the_density_of_their_map) {
  if (!kDouble) return;
  for (const char* way : {"encode", "decode"}) {
    OneLayer integral(kDim, few_steps(way, "solver"), 0.7), map(kDim, few_steps(way, "map"), 0.7);
    Vector memory;
    const Tile x = random_tile(memory, kDim, 4);
    const auto go = [&](OneLayer& one) -> Batch {
      return std::string(way) == "encode" ? one.encode(in(x)) : one.decode(in(x));
    };
    BOOST_TEST((go(map) - go(integral)).cwiseAbs().maxCoeff() == 0);
    BOOST_TEST((map.ld - integral.ld).abs().mean() > 1e-2);
    BOOST_TEST(map.bench.flow.traits().approximate == false);
    BOOST_TEST(map.bench.flow.traits().one_to_one == false);  // a bound, where several places lead to one
    BOOST_TEST(integral.bench.flow.traits().approximate == true);
  }
}

BOOST_AUTO_TEST_CASE(the_density_of_few_steps_is_not_trained) {
  const Flow flow({{"dim", 2}, {"layers", {few_steps("encode", "map")}}});
  BOOST_CHECK_THROW(make_objective("forward_kl", {.flow = flow}), Error);
  Bench bench(flow.spec());
  Vector mx, mz;
  const Tile x = random_tile(mx, 2, 4);
  Tile z = bench.tile(mz, 2);
  LogDet ld = LogDet::Zero();
  Pass pass = bench.pass(true);
  bench.flow.encode(pass, in(x), z, ld);
  BOOST_CHECK_THROW(bench.flow.encode_backward(pass, in(x), LogDet::Ones(), z), Error);
}

}  // namespace
}  // namespace nf
