#include "nf/model/meaning.h"

#include <fmt/format.h>

#include <vector>

namespace nf {
inline namespace NF_PRECISION {
namespace {

std::string list(const std::vector<std::string>& names) {
  constexpr std::size_t kNamed = 6;
  if (names.size() > kNamed) return fmt::format("{} columns", names.size());
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

}  // namespace

std::string meaning(const Model& model) { return meaning(model, std::vector<bool>(model.columns.size(), true)); }

std::string meaning(const Model& model, const std::vector<bool>& columns) {
  std::vector<std::string> counted, measured, both, given;
  for (std::size_t j = 0; j < model.columns.size(); ++j) {
    if (!columns[j]) continue;
    const Column& column = model.columns[j];
    const std::string name = column.name.empty() ? std::to_string(j + 1) : column.name;
    const bool levels = column.door->features() > 0 && column.door->feature(0).manifold == Manifold::kLevels;
    (column.door->mass() ? counted : levels ? both : measured).push_back(name);
  }
  for (std::size_t j = 0; j < model.context.size(); ++j)
    given.push_back(model.context[j].name.empty() ? std::to_string(j + 1) : model.context[j].name);
  std::string text;
  const auto add = [&](const char* what, const std::vector<std::string>& names) {
    if (!names.empty()) text += fmt::format("{}{} of {}", text.empty() ? "" : " times ", what, list(names));
  };
  add("probability", counted);
  add("probability or density", both);
  add("density", measured);
  if (!given.empty()) text += " given " + list(given);
  return is_exact(model) ? text : text + ", at least";
}

}  // namespace NF_PRECISION
}  // namespace nf
