// Named flows: a name, some numbers, and the spec they stand for.
#include <algorithm>

#include "nf/layers/layer.h"
#include "nf/core/spec.h"

namespace nf {
inline namespace NF_PRECISION {

namespace {

// The keys every preset of conditioned layers takes.
struct Common {
  Common(SpecReader& set, int otherwise, const char* normalised = "none", const std::vector<int>& widths = {128, 128})
      : layers(static_cast<int>(set.integer("layers", otherwise, 1, 1000))),
        hidden(set.integers("hidden", widths, 1, 1 << 14)),
        activation(set.word("activation", "relu", {"relu", "tanh"})),
        residual(set.flag("residual", false)),
        normalise(set.word("normalise", normalised, {"none", "actnorm", "batch_norm"})) {}

  Json conditioned(const char* kind, const Json& transformer) const {
    return {{"kind", kind},
            {"transformer", transformer},
            {"hidden", hidden},
            {"activation", activation},
            {"residual", residual}};
  }
  // What stands between two layers.
  void add_between(Json& list, bool linear) const {
    add_normalisation(list);
    if (linear) list.push_back({{"kind", "linear"}});
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

// Autoregressive layers whose orders are by turns the columns' own and its reverse, or random ones, or all the same.
Json autoregressive(SpecReader& set, int dim, int context, const Json& transformer, bool inverse = false,
                    int layers = 5) {
  const Common common(set, layers);
  const std::string order = set.word("order", "reverse", {"reverse", "random", "same"});
  const bool linear = set.flag("linear", false);
  Json list = Json::array();
  for (int l = 0; l < common.layers; ++l) {
    if (l > 0) common.add_between(list, linear);
    Json layer = common.conditioned("autoregressive", transformer);
    if (order == "random" && l > 0) layer["order"] = "random", layer["seed"] = l;
    if (order == "reverse" && l % 2 == 1) layer["order"] = "reverse";
    if (inverse) layer["inverse"] = true;
    list.push_back(layer);
  }
  return flow(dim, context, set.value("base", "normal"), list);
}

// The same, with one more whose conditionals are mixtures of Gaussians, nearest to the noise.
Json with_mixture(SpecReader& set, int dim, int context, int layers) {
  const Common common(set, layers);
  const Json mixture = {{"kind", "mixture_cdf"},
                        {"components", set.integer("components", 10, 1, 64)},
                        {"component", "normal"},
                        {"to", "normal"}};
  Json spec = autoregressive(set, dim, context, set.value("transformer", "affine"), false, layers);
  if (common.layers > 0) common.add_between(spec["layers"], set.canonical()["linear"] == true);
  Json layer = common.conditioned("autoregressive", mixture);
  if (common.layers % 2 == 1 && set.canonical()["order"] == "reverse") layer["order"] = "reverse";
  if (common.layers > 0 && set.canonical()["order"] == "random")
    layer["order"] = "random", layer["seed"] = common.layers;
  spec["layers"].push_back(layer);
  return spec;
}

Json spline(SpecReader& set) {
  return {{"kind", "rq_spline"},
          {"bins", set.integer("bins", 8, 2, 64)},
          {"tail_bound", set.number("tail_bound", 3, 0.1, 1e4)}};
}

Json couplings(SpecReader& set, int dim, const Common& common, const Json& transformer) {
  Json list = Json::array();
  const std::string mask = set.word("mask", "alternate", {"alternate", "halves"});
  const bool linear = set.flag("linear", false);
  for (int l = 0; l < common.layers; ++l) {
    if (l > 0) common.add_between(list, linear);
    Json layer = common.conditioned("coupling", transformer);
    layer["mask"] = mask == "alternate" ? (l % 2 == 0 ? "even" : "odd") : (l % 2 == 0 ? "first" : "last");
    if (dim == 1) layer["mask"] = "even";
    list.push_back(layer);
  }
  return list;
}

// Splines end at their tail bound. Affine layers before them draw in the data's tails, so the bound can be narrow and
// the bins fine where the rows are.
void lead_with_affine(SpecReader& set, int otherwise, Json& spec) {
  std::int64_t left = set.integer("affine_layers", otherwise, 0, 1000);
  for (Json& layer : spec["layers"])
    if (layer.contains("hidden") && left-- > 0) layer["transformer"] = "affine";
}

}  // namespace

Json preset_maf(SpecReader& set, int dim, int context) {
  return autoregressive(set, dim, context, set.value("transformer", "affine"));
}
Json preset_iaf(SpecReader& set, int dim, int context) {
  return autoregressive(set, dim, context, set.value("transformer", "affine"), true);
}
Json preset_nsf(SpecReader& set, int dim, int context) {
  Json spec = autoregressive(set, dim, context, spline(set));
  lead_with_affine(set, 1, spec);
  return spec;
}

// MADE, MADE MoG and MAF MoG: Papamakarios, Pavlakou, Murray, 2017, arXiv:1705.07057.
Json preset_made(SpecReader& set, int dim, int context) {
  return autoregressive(set, dim, context, set.value("transformer", "affine"), false, 1);
}
Json preset_made_mog(SpecReader& set, int dim, int context) { return with_mixture(set, dim, context, 0); }
Json preset_maf_mog(SpecReader& set, int dim, int context) { return with_mixture(set, dim, context, 5); }

// Meng, Song, Song, Ermon, Gaussianization flows, 2020, arXiv:2003.01941: marginals and rotations by turns.
Json preset_gaussianization(SpecReader& set, int dim, int context) {
  const auto layers = set.integer("layers", 10, 1, 1000);
  const Json mixture = {{"kind", "mixture_cdf"},
                        {"components", set.integer("components", 8, 1, 64)},
                        {"component", set.word("component", "logistic", {"logistic", "normal"})},
                        {"to", "normal"}};
  Json list = Json::array();
  for (std::int64_t l = 0; l < layers; ++l) {
    if (l > 0 && dim > 1) list.push_back({{"kind", "householder"}, {"from_data", true}});
    list.push_back({{"kind", "elementwise"}, {"transformer", mixture}, {"from_data", true}});
  }
  return flow(dim, context, set.value("base", "normal"), list);
}

namespace {

// Rows are made white, then flow along a field.
Json along_field(SpecReader& set, int dim, int context, const std::string& kind) {
  Json field = {{"kind", kind}};
  const std::vector<int> widths = kind == "mlp"      ? std::vector<int>{64, 64, 64}
                                  : kind == "hollow" ? std::vector<int>{128, 128}
                                                     : std::vector<int>{128};
  const std::vector<int> hidden = set.integers("hidden", widths, 1, 1 << 13);
  if (kind == "bilinear") {
    if (hidden.size() != 1) set.fail("'hidden' is one number, the width of both its layers");
    field["hidden"] = hidden[0];
  } else {
    field["hidden"] = hidden;
  }
  field["time"] = set.integer("time", 4, 0, 16);
  if (kind == "mlp") field["trace"] = set.word("trace", "auto", {"auto", "exact", "probe"});
  if (kind == "hollow") {
    field["summary"] = set.integer("summary", 16, 1, 1 << 10);
    field["mix"] = set.integers("mix", {32}, 1, 1 << 10);
    field["terms"] = set.integer("terms", 16, 1, 64);
  }
  Json layer = {{"kind", "continuous"},
                {"field", field},
                {"solver", set.word("solver", "rk4", {"rk4", "midpoint", "euler", "dopri5"})}};
  if (layer["solver"] == "dopri5") layer["tolerance"] = set.number("tolerance", 1e-5, 1e-13, 0.1);
  else layer["steps"] = set.integer("steps", 16, 1, 1024);
  layer["train_steps"] = set.integer("train_steps", 8, 1, 1024);
  layer["explicit"] = set.word("explicit", "encode", {"encode", "decode"});
  layer["kinetic"] = set.number("kinetic", 0, 0, 1e6);
  layer["brownian"] = set.integer("brownian", 0, 0, 1024);
  Json list = Json::array({{{"kind", "householder"}, {"from_data", true}},
                           {{"kind", "elementwise"}, {"transformer", "affine"}, {"from_data", true}},
                           layer});
  if (dim == 1) list.erase(list.begin());
  return flow(dim, context, set.value("base", "normal"), list);
}

}  // namespace

Json preset_cnf(SpecReader& set, int dim, int context) {
  return along_field(set, dim, context, set.word("field", "bilinear", {"bilinear", "mlp", "hollow"}));
}
Json preset_ffjord(SpecReader& set, int dim, int context) { return along_field(set, dim, context, "mlp"); }
Json preset_cnf_hollow(SpecReader& set, int dim, int context) { return along_field(set, dim, context, "hollow"); }

namespace {

// Rows are made white, then moved by contractions, with scales between them, since no contraction is a wide stretch.
Json residual_blocks(SpecReader& set, int dim, int context, std::string_view activation, double lipschitz) {
  Json layer = {{"kind", "residual"},
                {"hidden", set.integers("hidden", {64, 64}, 1, 1 << 13)},
                {"activation", set.word("activation", activation, {"lipswish", "tanh"})},
                {"dense", set.flag("dense", false)},
                {"lipschitz", set.number("lipschitz", lipschitz, 0.01, 0.999)},
                {"norm", set.word("norm", "2", {"2", "inf"})}};
  if (set.has("log_det")) layer["log_det"] = set.word("log_det", "exact", {"exact", "roulette"});
  const auto layers = set.integer("layers", 8, 1, 1000);
  const Json scales = {{"kind", "elementwise"}, {"transformer", "affine"}, {"from_data", true}};
  const std::string between = set.word("between", "actnorm", {"none", "actnorm", "linear"});
  Json list = Json::array();
  if (dim > 1) list.push_back({{"kind", "householder"}, {"from_data", true}});
  list.push_back(scales);
  for (std::int64_t l = 0; l < layers; ++l) {
    if (l > 0 && between == "actnorm") list.push_back(scales);
    if (l > 0 && between == "linear") list.push_back({{"kind", "linear"}});
    list.push_back(layer);
  }
  if (between != "none") list.push_back(scales);
  return flow(dim, context, set.value("base", "normal"), list);
}

}  // namespace

// Chen, Behrmann, Duvenaud, Jacobsen, 2019, arXiv:1906.02735; with dense=true Perugachi-Diaz, Tomczak, Bhulai, 2021,
// arXiv:2102.02694.
Json preset_residual(SpecReader& set, int dim, int context) {
  return residual_blocks(set, dim, context, "lipswish", 0.97);
}
// Behrmann, Grathwohl, Chen, Duvenaud, Jacobsen, 2018, arXiv:1811.00995; its ELU has no second derivative at 0.
Json preset_iresnet(SpecReader& set, int dim, int context) { return residual_blocks(set, dim, context, "tanh", 0.9); }

// Oliva, Dubey, Zaheer, Poczos, Salakhutdinov, Xing, Schneider, Transformation autoregressive networks, 2018,
// arXiv:1801.09819: full linear maps and autoregressive shifts by turns, the last conditionals mixtures; with masked
// nets in the place of its recurrent ones.
Json preset_tan(SpecReader& set, int dim, int context) {
  const Common common(set, 4);
  Json list = Json::array();
  for (int l = 0; l < common.layers; ++l) {
    list.push_back({{"kind", "linear"}});
    Json layer = common.conditioned("autoregressive", "additive");
    if (l % 2 == 1) layer["order"] = "reverse";
    list.push_back(layer);
    common.add_normalisation(list);
  }
  list.push_back({{"kind", "linear"}});
  list.push_back(common.conditioned("autoregressive", {{"kind", "mixture_cdf"},
                                                       {"components", set.integer("components", 40, 1, 64)},
                                                       {"component", "normal"},
                                                       {"to", "normal"}}));
  return flow(dim, context, set.value("base", "normal"), list);
}

// Two polynomials are enough: one in a single variable that is nowhere negative is a sum of two squares.
Json preset_sos(SpecReader& set, int dim, int context) {
  const auto degree = set.integer("degree", 3, 1, 8);
  const Json map = {{"kind", "sos"},
                    {"polynomials", set.integer("polynomials", 2, 1, degree + 1)},
                    {"degree", degree},
                    {"bound", set.number("bound", 3, 0.1, 100)}};
  return autoregressive(set, dim, context, map);
}

Json preset_naf(SpecReader& set, int dim, int context) {
  const Json map = {{"kind", "deep_sigmoid"}, {"units", set.integer("units", 8, 1, 32)}};
  return autoregressive(set, dim, context, map);
}

Json preset_naf_ddsf(SpecReader& set, int dim, int context) {
  const Json map = {{"kind", "deep_dense_sigmoid"},
                    {"units", set.integer("units", 4, 1, 32)},
                    {"layers", set.integer("sigmoid_layers", 2, 1, 4)}};
  return autoregressive(set, dim, context, map);
}

Json preset_realnvp(SpecReader& set, int dim, int context) {
  const Common common(set, 8);
  const Json list = couplings(set, dim, common, set.value("transformer", "affine"));
  return flow(dim, context, set.value("base", "normal"), list);
}

// Wu, Koehler, Noe, Stochastic normalizing flows, 2020, arXiv:2002.06707: realnvp's couplings, and kernels: after all
// of them, from the density that they have learned to the target's; or `within`, as in the paper, every few couplings
// one, whose energy is the nearer to the target's the nearer it stands to the data; with lambda=0 all keep the noise's.
Json preset_snf(SpecReader& set, int dim, int context) {
  const bool after = set.word("place", "after", {"after", "within"}) == "after";
  // A move after the couplings asks all of them: these are few and narrow.
  const Common common(set, after ? 6 : 8, "none", after ? std::vector<int>{32, 32} : std::vector<int>{128, 128});
  const auto count = set.integer("count", after ? 32 : 4, 1, 1000);
  Json kernel = {{"kind", after ? set.word("kernel", "hmc", {"hmc", "metropolis"})
                                : set.word("kernel", "langevin", {"langevin", "metropolis", "hmc"})},
                 {"moves", set.integer("moves", after ? 1 : 4, 1, 1000)},
                 {"clip", set.number("clip", 0, 0, 1e12)}};
  if (after || set.has("step")) kernel["step"] = set.number("step", 0.2, 1e-9, 1e6);
  if (kernel["kind"] == "hmc") kernel["leaps"] = set.integer("leaps", 5, 1, 1000);
  const Json maps = couplings(set, dim, common, set.value("transformer", "affine"));
  if (after) {
    const Json layer = {{"kind", "anneal"}, {"layers", maps}, {"count", count}, {"kernel", kernel}};
    return flow(dim, context, "normal", Json::array({layer}));
  }
  const double most = set.number("lambda", 1, 0, 1);
  Json list = Json::array();
  std::int64_t coupling = 0, done = 0;
  for (const Json& layer : maps) {
    for (; layer.contains("hidden") && done < count && done * common.layers / count == coupling; ++done) {
      kernel["lambda"] = most * static_cast<double>(count - done) / static_cast<double>(count);
      list.push_back(kernel);
    }
    coupling += layer.contains("hidden");
    list.push_back(layer);
  }
  return flow(dim, context, set.value("base", "normal"), list);
}

Json preset_nsf_coupling(SpecReader& set, int dim, int context) {
  const Common common(set, 8);
  Json spec = flow(dim, context, set.value("base", "normal"), couplings(set, dim, common, spline(set)));
  lead_with_affine(set, 2, spec);  // so that every column passes one
  return spec;
}

Json preset_nice(SpecReader& set, int dim, int context) {
  const Common common(set, 4);
  Json list = couplings(set, dim, common, "additive");
  list.push_back({{"kind", "elementwise"}, {"transformer", "scale"}});
  return flow(dim, context, set.value("base", "logistic"), list);
}

// One affine map of everything: with a normal base, the Gaussian of largest likelihood.
Json preset_affine(SpecReader& set, int dim, int context) {
  const Json layers = {{{"kind", "linear"}, {"form", set.word("form", "plu", {"plu", "qr"})}}};
  return flow(dim, context, set.value("base", "normal"), layers);
}

// Steps of actnorm, a full linear map that starts as a random rotation, and a coupling.
Json preset_glow(SpecReader& set, int dim, int context) {
  const Common common(set, 8, "actnorm");
  const Json transformer = set.value("transformer", "affine");
  Json list = Json::array();
  for (int l = 0; l < common.layers; ++l) {
    common.add_normalisation(list);
    list.push_back({{"kind", "linear"}, {"start", "rotation"}, {"seed", l}});
    Json layer = common.conditioned("coupling", transformer);
    layer["mask"] = "first";
    if (dim == 1) layer["mask"] = "even";
    list.push_back(layer);
  }
  return flow(dim, context, set.value("base", "normal"), list);
}

namespace {

// Layers whose map is explicit from noise to data, as in variational inference: inverted, so that decode is that map.
Json explicit_decoders(SpecReader& set, int dim, int context, std::int64_t otherwise, const Json& layer) {
  const auto layers = set.integer("layers", otherwise, 1, 1000);
  Json list = Json::array();
  for (std::int64_t l = 0; l < layers; ++l) {
    Json next = layer;
    next["inverse"] = true;
    if (layer.value("form", "") == "triangular" && l % 2 == 1) next["order"] = "reverse";
    list.push_back(next);
  }
  return flow(dim, context, set.value("base", "normal"), list);
}

}  // namespace

Json preset_planar(SpecReader& set, int dim, int context) {
  return explicit_decoders(set, dim, context, 32, {{"kind", "planar"}});
}

Json preset_radial(SpecReader& set, int dim, int context) {
  return explicit_decoders(set, dim, context, 32, {{"kind", "radial"}});
}

Json preset_sylvester(SpecReader& set, int dim, int context) {
  const std::string form = set.word("form", "orthogonal", {"orthogonal", "householder", "triangular"});
  Json layer = {{"kind", "sylvester"}, {"form", form}};
  if (set.has("rank")) layer["rank"] = set.integer("rank", 1, 1, dim);
  return explicit_decoders(set, dim, context, 16, layer);
}

// Linear maps and normalisations by turns, and scales that fit the last one's range to the base.
Json preset_gdn(SpecReader& set, int dim, int context) {
  const auto layers = set.integer("layers", 3, 1, 1000);
  Json list = Json::array();
  for (std::int64_t l = 0; l < layers; ++l) {
    list.push_back({{"kind", "linear"}});
    list.push_back({{"kind", "gdn"}});
  }
  list.push_back({{"kind", "elementwise"}, {"transformer", "affine"}, {"from_data", true}});
  return flow(dim, context, set.value("base", "normal"), list);
}

}  // namespace NF_PRECISION
}  // namespace nf
