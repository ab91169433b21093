#include "describe.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <vector>

#include "nf/flow/registry.h"
#include "nf/targets/target.h"
#include "papers.h"

namespace nf::cli {
namespace {

struct UnitList {
  const char* title;
  const std::vector<Unit>& units;
};

}  // namespace

std::string list_text(bool json) {
  const UnitList lists[] = {{"flows", presets()}, {"layers", layers()},       {"transformers", transformers()},
                            {"nets", nets()},     {"fields", fields()},       {"bases", bases()},
                            {"doors", doors()},   {"targets", closed_forms()}};
  Json all = Json::object();
  std::string text;
  for (const auto& [title, units] : lists) {
    text += fmt::format("{}{}:\n", text.empty() ? "" : "\n", title);
    for (const Unit& unit : units) {
      text += fmt::format("  {:<15} {}\n", unit.name, unit.help);
      all[title][std::string(unit.name)] = unit.help;
    }
  }
  text += "\npublished settings, for nf-train --preset:\n";
  for (const std::string& name : paper_names()) {
    const Paper paper = find_paper(name);
    text += fmt::format("  {:<23} {}\n", name, paper.paper);
    all["presets"][name] = {{"paper", paper.paper},
                            {"flow", paper.flow},
                            {"set", paper.set},
                            {"options", paper.options},
                            {"note", paper.note}};
  }
  return json ? all.dump() + "\n" : text;
}

Json model_json(const Model& model) {
  return {{"spec", model.flow.spec()},
          {"columns", to_json(model.columns)},
          {"context", to_json(model.context)},
          {"parameters", model.flow.params().count()},
          {"fast_encode", model.flow.traits().parallel_forward},
          {"fast_decode", model.flow.traits().parallel_inverse},
          {"training", model.training}};
}

namespace {

// A value in a line of text: words without quotes, long lists cut.
std::string brief(const Json& value) {
  if (value.is_string()) return value.get<std::string>();
  const std::string text = value.dump();
  return text.size() <= 40 ? text : fmt::format("{:.36} ...", text);
}

// A whole line, whoever wrote the file.
std::string brief_line(const Json& value) { return value.is_string() ? value.get<std::string>() : value.dump(); }

std::string layer_text(const Json& layer) {
  std::string text = layer["kind"].get<std::string>();
  if (layer.value("inverse", false)) text += ", inverted";
  for (const auto& [key, value] : layer.items()) {
    if (key == "kind" || key == "inverse" || key == "degrees" || value == false) continue;
    if (key != "transformer" || !value.is_object()) {
      text += fmt::format(", {} {}", key, brief(value));
    } else {
      text += fmt::format(", {}{}", value.value("inverse", false) ? "inverse " : "", value["kind"].get<std::string>());
    }
  }
  return text;
}

// Numbers as one reads them.
Json readable(const Json& json) {
  if (json.is_number_float()) return Json::parse(fmt::format("{:.6g}", json.get<double>()), nullptr, false);
  Json copy = json;
  if (json.is_structured())
    for (Json& part : copy) part = readable(part);
  return copy;
}

// "log mean 3 scale 2", of a door within another.
std::string in_words(const Json& value) {
  if (value.is_number()) return fmt::format("{:.6g}", value.get<double>());
  if (!value.is_object()) return brief(readable(value));
  std::string text = value.value("kind", "");
  for (const auto& [key, part] : value.items())
    if (key != "kind") text += fmt::format(" {} {}", key, in_words(part));
  return text;
}

}  // namespace

std::string door_kind(const Json& door) {
  if (door.is_string()) return door.get<std::string>();
  return door["kind"] == "rounded" ? door_kind(door["door"]) : door["kind"].get<std::string>();
}

std::string door_text(const Json& door) {
  if (door["kind"] == "rounded")
    return fmt::format(
        "{}  to {}", door_text(door["door"]),
        door.contains("digits") ? in_words(door["digits"]) + " digits" : in_words(door.value("step", Json(1))));
  std::string text;
  for (const auto& [key, value] : door.items()) {
    if (key == "kind" && value == "standardise") continue;
    const std::string shown = in_words(value);
    text += key == "kind" ? value.get<std::string>() + "  " : fmt::format("{} {:<12} ", key, shown);
  }
  return text.erase(text.find_last_not_of(' ') + 1);
}

namespace {

std::string doors_text(const char* title, const std::vector<Column>& columns) {
  std::string text = fmt::format("{:<12} {}\n", title, columns.size());
  std::size_t width = 4;
  for (const Column& column : columns) width = std::max(width, column.name.size());
  for (std::size_t i = 0; i < columns.size(); ++i)
    text += fmt::format("  {:<3} {:<{}}  {}\n", i + 1, columns[i].name, width, door_text(columns[i].door->spec()));
  return text;
}

}  // namespace

std::string model_text(const Model& model) {
  const Json spec = model.flow.spec();
  const auto pass = [](bool fast) { return fast ? "one parallel pass" : "feature by feature"; };
  std::string text = doors_text("columns", model.columns);
  if (!model.context.empty()) text += doors_text("context", model.context);
  text += fmt::format("{:<12} {}\n", "layers", spec["layers"].size());
  for (std::size_t i = 0; i < spec["layers"].size(); ++i)
    text += fmt::format("  {:<3} {}\n", i, layer_text(spec["layers"][i]));
  text += fmt::format("{:<12} {}\n", "base", brief(spec["base"]["kind"]));
  text += fmt::format("{:<12} {}\n", "parameters", model.flow.params().count());
  const char* bound = is_exact(model) ? "" : ", a lower bound over what is drawn";
  text += fmt::format("{:<12} {}{}\n{:<12} {}\n", "density", pass(model.flow.traits().parallel_forward), bound,
                      "sampling", pass(model.flow.traits().parallel_inverse));
  if (!model.training.empty()) text += "training\n";
  for (const auto& [key, value] : model.training.items()) {
    if (key != "remarks" || !value.is_array()) text += fmt::format("  {:<18} {}\n", key, brief(value));
    else
      for (const Json& remark : value) text += fmt::format("  {:<18} {}\n", "remark", brief_line(remark));
  }
  return text;
}

}  // namespace nf::cli
