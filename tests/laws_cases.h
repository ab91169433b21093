#pragma once
// The one-layer flows that the laws are held against: every layer and every transformer of the registry, with the
// options that change their code's path, with and without context, for 1, 2 and 5 features.
#include "nf/flow/registry.h"
#include "real_test.h"

namespace nf {

struct Case {
  std::string name;
  Json spec;  // of a one-layer flow
  bool starts_as_identity = true;
  bool smooth = false;  // twice differentiable: finite differences hold everywhere
  double reach = 1;     // scale of the random inputs
  double spread = 0.4;  // of theta around its start
};

// Layers of one kind for `dim` features, with the options that change their code paths.
inline std::vector<Json> variants(const std::string& kind, int dim) {
  const auto with = [&](Json extra) {
    Json layer = {{"kind", kind}};
    layer.update(extra);
    return layer;
  };
  const Json own = Json::object({{"0", "additive"}});
  if (kind == "autoregressive")
    return {
        with({{"hidden", {16, 12}}, {"activation", "tanh"}}),
        with({{"hidden", {16, 12}}}),
        with({{"hidden", Json::array()}}),
        with({{"hidden", {9}}, {"activation", "tanh"}, {"order", "reverse"}}),
        with({{"hidden", {12, 12, 12}}, {"activation", "tanh"}, {"residual", true}, {"order", "random"}, {"seed", 3}}),
        with({{"hidden", {70, 70}}, {"activation", "tanh"}, {"clip", 1.0}}),
        with({{"hidden", {16, 12}}, {"activation", "tanh"}, {"override", own}, {"order", "reverse"}})};
  if (kind == "coupling")
    return {with({{"hidden", {16, 12}}, {"activation", "tanh"}}), with({{"hidden", {16, 12}}, {"mask", "odd"}}),
            with({{"hidden", {12, 12, 12}}, {"activation", "tanh"}, {"residual", true}, {"mask", "last"}}),
            with({{"hidden", Json::array()}, {"mask", "first"}}),
            with({{"hidden", {16, 12}}, {"activation", "tanh"}, {"override", own}, {"mask", "last"}})};
  if (kind == "permutation") return {with({{"order", "reverse"}}), with({{"order", "random"}, {"seed", 5}})};
  if (kind == "linear")
    return {with({{"order", "random"}, {"seed", 3}}), with({{"start", "rotation"}, {"seed", 2}}),
            with({{"form", "qr"}}), with(Json::object())};
  if (kind == "sylvester")
    return {with({{"rank", 1}}), with(Json::object()), with({{"form", "householder"}}),
            with({{"form", "triangular"}, {"order", "reverse"}})};
  const Json net = {{"hidden", {16, 12}}, {"activation", "tanh"}};
  if (kind == "on") {
    const Json scale = {{"kind", "elementwise"}}, norm = "batch_norm";
    Json coupling = {{"kind", "coupling"}};
    coupling.update(net);
    if (dim == 1) return {with({{"columns", {0}}, {"layers", {scale, "planar"}}})};
    return {with({{"columns", {dim - 1, 0}}, {"layers", {coupling, norm, "householder"}}}),
            with({{"columns", {1}}, {"layers", {scale, scale}}})};
  }
  if (kind == "slice") {
    if (dim == 1) return {};
    Json last = with(net), spline = with(net);
    last["drop"] = {dim - 1};
    spline.update({{"drop", {0}}, {"transformer", "sos"}});
    return {last, spline};
  }
  if (kind == "augment") {
    Json two = with(net);
    two["columns"] = 2;
    return {with(net), two};
  }
  if (kind == "householder") return {with({{"reflections", 4}}), with({{"reflections", 3}})};
  return {with(Json::object())};
}

// Transformers of one kind, with the options that change their code paths. The first goes into every layer, the others
// into elementwise ones.
inline std::vector<Json> map_variants(const std::string& kind) {
  const auto with = [&](Json extra) {
    Json map = {{"kind", kind}};
    map.update(extra);
    return map;
  };
  if (kind == "mixture_cdf")
    return {with({{"components", 3}, {"to", "normal"}}), with({{"components", 1}}),
            with({{"components", 2}, {"component", "normal"}}),
            with({{"components", 3}, {"component", "normal"}, {"to", "normal"}})};
  if (kind == "rq_spline")
    return {with(Json::object()), with({{"bins", 3}, {"tail_bound", 1}, {"min_derivative", 0.1}})};
  if (kind == "sos")  // slopes of 1/1000 cost float digits
    return {with({{"polynomials", 3}, {"degree", 2}, {"slope", 0.1}}), with({{"degree", 0}, {"bound", 1.0}}),
            with({{"polynomials", 1}, {"degree", 5}, {"slope", 0.1}})};
  if (kind == "deep_sigmoid") return {with({{"units", 3}}), with({{"units", 1}})};
  if (kind == "deep_dense_sigmoid")
    return {with({{"units", 2}, {"layers", 3}}), with({{"layers", 1}}), with(Json::object())};
  return {with(Json::object())};
}

// Some maps come near the identity at their start, but not to the last digit.
inline bool starts_as_identity(const Json& map) {
  if (map.is_null()) return true;
  const std::string kind = map["kind"];
  if (kind == "mixture_cdf") return map["components"] == 1;
  return !kind.starts_with("deep_") || map.value("units", 0) == 1;
}

// Layers with circles among their columns, whose values stay within a turn.
inline std::vector<Case> circle_cases() {
  std::vector<Case> result;
  for (const char* kind : {"autoregressive", "coupling"})
    for (bool inverse : {false, true})
      for (int dim : {1, 2, 5}) {
        Json layer = {{"kind", kind}, {"hidden", {16, 12}}, {"activation", "tanh"}};
        if (inverse) layer["inverse"] = true;
        Case c;
        c.spec = {{"dim", dim}, {"context", 2}, {"circle", Json::array({0})}, {"base", "normal"}, {"layers", {layer}}};
        if (dim == 5) c.spec["circle"] = {0, 3};
        c.name = c.spec.dump();
        c.spread = tolerance(0.4, 0.05);
        c.reach = 0.4;
        result.push_back(c);
      }
  return result;
}

inline bool conditioned(const Json& layer) { return layer["kind"] == "autoregressive" || layer["kind"] == "coupling"; }

inline std::vector<Case> cases() {
  std::vector<Case> result = circle_cases();
  for (const std::string& kind : names(layers()))
    for (int dim : {1, 2, 5})
      for (Json layer : variants(kind, dim)) {
        std::vector<Json> maps = {nullptr};
        if (conditioned(layer) || kind == "elementwise") {
          maps.clear();
          for (const std::string& kind_of_map : names(transformers()))
            for (Json map : map_variants(kind_of_map)) {
              if (conditioned(layer) && map != map_variants(kind_of_map)[0]) continue;
              maps.push_back(map);
              map["inverse"] = true;
              maps.push_back(map);
            }
        }
        for (const Json& map : maps)
          for (bool inverse : {false, true})
            for (int context : {0, 2}) {
              if (inverse && (kind == "slice" || kind == "augment")) continue;  // each other's
              if (!map.is_null()) layer["transformer"] = map;
              if (inverse) layer["inverse"] = true;
              else layer.erase("inverse");
              if (dim == 1 && layer.contains("mask")) layer["mask"] = "even";
              Case c;
              c.spec = {{"dim", dim}, {"context", context}, {"base", "normal"}, {"layers", {layer}}};
              c.name = c.spec.dump();
              c.starts_as_identity = kind != "permutation" && kind != "gdn" && kind != "slice" && kind != "augment" &&
                                     starts_as_identity(map) && !(kind == "linear" && layer.contains("seed")) &&
                                     !(kind == "householder" && layer["reflections"] == 3);
              c.smooth = !conditioned(layer) || (layer.contains("activation") && !layer.contains("clip")) ||
                         layer["hidden"].empty();
              if (layer.value("transformer", Json()) == "sos") c.smooth = false;
              if (!map.is_null() && map["kind"] == "sos") c.smooth = false;  // log f' has a kink at the bound
              if (conditioned(layer) && map["kind"] == "rq_spline") {
                c.smooth = false;                 // log f' has kinks at the knots
                c.spread = tolerance(0.4, 0.05);  // slopes of 1/1000 and less cost float half its digits
              }
              result.push_back(c);
            }
      }
  return result;
}

}  // namespace nf
