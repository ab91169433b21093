#include "papers.h"

#include <fmt/format.h>

#include <filesystem>

#include "papers_embedded.h"
#include "training_spec.h"

namespace nf::cli {
namespace {

Paper read_paper(const std::string& name, const std::string& place, const Json& json) {
  SpecReader spec(json, place);
  Paper paper{.name = name,
              .paper = spec.word("paper", "", {}),
              .flow = spec.word("flow", "", {}),
              .note = spec.word("note", "", {}),
              .set = spec.value("set", Json::object()),
              .options = spec.value("options", Json::object())};
  spec.require_known();
  for (const char* key : {"set", "options"})
    if (!spec.canonical()[key].is_object()) spec.fail(fmt::format("'{}' is not an object", key));
  if (paper.flow.empty()) spec.fail("no 'flow'");
  return paper;
}

}  // namespace

std::vector<std::string> paper_names() {
  std::vector<std::string> names;
  for (const EmbeddedPaper& embedded : embedded_papers()) names.emplace_back(embedded.name);
  return names;
}

Paper find_paper(const std::string& name_or_file) {
  for (const EmbeddedPaper& embedded : embedded_papers())
    if (embedded.name == name_or_file) return read_paper(name_or_file, name_or_file, Json::parse(embedded.text));
  const std::filesystem::path path = name_or_file;
  if (path.extension() == ".json" || std::filesystem::is_regular_file(path))
    return read_paper(path.stem().string(), fmt::format("'{}'", name_or_file), read_json(name_or_file));
  const std::string near = nearest(name_or_file, paper_names());
  throw UsageError(fmt::format("unknown value of --preset '{}'; {}", name_or_file,
                               near.empty() ? "nf-inspect --list shows them" : "did you mean '" + near + "'?"));
}

void supply(Cli& cli, const Paper& paper) {
  const bool budget = cli.given("epochs") || cli.given("steps") || cli.given("max-seconds");
  cli.supply("flow", paper.flow);
  if (!paper.options.contains("doors"))
    cli.supply("doors", "none");  // published numbers are densities of plain numbers
  for (const auto& [key, value] : paper.set.items()) cli.supply("set", key + "=" + value.dump());
  for (const auto& [name, value] : paper.options.items()) {
    if (budget && (name == "epochs" || name == "steps" || name == "max-seconds")) continue;
    cli.supply(name, value.is_string() ? value.get<std::string>() : value.dump());
  }
}

}  // namespace nf::cli
