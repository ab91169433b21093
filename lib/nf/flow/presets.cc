// Named flows: a name, some numbers, and the spec they stand for.
#include <algorithm>

#include "nf/bijections/bijection.h"
#include "nf/core/spec.h"

namespace nf {
inline namespace NF_PRECISION {

namespace {

// The keys every preset of conditioned layers takes.
struct Common {
  Common(SpecReader& set, int otherwise)
      : layers(static_cast<int>(set.integer("layers", otherwise, 1, 1000))),
        hidden(set.integers("hidden", {128, 128}, 1, 1 << 14)),
        activation(set.word("activation", "relu", {"relu", "tanh"})),
        residual(set.flag("residual", false)),
        normalise(set.word("normalise", "none", {"none", "actnorm", "batch_norm"})) {}

  Json conditioned(const char* kind, const Json& transformer) const {
    return {{"kind", kind},
            {"transformer", transformer},
            {"hidden", hidden},
            {"activation", activation},
            {"residual", residual}};
  }
  void add_normalisation(Json& list) const {
    if (normalise == "actnorm")
      list.push_back({{"kind", "elementwise"}, {"transformer", "affine"}, {"from_data", true}});
    if (normalise == "batch_norm") list.push_back({{"kind", "batch_norm"}});
  }

  int layers;
  std::vector<int> hidden;
  std::string activation;
  bool residual;
  std::string normalise;
};

Json flow(int dim, int context, const Json& base, Json layers) {
  return {{"dim", dim}, {"context", context}, {"base", base}, {"layers", std::move(layers)}};
}

// Autoregressive layers whose orders are by turns the columns' own and its reverse, or random ones.
Json autoregressive(SpecReader& set, int dim, int context, bool inverse) {
  const Common common(set, 5);
  const std::string order = set.word("order", "reverse", {"reverse", "random"});
  Json list = Json::array();
  for (int l = 0; l < common.layers; ++l) {
    if (l > 0) common.add_normalisation(list);
    Json layer = common.conditioned("autoregressive", set.value("transformer", "affine"));
    if (order == "random" && l > 0) layer["order"] = "random", layer["seed"] = l;
    if (order == "reverse" && l % 2 == 1) layer["order"] = "reverse";
    if (inverse) layer["inverse"] = true;
    list.push_back(layer);
  }
  return flow(dim, context, set.value("base", "normal"), list);
}

Json couplings(SpecReader& set, int dim, const Common& common, const Json& transformer) {
  Json list = Json::array();
  const std::string mask = set.word("mask", "alternate", {"alternate", "halves"});
  for (int l = 0; l < common.layers; ++l) {
    if (l > 0) common.add_normalisation(list);
    Json layer = common.conditioned("coupling", transformer);
    layer["mask"] = mask == "alternate" ? (l % 2 == 0 ? "even" : "odd") : (l % 2 == 0 ? "first" : "last");
    if (dim == 1) layer["mask"] = "even";
    list.push_back(layer);
  }
  return list;
}

}  // namespace

Json preset_maf(SpecReader& set, int dim, int context) { return autoregressive(set, dim, context, false); }
Json preset_iaf(SpecReader& set, int dim, int context) { return autoregressive(set, dim, context, true); }

Json preset_realnvp(SpecReader& set, int dim, int context) {
  const Common common(set, 8);
  const Json list = couplings(set, dim, common, set.value("transformer", "affine"));
  return flow(dim, context, set.value("base", "normal"), list);
}

Json preset_nice(SpecReader& set, int dim, int context) {
  const Common common(set, 4);
  Json list = couplings(set, dim, common, "additive");
  list.push_back({{"kind", "elementwise"}, {"transformer", "scale"}});
  return flow(dim, context, set.value("base", "logistic"), list);
}

}  // namespace NF_PRECISION
}  // namespace nf
