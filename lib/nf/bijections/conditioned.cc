#include "nf/bijections/conditioned.h"

#include <numeric>

namespace nf {
inline namespace NF_PRECISION {

std::unique_ptr<Transformer> read_transformer(SpecReader& spec) {
  auto map = make_transformer(spec.value("transformer", "affine"), spec.place() + ".transformer");
  spec.replace("transformer", map->spec());
  return map;
}

std::vector<int> read_order(SpecReader& spec, const char* key, int dim) {
  std::vector<int> order(static_cast<std::size_t>(dim));
  std::iota(order.begin(), order.end(), 0);
  const Json given = spec.value(key, "identity");
  if (given == "reverse") {
    std::reverse(order.begin(), order.end());
  } else if (given == "random") {
    Uniforms random(static_cast<std::uint64_t>(spec.integer("seed", 0, 0, INT64_MAX)), Stream::kPermutation);
    spec.forget("seed");  // the drawn order says it all
    for (std::size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[random.below(i)]);
  } else if (given != "identity") {
    if (given.is_string()) spec.fail(unknown(key, given.get<std::string>(), {"identity", "reverse", "random"}));
    order = spec.integers(key, order, 0, dim - 1);
    std::vector<bool> seen(static_cast<std::size_t>(dim));
    for (int i : order) seen[static_cast<std::size_t>(i)] = true;
    if (order.size() != seen.size() || std::find(seen.begin(), seen.end(), false) != seen.end())
      spec.fail(std::string("'") + key + "' is not a permutation of 0.." + std::to_string(dim - 1));
  }
  spec.replace(key, order);
  return order;
}

Real read_clip(SpecReader& spec) { return static_cast<Real>(spec.number("clip", 8, 0.1, 1e6)); }

Vector identity_bias(const Transformer& map, int features) {
  const int params = map.num_params();
  Vector bias(features * params);
  for (int f = 0; f < features; ++f) map.identity(bias.data() + f * params);
  return bias;
}

}  // namespace NF_PRECISION
}  // namespace nf
