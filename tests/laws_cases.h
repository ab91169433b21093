#pragma once
// The one-layer flows that the laws are held against: every layer and every transformer of the registry, with the
// options that change their code's path, with and without context, for 1, 2 and 5 features.
#include <map>

#include "nf/flow/registry.h"
#include "real_test.h"

namespace nf {

// A row of the laws: a layer or a transformer with options that change its code's path, and what holds for it.
struct Row {
  Row(Json json) : spec(std::move(json)) {}
  Json spec;
  bool identity = true;  // it starts as the identity, to the last digit
  bool smooth = true;    // twice differentiable: finite differences hold everywhere
};
inline Row not_identity(Row row) { return row.identity = false, row; }
inline Row kinked(Row row) { return row.smooth = false, row; }

struct Case {
  std::string name;
  Json spec;  // of a one-layer flow
  bool starts_as_identity = true;
  bool smooth = false;
  double reach = 1;     // scale of the random inputs
  double spread = 0.4;  // of theta around its start
};

// Layers of one kind for `dim` features.
inline std::vector<Row> layer_rows(const std::string& kind, int dim) {
  const auto with = [&](const Json& extra) {
    Json layer = {{"kind", kind}};
    layer.update(extra);
    return layer;
  };
  const Json own = Json::object({{"0", "additive"}}), none = Json::array();
  const auto tanh = [&](const Json& hidden, const Json& extra = Json::object()) {
    Json layer = with({{"hidden", hidden}, {"activation", "tanh"}});
    layer.update(extra);
    return layer;
  };
  if (kind == "autoregressive")
    return {tanh({16, 12}),
            kinked(with({{"hidden", {16, 12}}})),
            with({{"hidden", none}}),
            tanh({9}, {{"order", "reverse"}}),
            tanh({12, 12, 12}, {{"residual", true}, {"order", "random"}, {"seed", 3}}),
            kinked(tanh({70, 70}, {{"clip", 1.0}})),
            tanh({16, 12}, {{"override", own}, {"order", "reverse"}})};
  if (kind == "coupling")
    return {tanh({16, 12}), kinked(with({{"hidden", {16, 12}}, {"mask", "odd"}})),
            tanh({12, 12, 12}, {{"residual", true}, {"mask", "last"}}), with({{"hidden", none}, {"mask", "first"}}),
            tanh({16, 12}, {{"override", own}, {"mask", "last"}})};
  if (kind == "permutation")
    return {not_identity(with({{"order", "reverse"}})), not_identity(with({{"order", "random"}, {"seed", 5}}))};
  if (kind == "linear")
    return {not_identity(with({{"order", "random"}, {"seed", 3}})),
            not_identity(with({{"start", "rotation"}, {"seed", 2}})), with({{"form", "qr"}}), with(Json::object())};
  if (kind == "sylvester")
    return {with({{"rank", 1}}), with(Json::object()), with({{"form", "householder"}}),
            with({{"form", "triangular"}, {"order", "reverse"}})};
  if (kind == "on") {
    const Json scale = {{"kind", "elementwise"}},
               coupling = {{"kind", "coupling"}, {"hidden", {16, 12}}, {"activation", "tanh"}};
    if (dim == 1) return {with({{"columns", {0}}, {"layers", {scale, "planar"}}})};
    return {with({{"columns", {dim - 1, 0}}, {"layers", {coupling, "batch_norm", "householder"}}}),
            with({{"columns", {1}}, {"layers", {scale, scale}}})};
  }
  if (kind == "slice") {
    if (dim == 1) return {};
    return {not_identity(tanh({16, 12}, {{"drop", {dim - 1}}})),
            kinked(not_identity(tanh({16, 12}, {{"drop", {0}}, {"transformer", "sos"}})))};
  }
  if (kind == "langevin") return {not_identity(with({{"step", 0.3}})), not_identity(with({{"moves", 3}}))};
  if (kind == "metropolis") return {not_identity(with({{"step", 0.9}, {"moves", 4}}))};
  if (kind == "hmc") return {not_identity(with({{"step", 0.7}, {"leaps", 1}})), not_identity(with({{"moves", 2}}))};
  if (kind == "continuous")
    return {
        with({{"field", {{"kind", "bilinear"}, {"hidden", 5}}}, {"steps", 16}}),
        with({{"field", {{"kind", "bilinear"}, {"hidden", 9}, {"time", 0}}}, {"steps", 16}}),
        with({{"field", {{"kind", "bilinear"}, {"hidden", 5}}},
              {"steps", 16},
              {"train_steps", 4},
              {"brownian", 4},
              {"sigma", 0}}),
        with({{"field", {{"kind", "bilinear"}, {"hidden", 5}}}, {"steps", 16}, {"explicit", "decode"}}),
        with({{"field", {{"kind", "bilinear"}, {"hidden", 5}}}, {"solver", "euler"}, {"steps", 2}, {"log_det", "map"}}),
        with({{"field", {{"kind", "bilinear"}, {"hidden", 5}}},
              {"solver", "midpoint"},
              {"steps", 1},
              {"explicit", "decode"},
              {"log_det", "map"}}),
        with({{"field", {{"kind", "mlp"}, {"hidden", {6, 5}}}}, {"steps", 16}}),
        with({{"field", {{"kind", "hollow"}, {"hidden", {7}}, {"summary", 3}, {"mix", {5}}, {"terms", 2}}},
              {"steps", 48}})};
  if (kind == "residual") {
    const Json small = {7, 6};
    return {with({{"hidden", small}}), with({{"hidden", small}, {"dense", true}}),
            with({{"hidden", {9}}, {"norm", "inf"}}), tanh({7, 6, 5}, {{"lipschitz", 0.9}}),
            tanh(small, {{"dense", true}, {"norm", "inf"}})};
  }
  // Without kernels, which need a target: stochastic_test.cc.
  if (kind == "anneal") return {with({{"count", 0}, {"layers", {"linear", "elementwise"}}})};
  if (kind == "mixed") return {};  // its columns are not real numbers alone: mixed_test.cc
  if (kind == "mixture") {
    const auto list = [](const std::vector<Json>& parts) { return Json(parts); };
    const Json net = {{"kind", "autoregressive"}, {"hidden", {9}}, {"activation", "tanh"}}, none_inside = Json::array();
    const Json inverted = {{"kind", "autoregressive"}, {"inverse", true}, {"hidden", {9}}, {"activation", "tanh"}};
    return {not_identity(with({{"flows", list({list({net}), list({"elementwise", "linear"}), none_inside})}})),
            not_identity(with({{"flows", list({list({inverted})})}}))};
  }
  if (kind == "augment") return {not_identity(tanh({16, 12})), not_identity(tanh({16, 12}, {{"columns", 2}}))};
  if (kind == "householder") return {with({{"reflections", 4}}), not_identity(with({{"reflections", 3}}))};
  return {kind == "gdn" ? not_identity(with(Json::object())) : Row(with(Json::object()))};
}

// Transformers of one kind. The first goes into every layer, the others into elementwise ones.
inline std::vector<Row> map_rows(const std::string& kind) {
  const auto with = [&](const Json& extra) {
    Json map = {{"kind", kind}};
    map.update(extra);
    return map;
  };
  if (kind == "mixture_cdf")
    return {not_identity(with({{"components", 3}, {"to", "normal"}})), with({{"components", 1}}),
            not_identity(with({{"components", 2}, {"component", "normal"}})),
            not_identity(with({{"components", 3}, {"component", "normal"}, {"to", "normal"}}))};
  if (kind == "rq_spline")
    return {with(Json::object()), with({{"bins", 3}, {"tail_bound", 1}, {"min_derivative", 0.1}})};
  if (kind == "sos")  // log f' has a kink at the bound; slopes of 1/1000 cost float digits
    return {kinked(with({{"polynomials", 3}, {"degree", 2}, {"slope", 0.1}})),
            kinked(with({{"degree", 0}, {"bound", 1.0}})),
            kinked(with({{"polynomials", 1}, {"degree", 5}, {"slope", 0.1}}))};
  if (kind == "deep_sigmoid") return {not_identity(with({{"units", 3}})), with({{"units", 1}})};
  if (kind == "deep_dense_sigmoid")
    return {not_identity(with({{"units", 2}, {"layers", 3}})), not_identity(with({{"layers", 1}})),
            not_identity(with(Json::object()))};
  return {with(Json::object())};
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
        c.spread = tolerance(0.4, 0.05);
        c.reach = 0.4;
        result.push_back(c);
      }
  return result;
}

inline bool has_net(const Json& layer) { return layer["kind"] == "autoregressive" || layer["kind"] == "coupling"; }

// The transformers that a layer goes with, both ways; none for layers that have none.
inline std::vector<Row> maps_for(const Json& layer) {
  if (!has_net(layer) && layer["kind"] != "elementwise") return {{nullptr}};
  std::vector<Row> maps;
  for (const std::string& kind : names(transformers())) {
    std::vector<Row> rows = map_rows(kind);
    if (has_net(layer)) rows.erase(rows.begin() + 1, rows.end());
    for (Row row : rows) {
      maps.push_back(row);
      row.spec["inverse"] = true;
      maps.push_back(row);
    }
  }
  return maps;
}

inline Case make_case(const Row& row, const Row& map, int dim, int context, bool inverse) {
  Json layer = row.spec;
  if (!map.spec.is_null()) layer["transformer"] = map.spec;
  if (inverse) layer["inverse"] = true;
  if (dim == 1 && layer.contains("mask")) layer["mask"] = "even";
  Case c;
  c.spec = {{"dim", dim}, {"context", context}, {"base", "normal"}, {"layers", {layer}}};
  c.starts_as_identity = row.identity && map.identity;
  c.smooth = row.smooth && map.smooth;
  if (has_net(layer) && map.spec["kind"] == "rq_spline") {
    c.smooth = false;                 // log f' has kinks at the knots, which the net moves
    c.spread = tolerance(0.4, 0.05);  // slopes of 1/1000 and less cost float half its digits
  }
  return c;
}

// "coupling-rq_spline-inverse-5-context-2": kinds, features, and a number where there are more of that name.
inline void give_names(std::vector<Case>& cases) {
  std::map<std::string, int> seen;
  for (Case& c : cases) {
    const Json& layer = c.spec["layers"][0];
    std::string name = layer["kind"];
    if (c.spec.contains("circle")) name += "-circle";
    const Json map = layer.value("transformer", Json());
    if (!map.is_null()) name += "-" + (map.is_string() ? map : map["kind"]).get<std::string>();
    if (map.is_object() && map.contains("inverse")) name += "_inverse";
    if (layer.contains("inverse")) name += "-inverse";
    name += "-" + c.spec["dim"].dump() + (c.spec["context"] == 0 ? "" : "-context");
    const int count = ++seen[name];
    c.name = count == 1 ? name : name + "-" + std::to_string(count);
  }
}

inline const std::vector<Case>& cases() {
  static const std::vector<Case> all = [] {
    std::vector<Case> result = circle_cases();
    for (const std::string& kind : names(layers()))
      for (const int dim : {1, 2, 5})
        for (const Row& row : layer_rows(kind, dim))
          for (const Row& map : maps_for(row.spec))
            for (const bool inverse : {false, true}) {
              if (inverse && (kind == "slice" || kind == "augment" || kind == "mixture")) continue;
              for (const int context : {0, 2}) result.push_back(make_case(row, map, dim, context, inverse));
            }
    give_names(result);
    return result;
  }();
  return all;
}

}  // namespace nf
