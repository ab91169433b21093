#include "nf/io/table.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "nf/io/number.h"
#include "nf/io/table_writers.h"

namespace nf::io {

namespace {

// kAuto if it is none.
Format format_called(std::string_view word) {
  constexpr std::pair<std::string_view, Format> kWords[] = {
      {"csv", Format::kCsv},       {"tsv", Format::kTsv},      {"json", Format::kJson},
      {"ndjson", Format::kNdjson}, {"jsonl", Format::kNdjson}, {"npy", Format::kNpy},
  };
  for (const auto& [name, format] : kWords) {
    if (word == name) return format;
  }
  return Format::kAuto;
}

}  // namespace

Format parse_format(std::string_view word) {
  const Format format = format_called(word);
  if (format != Format::kAuto) return format;
  throw Error(fmt::format("{} is not a table format: csv, tsv, json, ndjson or npy was expected", in_quotes(word)));
}

Format format_of_path(std::string_view path) {
  path.remove_prefix(path.rfind('/') + 1);
  const std::size_t dot = path.rfind('.');
  if (dot == std::string_view::npos) return Format::kAuto;
  std::string ending(path.substr(dot + 1));
  for (char& c : ending) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return format_called(ending);
}

void TableReader::select(std::vector<int> columns, std::vector<Cells> cells) {
  for (const int column : columns) {
    if (column < 0 || column >= columns_) {
      throw Error(fmt::format("{}: there is no column {} among {}", path_, column + 1, columns_));
    }
  }
  selected_ = std::move(columns);
  cells_ = std::move(cells);
}

std::vector<int> TableReader::find(const std::vector<std::string>& wanted) const {
  const auto has_name = [](const std::string& name) { return !name.empty(); };
  std::vector<int> found;
  if (std::none_of(names_.begin(), names_.end(), has_name) || std::none_of(wanted.begin(), wanted.end(), has_name)) {
    if (wanted.size() > static_cast<std::size_t>(columns_)) {
      throw Error(fmt::format("{}: {} columns where {} were expected", path_, columns_, wanted.size()));
    }
    found.resize(wanted.size());
    std::iota(found.begin(), found.end(), 0);
    return found;
  }
  std::unordered_map<std::string_view, int> place_of;  // -1: more than one
  std::vector<int> unnamed;
  for (int column = 0; column < columns_; ++column) {
    const std::string& name = names_[column];
    if (name.empty()) unnamed.push_back(column);
    else if (const auto [place, is_new] = place_of.emplace(name, column); !is_new) place->second = -1;
  }
  auto next_unnamed = unnamed.begin();
  for (const std::string& name : wanted) {
    if (name.empty()) {
      if (next_unnamed == unnamed.end()) throw Error(fmt::format("{}: there is no column without a name", path_));
      found.push_back(*next_unnamed++);
      continue;
    }
    const auto place = place_of.find(name);
    if (place == place_of.end()) throw Error(fmt::format("{}: there is no column {}", path_, in_quotes(name)));
    if (place->second < 0) throw Error(fmt::format("{}: there are two columns {}", path_, in_quotes(name)));
    found.push_back(place->second);
  }
  return found;
}

std::unique_ptr<TableWriter> TableWriter::open(Output& out, const WriteOptions& options) {
  return options.format == Format::kNpy ? open_npy_writer(out, options) : open_text_writer(out, options);
}

}  // namespace nf::io
