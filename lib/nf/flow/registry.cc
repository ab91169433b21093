#include "nf/flow/registry.h"

#include <fmt/format.h>

#include <algorithm>

#include "nf/bases/base.h"
#include "nf/bases/by_column.h"
#include "nf/doors/door.h"
#include "nf/layers/layer.h"
#include "nf/layers/inverse.h"
#include "nf/nets/field.h"
#include "nf/nets/net.h"
#include "nf/transformers/inverse.h"
#include "nf/transformers/transformer.h"

namespace nf {
inline namespace NF_PRECISION {

#define NF_TRANSFORMER(name, help) std::unique_ptr<Transformer> make_##name(SpecReader& spec);
#define NF_LAYER(name, help) std::unique_ptr<Layer> make_##name(SpecReader& spec, const Site& site);
#define NF_NET(name, help) \
  std::unique_ptr<Net> make_##name(SpecReader& spec, const Site& site, const char* what, int inputs, int outputs);
#define NF_FIELD(name, help) std::unique_ptr<Field> make_##name(SpecReader& spec, const Site& site);
#define NF_BASE(name, help) std::unique_ptr<Base> make_##name(SpecReader& spec, const Site& site);
#define NF_DOOR(name, help)                            \
  std::unique_ptr<Door> make_##name(SpecReader& spec); \
  std::unique_ptr<Door> measure_##name(SpecReader& wish, const ColumnValues& column);
#define NF_PRESET(name, help) Json preset_##name(SpecReader& set, int dim, int context);
#include "nf/flow/registry.def"

const std::vector<Unit>& transformers() {
  static const std::vector<Unit> units = {
#define NF_TRANSFORMER(name, help) {#name, help},
#include "nf/flow/registry.def"
  };
  return units;
}

const std::vector<Unit>& layers() {
  static const std::vector<Unit> units = {
#define NF_LAYER(name, help) {#name, help},
#include "nf/flow/registry.def"
  };
  return units;
}

const std::vector<Unit>& nets() {
  static const std::vector<Unit> units = {
#define NF_NET(name, help) {#name, help},
#include "nf/flow/registry.def"
  };
  return units;
}

const std::vector<Unit>& fields() {
  static const std::vector<Unit> units = {
#define NF_FIELD(name, help) {#name, help},
#include "nf/flow/registry.def"
  };
  return units;
}

const std::vector<Unit>& bases() {
  static const std::vector<Unit> units = {
#define NF_BASE(name, help) {#name, help},
#include "nf/flow/registry.def"
  };
  return units;
}

const std::vector<Unit>& doors() {
  static const std::vector<Unit> units = {
#define NF_DOOR(name, help) {#name, help},
#include "nf/flow/registry.def"
  };
  return units;
}

const std::vector<Unit>& presets() {
  static const std::vector<Unit> units = {
#define NF_PRESET(name, help) {#name, help},
#include "nf/flow/registry.def"
  };
  return units;
}

namespace {

// A unit's spec is an object with "kind", or the kind alone.
Json as_object(const Json& spec) { return spec.is_string() ? Json{{"kind", spec}} : spec; }

bool is_one_of(std::string_view kind, const std::vector<Unit>& units) {
  return std::any_of(units.begin(), units.end(), [&](const Unit& unit) { return unit.name == kind; });
}

}  // namespace

std::unique_ptr<Transformer> make_transformer(const Json& spec, const std::string& place) {
  const Json object = as_object(spec);
  SpecReader reader(object, place);
  const std::string kind = reader.word("kind", "affine", {});
  const bool inverse = reader.has("inverse") && reader.flag("inverse", false);
  std::unique_ptr<Transformer> map;
#define NF_TRANSFORMER(name, help) \
  if (kind == #name) map = make_##name(reader);
#include "nf/flow/registry.def"
  if (!map) reader.fail(unknown("transformer", kind, names(transformers())));
  reader.require_known();
  return inverse ? invert(std::move(map)) : std::move(map);
}

std::unique_ptr<Layer> make_layer(const Json& spec, const Site& site) {
  const Json object = as_object(spec);
  SpecReader reader(object, site.name);
  if (!reader.has("kind")) reader.fail("no 'kind'");
  const std::string kind = reader.word("kind", "", {});
  const bool inverse = reader.has("inverse") && reader.flag("inverse", false);
  std::unique_ptr<Layer> layer;
#define NF_LAYER(name, help) \
  if (kind == #name) layer = make_##name(reader, site);
#include "nf/flow/registry.def"
  if (!layer) reader.fail(unknown("layer", kind, names(layers())));
  reader.require_known();
  if (!inverse) return layer;
  if (layer->traits().dim != layer->traits().noise_dim)
    reader.fail(kind + " changes the number of columns and has no inverse here; slice and augment are each other's");
  if (layer->traits().discrete) reader.fail(kind + " has no inverse here");
  Json inverted = layer->spec();
  inverted["inverse"] = true;
  return invert(std::move(layer), std::move(inverted));
}

std::unique_ptr<Net> make_net(const Json& spec, const Site& site, const char* what, int inputs, int outputs) {
  const Json object = as_object(spec);
  SpecReader reader(object, site.name + "." + what);
  const std::string kind = reader.word("kind", "mlp", {});
  std::unique_ptr<Net> net;
#define NF_NET(name, help) \
  if (kind == #name) net = make_##name(reader, site, what, inputs, outputs);
#include "nf/flow/registry.def"
  if (!net) reader.fail(unknown("net", kind, names(nets())));
  reader.require_known();
  return net;
}

std::unique_ptr<Field> make_field(const Json& spec, const Site& site) {
  const Json object = as_object(spec);
  SpecReader reader(object, site.name + ".field");
  const std::string kind = reader.word("kind", "bilinear", {});
  std::unique_ptr<Field> field;
#define NF_FIELD(name, help) \
  if (kind == #name) field = make_##name(reader, site);
#include "nf/flow/registry.def"
  if (!field) reader.fail(unknown("field", kind, names(fields())));
  reader.require_known();
  return field;
}

std::unique_ptr<Base> make_base(const Json& spec, const Site& site) {
  if (has_own_columns(spec, site)) return make_by_column(spec, site);
  const Json object = as_object(spec);
  SpecReader reader(object, site.name);
  const std::string kind = reader.word("kind", "normal", {});
  std::unique_ptr<Base> base;
#define NF_BASE(name, help) \
  if (kind == #name) base = make_##name(reader, site);
#include "nf/flow/registry.def"
  if (!base) reader.fail(unknown("base", kind, names(bases())));
  reader.require_known();
  return base;
}

std::shared_ptr<const Door> make_door(const Json& spec, const std::string& place) {
  const Json object = as_object(spec);
  SpecReader reader(object, place);
  const std::string kind = reader.word("kind", "standardise", {});
  std::unique_ptr<Door> door;
#define NF_DOOR(name, help) \
  if (kind == #name) door = make_##name(reader);
#include "nf/flow/registry.def"
  if (!door) reader.fail(unknown("door", kind, names(doors())));
  reader.require_known();
  return door;
}

std::shared_ptr<const Door> measure_door(const Json& wish, const ColumnValues& column) {
  const Json object = wish.is_null() ? Json{{"kind", "standardise"}} : as_object(wish);
  SpecReader reader(object, "column " + column.label);
  const std::string kind = reader.word("kind", "standardise", {});
  std::unique_ptr<Door> door;
#define NF_DOOR(name, help) \
  if (kind == #name) door = measure_##name(reader, column);
#include "nf/flow/registry.def"
  if (!is_one_of(kind, doors())) reader.fail(unknown("door", kind, names(doors())));
  reader.require_known();
  return door;
}

Json preset_spec(const std::string& preset, int dim, int context, const Json& set) {
  SpecReader reader(set, preset);
  Json layers;
#define NF_PRESET(name, help) \
  if (preset == #name) layers = preset_##name(reader, dim, context);
#include "nf/flow/registry.def"
  if (layers.is_null()) throw Error(unknown("flow", preset, names(presets())));
  reader.require_known();
  return layers;
}

Json preset_spec(const std::string& preset, const std::vector<Feature>& features, int context, const Json& set) {
  int numbers = 0, levels = 0;
  Json circles = Json::array();  // among the numbers
  for (const Feature& one : features) {
    levels += one.levels;
    if (one.manifold == Manifold::kCircle) circles.push_back(numbers);
    numbers += one.manifold != Manifold::kLevels;
  }
  Json spec = preset_spec(preset, std::max(numbers, 1), context + levels, set);
  if (!circles.empty()) spec["circle"] = circles;
  if (numbers == 0) spec["layers"] = Json::array();
  return levels == 0 ? spec : with_levels(spec, features, context);
}

Json with_levels(const Json& numbers, const std::vector<Feature>& features, int context) {
  Json levels = Json::array(), counts = Json::object(), gates = Json::object(), circles = Json::array();
  std::vector<std::string> of_numbers;  // their keys among all
  for (std::size_t j = 0; j < features.size(); ++j) {
    const std::string key = std::to_string(j);
    if (features[j].gate >= 0) gates[key] = features[j].gate;
    if (features[j].manifold == Manifold::kLevels) {
      levels.push_back(j);
      counts[key] = features[j].levels;
      continue;
    }
    if (features[j].manifold == Manifold::kCircle) circles.push_back(j);
    of_numbers.push_back(key);
  }
  Json mixed = {{"kind", "mixed"}, {"levels", counts}};
  if (!gates.empty()) mixed["gates"] = gates;
  Json base = numbers.value("base", Json("normal"));
  const Json kind = base.is_object() ? base.value("kind", Json("normal")) : base;
  const bool normal = kind == "normal" && !(base.is_object() && base.contains("override"));
  if (!gates.empty() && !normal) mixed["absent"] = "fill";
  if (base.is_object() && base.contains("override") && base["override"].is_object()) {
    Json own = Json::object();
    for (const auto& [key, one] : base["override"].items()) {
      const auto at = std::find(of_numbers.begin(), of_numbers.end(), key);
      if (at == of_numbers.end())
        throw Error(fmt::format("base: 'override' has '{}', which is no number's place", key));
      own[key] = one;
    }
    base["override"] = own;
  }
  // A net as those of the first layer that has one.
  for (const Json& layer : numbers["layers"])
    if (layer.is_object() && layer.contains("hidden") && !mixed.contains("hidden"))
      for (const char* key : {"hidden", "activation", "residual"})
        if (layer.contains(key)) mixed[key] = layer[key];
  mixed["layers"] = numbers["layers"];
  Json spec = {{"dim", features.size()}, {"context", context}};
  if (!circles.empty()) spec["circle"] = circles;
  spec["levels"] = levels;
  spec["base"] = base;
  spec["layers"] = Json::array({mixed});
  return spec;
}

namespace {

std::string disagreement_of(const Json& layers, const std::vector<Feature>& features) {
  for (const Json& layer : layers) {
    if (layer["kind"] == "mixture")
      for (const Json& flow : layer["flows"])
        if (std::string wrong = disagreement_of(flow, features); !wrong.empty()) return wrong;
    if (layer["kind"] != "mixed") continue;
    for (std::size_t j = 0; j < features.size(); ++j) {
      const std::string key = std::to_string(j);
      const int levels = layer["levels"].value(key, 0), gate = layer["gates"].value(key, -1);
      if (levels != features[j].levels)
        return fmt::format("feature {} has {} levels and {} in the spec", j, features[j].levels, levels);
      if (gate != features[j].gate) return fmt::format("feature {} is there by another feature than the spec says", j);
    }
  }
  return "";
}

}  // namespace

std::string disagreement(const Json& spec, const std::vector<Feature>& features) {
  return disagreement_of(spec["layers"], features);
}

}  // namespace NF_PRECISION
}  // namespace nf
