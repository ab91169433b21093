#include "column_doors.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <numeric>

#include "describe.h"
#include "nf/core/json.h"
#include "nf/flow/registry.h"
#include "nf/io/number.h"
#include "tables.h"

namespace nf::cli {
namespace {

// What the numbers after a kind mean: "circle:360".
std::vector<std::string> short_keys(const std::string& kind) {
  static const std::map<std::string, std::vector<std::string>> keys = {{"circle", {"period"}},
                                                                       {"logit", {"low", "high"}},
                                                                       {"log", {"from"}},
                                                                       {"asinh", {"center", "width"}},
                                                                       {"integer", {"step"}},
                                                                       {"rounded", {"step"}},
                                                                       {"remainder", {"step", "per"}},
                                                                       {"ordinal", {"step"}},
                                                                       {"category", {"most"}},
                                                                       {"rank", {"most"}}};
  const auto found = keys.find(kind);
  return found == keys.end() ? std::vector<std::string>{} : found->second;
}

// "log", "logit:0:100", or JSON.
Json read_door(const std::string& option, const std::string& text) {
  if (text.starts_with('{')) {
    try {
      const Json door = parse_json(text);
      if (door.is_object() && door.contains("kind") && door["kind"].is_string()) return door;
      throw Error("no object with a 'kind'");
    } catch (const Error& error) {
      throw UsageError(fmt::format("--{}: {}: {}", option, in_quotes(text), error.what()));
    }
  }
  std::vector<std::string> parts = {""};
  for (const char c : text)
    if (c == ':') parts.emplace_back();
    else parts.back() += c;
  const std::vector<std::string> known = names(doors()), keys = short_keys(parts[0]);
  if (std::find(known.begin(), known.end(), parts[0]) == known.end())
    throw UsageError(fmt::format("--{}: {}", option, unknown("door", parts[0], known)));
  if (parts.size() > keys.size() + 1)
    throw UsageError(fmt::format("--{}: {} has {} numbers, where {} takes at most {}", option, in_quotes(text),
                                 parts.size() - 1, parts[0], keys.size()));
  Json door = {{"kind", parts[0]}};
  for (std::size_t i = 1; i < parts.size(); ++i) {
    double value = 0;
    if (!parse_number(std::string_view(parts[i]), value) || !std::isfinite(value))
      throw UsageError(fmt::format("--{}: {} is no {}", option, in_quotes(parts[i]), keys[i - 1]));
    if (value == std::floor(value) && std::abs(value) < 1e15) door[keys[i - 1]] = static_cast<std::int64_t>(value);
    else door[keys[i - 1]] = value;
  }
  return door;
}

std::size_t place_of(const std::string& option, const std::string& name, const std::vector<std::string>& names) {
  const auto found = std::find(names.begin(), names.end(), name);
  if (found == names.end()) throw UsageError(fmt::format("--{}: {}", option, unknown("column", name, names)));
  return static_cast<std::size_t>(found - names.begin());
}

// What is said of the columns, those of which the same is said together.
void report(const Cli& cli, const Sample& table, const std::vector<Proposal>& proposals) {
  struct Line {
    std::string why;
    bool plain;  // a mere number
    std::vector<std::string> columns;
  };
  std::vector<Line> lines;
  for (std::size_t j = 0; j < proposals.size(); ++j) {
    if (proposals[j].why.empty()) continue;
    const auto same =
        std::find_if(lines.begin(), lines.end(), [&](const Line& line) { return line.why == proposals[j].why; });
    if (same != lines.end()) same->columns.push_back(table.label(j));
    else lines.push_back({proposals[j].why, door_kind(proposals[j].door) == "standardise", {table.label(j)}});
  }
  for (const auto& [why, plain, columns] : lines) {
    constexpr std::size_t kNamed = 8;
    std::string list;
    for (std::size_t i = 0; i < std::min(columns.size(), kNamed); ++i) list += (i == 0 ? "" : ", ") + columns[i];
    if (columns.size() > kNamed) list += fmt::format(" and {} others", columns.size() - kNamed);
    const std::string line = fmt::format("{} {}: {}", columns.size() == 1 ? "column" : "columns", list, why);
    if (plain) cli.detail(line);
    else cli.note(line);
  }
}

}  // namespace

bool proposes_doors(const Cli& cli) { return cli.text("doors") != "none"; }

std::vector<Json> asked_doors(const Cli& cli, const std::vector<std::string>& names) {
  std::vector<Json> doors(names.size(), nullptr);
  for (const std::string& word : cli.list("circle")) {
    const bool whole = std::find(names.begin(), names.end(), word) != names.end();
    const std::size_t colon = whole ? std::string::npos : word.rfind(':');
    const std::size_t place = place_of("circle", word.substr(0, colon), names);
    const std::string period = colon == std::string::npos ? "" : word.substr(colon + 1);
    double value = 0;
    if (colon != std::string::npos &&
        !(parse_number(std::string_view(period), value) && value > 0 && std::isfinite(value)))
      throw UsageError(fmt::format("--circle: {} is no period", in_quotes(period)));
    doors[place] = read_door("circle", colon == std::string::npos ? "circle" : "circle:" + period);
  }
  for (const std::string& word : cli.all("door")) {
    // A name may have '=' in it.
    std::size_t equals = word.find('=');
    while (equals != std::string::npos &&
           std::find(names.begin(), names.end(), word.substr(0, equals)) == names.end() &&
           word.find('=', equals + 1) != std::string::npos)
      equals = word.find('=', equals + 1);
    if (equals == std::string::npos || equals == 0)
      throw UsageError(fmt::format("--door: {} is not COLUMN=KIND", in_quotes(word)));
    doors[place_of("door", word.substr(0, equals), names)] = read_door("door", word.substr(equals + 1));
  }
  return doors;
}

void erase_columns(Sample& table, const std::vector<std::size_t>& places) {
  const std::size_t width = table.width(), rows = table.rows();
  std::vector<bool> gone(width, false);
  for (const std::size_t place : places) gone[place] = true;
  double* to = table.values.data();
  for (std::size_t r = 0; r < rows; ++r)
    for (std::size_t j = 0; j < width; ++j)
      if (!gone[j]) *to++ = table.values[r * width + j];
  table.values.resize(to - table.values.data());
  for (auto place = places.rbegin(); place != places.rend(); ++place) {
    const auto at = static_cast<std::ptrdiff_t>(*place);
    table.x_names.erase(table.x_names.begin() + at);
    if (*place < table.words.size()) table.words.erase(table.words.begin() + at);
    if (*place < table.doors.size()) table.doors.erase(table.doors.begin() + at);
  }
}

void choose_doors(const Cli& cli, Sample& table, Sample& valid, bool circles) {
  std::vector<Content> contents = tidy(table);
  tidy(valid, contents);
  table.doors.resize(table.columns());
  for (std::size_t j = 0; j < table.columns(); ++j) {
    if (table.doors[j].is_null()) continue;
    table.doors[j] = with_gaps(table.doors[j], contents[j], table.words[j]);
  }
  if (!proposes_doors(cli)) return;
  std::vector<Proposal> proposals =
      propose(table, contents, {.circles = circles, .asked = cli.given("columns"), .threads = cli.threads()});
  std::vector<std::size_t> gone;
  for (std::size_t j = 0; j < table.columns(); ++j) {
    if (!table.doors[j].is_null()) {
      proposals[j].why = "";
      continue;
    }
    if (!proposals[j].door.is_null()) {
      table.doors[j] = proposals[j].door == "standardise" ? Json() : proposals[j].door;
      continue;
    }
    cli.warn(fmt::format("column {} is left out: {}{}", table.label(j), proposals[j].why,
                         table.name(j).empty() ? "" : "; --columns can ask for it"));
    proposals[j].why = "";
    gone.push_back(j);
  }
  report(cli, table, proposals);
  if (gone.size() == table.x_names.size()) throw Error("no columns are left to learn; --columns can ask for them");
  erase_columns(table, gone);
  if (valid.columns() > 0) erase_columns(valid, gone);
}

std::string columns_text(const Cli& cli, const std::string& file, bool json) {
  const auto reader = open_table(cli, file, {});
  Sample table{reader->names(), {}, false, {}};
  table.x_names.resize(reader->columns());
  std::vector<int> all(reader->columns());
  std::iota(all.begin(), all.end(), 0);
  std::vector<Cells> cells(all.size());
  for (Cells& one : cells) one.words = std::make_shared<Words>();
  reader->select(all, cells);
  for (Block block; reader->next(block);)
    table.values.insert(table.values.end(), block.values.begin(), block.values.end());
  report_bad_rows(cli, *reader);
  if (table.rows() == 0) throw Error(reader->path() + ": no rows");
  for (const Cells& one : cells) table.words.push_back(one.words->all());
  const std::vector<Content> contents = tidy(table);
  const std::vector<Proposal> proposals = propose(table, contents, {.threads = cli.threads()});

  std::size_t width = 6;
  for (std::size_t j = 0; j < proposals.size(); ++j) width = std::max(width, table.label(j).size());
  std::string text = fmt::format("{:<{}} {:>9} {:>9} {:>9}  {:<11} {}\n", "column", width, "numbers", "words", "gaps",
                                 "door", "because");
  Json list = Json::array();
  for (std::size_t j = 0; j < proposals.size(); ++j) {
    const auto& [door, why] = proposals[j];
    const Content& content = contents[j];
    list.push_back({{"column", table.name(j)},
                    {"numbers", content.numbers},
                    {"words", content.words},
                    {"gaps", content.gaps},
                    {"door", door},
                    {"because", why}});
    text += fmt::format("{:<{}} {:>9} {:>9} {:>9}  {:<11} {}\n", table.label(j), width, content.numbers, content.words,
                        content.gaps, door.is_null() ? "left out" : door_kind(door), why);
  }
  return json ? list.dump(1) + "\n" : text;
}

}  // namespace nf::cli
