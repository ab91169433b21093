#include "training_spec.h"

#include <fmt/format.h>

#include "nf/core/json.h"
#include "nf/flow/flow.h"
#include "nf/flow/registry.h"
#include "nf/io/number.h"
#include "tables.h"

namespace nf::cli {
namespace {

// A value of --set: JSON where it is, a list where it has commas, else a word.
Json parse_value(const std::string& key, const std::string& text) {
  if (json_is_too_deep(text)) throw UsageError(fmt::format("--set: {} is nested too deep", in_quotes(text)));
  Json value = Json::parse(text, nullptr, false);
  if (value.is_discarded() && text.find(',') != std::string::npos)
    value = Json::parse("[" + text + "]", nullptr, false);
  if (value.is_discarded()) value = text;
  if (key == "hidden" && value.is_number()) value = Json::array({value});  // one hidden layer
  return value;
}

Json settings(const Cli& cli) {
  Json result = Json::object();
  for (const std::string& text : cli.all("set")) {
    const std::size_t equals = text.find('=');
    if (equals == 0 || equals == std::string::npos)
      throw UsageError(fmt::format("--set: {} is not key=value", in_quotes(text)));
    const std::string key = text.substr(0, equals);
    result[key] = parse_value(key, text.substr(equals + 1));
  }
  return result;
}

// The spec's width, filled in where it has none.
void require_width(Json& spec, const std::string& path, const char* key, int expected, const char* what) {
  if (!spec.contains(key)) spec[key] = expected;
  if (spec[key] != expected)
    throw Error(
        fmt::format("'{}': its '{}' is {}, but the data has {} {}", path, key, spec[key].dump(), expected, what));
}

void override_layers(Json& spec, const std::string& path, const std::string& key, const Json& value) {
  bool found = false;
  for (Json& layer : spec["layers"]) {
    if (!layer.is_object() || !layer.contains(key)) continue;
    layer[key] = value;
    if (key == "hidden") layer.erase("degrees");  // they follow from it
    found = true;
  }
  if (!found) throw UsageError(fmt::format("--set: no layer of '{}' has a key {}", path, in_quotes(key)));
}

// Features of one kind, by their places.
Json places(const std::vector<Column>& columns, Manifold manifold) {
  Json found = Json::array();
  const std::vector<Feature> all = features(columns);
  for (std::size_t j = 0; j < all.size(); ++j)
    if (all[j].manifold == manifold) found.push_back(j);
  return found;
}

// What a file says of circles and levels, or what the columns are.
void require_places(Json& spec, const std::string& path, const char* key, const Json& found) {
  if (spec.value(key, Json::array()) == found) return;
  if (spec.contains(key))
    throw Error(fmt::format("'{}': its '{}' is {}, counted from 0, but the columns' doors say {}", path, key,
                            spec[key].dump(), found.dump()));
  spec[key] = found;
}

Json spec_from_file(const Cli& cli, const std::vector<Column>& columns, const std::vector<Column>& context) {
  Json spec = read_json(cli.text("spec"));
  const std::string path = shown_path(cli.text("spec"));
  if (!spec.is_object() || !spec.contains("layers") || !spec["layers"].is_array())
    throw Error(fmt::format("'{}': not a spec: no object with a list 'layers'", path));
  require_width(spec, path, "dim", num_features(columns), "features");
  require_width(spec, path, "context", context_width(context), "context columns");
  require_places(spec, path, "circle", places(columns, Manifold::kCircle));
  require_places(spec, path, "levels", places(columns, Manifold::kLevels));
  const Json changes = settings(cli);
  for (const auto& [key, value] : changes.items()) override_layers(spec, path, key, value);
  try {
    const Json canonical = Flow(spec).spec();
    if (const std::string wrong = disagreement(canonical, features(columns)); !wrong.empty()) throw Error(wrong);
    return canonical;
  } catch (const Error& error) {
    throw Error(fmt::format("'{}': {}", path, error.what()));
  }
}

}  // namespace

Json read_json(const std::string& path) {
  const std::string text = read_file(path);
  try {
    return parse_json(text);
  } catch (const Error& error) {
    throw Error(fmt::format("'{}': {}", shown_path(path), error.what()));
  }
}

Group spec_options(const std::string& preset_option, const std::string& fallback, const std::string& help,
                   const std::vector<std::string>& more) {
  std::vector<std::string> choices = more;
  for (const std::string& name : names(presets())) choices.push_back(name);
  return {"Flow",
          {{preset_option, 0, join(choices, "|"), fallback, help},
           {.name = "spec",
            .argument = "FILE",
            .help = "JSON spec instead, as nf-inspect --spec prints it; '-': standard input",
            .excludes = {preset_option}},
           {"set", 0, "KEY=VALUE", "",
            "change a number of the named flow: layers, hidden=128,128, activation, ...; or, "
            "with --spec, that key of every layer that has it. May be repeated"}}};
}

Json chosen_spec(const Cli& cli, const std::string& preset_option, const std::vector<Column>& columns,
                 const std::vector<Column>& context) {
  if (cli.given("spec")) return spec_from_file(cli, columns, context);
  try {
    return Flow(preset_spec(cli.text(preset_option), features(columns), context_width(context), settings(cli))).spec();
  } catch (const Error& error) {
    throw UsageError(error.what());
  }
}

bool keeps_circles(const Cli& cli, const std::string& preset_option) {
  if (cli.given("spec")) return false;
  try {
    (void)Flow(preset_spec(cli.text(preset_option), {{}, {Manifold::kCircle}}, 0, settings(cli)));
    return true;
  } catch (const std::exception&) {
    return false;
  }
}

}  // namespace nf::cli
