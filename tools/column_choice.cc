#include "column_choice.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <set>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

#include "column_doors.h"
#include "nf/core/constants.h"
#include "nf/io/number.h"

namespace nf::cli {
namespace {

std::vector<int> find_columns(const TableReader& reader, const std::vector<std::string>& words) {
  if (words.empty()) return {};
  if (!reader.names().empty()) return reader.find(words);
  std::vector<int> found;
  for (const std::string& word : words) found.push_back(find_column(reader, word));
  return found;
}

// A model finds its columns by name later, and keeps the names as JSON.
void check_names(const TableReader& reader, const std::vector<int>& columns) {
  std::unordered_map<std::string_view, int> count;
  for (const std::string& name : reader.names()) ++count[name];
  for (const int column : columns) {
    const std::string name = reader.names().empty() ? "" : reader.names()[column];
    if (name.empty()) continue;
    if (count[name] > 1)
      throw Error(fmt::format("{}: there are two columns {}; --exclude {} leaves them out", reader.path(),
                              in_quotes(name), pasteable({name})));
    try {
      (void)Json(name).dump();
    } catch (const Json::exception&) {
      throw Error(fmt::format("{}: the name of column {} is not valid UTF-8", reader.path(), column + 1));
    }
  }
}

}  // namespace

int find_column(const TableReader& reader, const std::string& word) {
  if (!reader.names().empty()) return reader.find({word})[0];
  int number = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), number);
  if (error != std::errc() || end != word.data() + word.size() || number < 1 || number > reader.columns())
    throw Error(fmt::format("{}: there is no column {}: the table has no names and {} columns", reader.path(),
                            in_quotes(word), reader.columns()));
  return number - 1;
}

std::string column_word(const TableReader& reader, int column) {
  return reader.names().empty() ? std::to_string(column + 1) : reader.names()[column];
}

std::string pasteable(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names)
    text += (text.empty() ? "" : ",") + (name.find(',') == std::string::npos ? name : '"' + name + '"');
  constexpr std::string_view kPlain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.,:+@%/";
  const auto needs_quotes = [&](char c) {
    return static_cast<unsigned char>(c) < 0x80 && kPlain.find(c) == std::string_view::npos;
  };
  if (std::none_of(text.begin(), text.end(), needs_quotes)) return text;
  std::string quoted = "'";
  for (const char c : text) quoted += c == '\'' ? "'\\''" : std::string(1, c);
  return quoted + "'";
}

bool names_row_numbers(const std::string& name) {
  std::string lower = name;
  for (char& c : lower)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  static constexpr std::string_view kNames[] = {"",       "rownames", "row_names", "row.names", "row",    "rowid",
                                                "row_id", "id",       "index",     "idx",       "number", "nr",
                                                "no",     "no.",      "obs",       "#",         "...1"};
  return name == "X" || name == "X1" || lower.starts_with("unnamed: ") ||  // write.csv of R, to_csv of pandas
         std::find(std::begin(kNames), std::end(kNames), lower) != std::end(kNames);
}

ColumnChoice::ColumnChoice(const Cli& cli)
    : cli_(cli),
      x_(cli.list("columns")),
      c_(cli.list("context")),
      weights_(cli.text("weights")),
      excluded_(cli.list("exclude")),
      asked_(cli.given("columns")) {}

// A name may stand for more than one column here: leaving them out is a way out of that.
std::vector<int> ColumnChoice::excluded(const TableReader& reader) const {
  std::vector<int> places;
  const std::unordered_set<std::string_view> words(excluded_.begin(), excluded_.end()),
      names(reader.names().begin(), reader.names().end());
  for (std::size_t column = 0; column < reader.names().size(); ++column)
    if (words.contains(reader.names()[column])) places.push_back(static_cast<int>(column));
  for (const std::string& word : excluded_)
    if (!names.contains(word)) places.push_back(find_column(reader, word));  // by number, or an error
  return places;
}

std::vector<int> ColumnChoice::first(const TableReader& reader) {
  named_ = !reader.names().empty();
  columns_ = reader.columns();
  const std::vector<int> context = find_columns(reader, c_);
  std::vector<int> taken = context;
  if (weighted()) taken.push_back(find_column(reader, weights_));
  const std::vector<int> left_out = excluded(reader);
  const std::set<int> is_taken(taken.begin(), taken.end()), is_left_out(left_out.begin(), left_out.end());
  for (const int column : taken)
    if (is_left_out.contains(column))
      throw UsageError(fmt::format("column {} is asked for and excluded", in_quotes(column_word(reader, column))));
  std::vector<int> selected = find_columns(reader, x_);
  for (const int column : selected)
    if (is_taken.contains(column))
      throw UsageError(fmt::format("column {} is asked for twice", in_quotes(column_word(reader, column))));
  for (int column = 0; !asked_ && column < columns_; ++column)
    if (!is_taken.contains(column) && !is_left_out.contains(column)) selected.push_back(column);
  if (selected.empty()) throw Error(reader.path() + ": no columns are left to learn");
  if (selected.size() > std::size_t{kMostColumns})
    throw Error(fmt::format("{}: {} columns to learn; a flow has at most {}, which --columns chooses", reader.path(),
                            selected.size(), kMostColumns));
  x_.clear();
  for (const int column : selected) x_.push_back(column_word(reader, column));
  check_names(reader, selected);
  check_names(reader, context);
  std::vector<std::string> all = x_;
  all.insert(all.end(), c_.begin(), c_.end());
  doors_ = asked_doors(cli_, all);
  selected.insert(selected.end(), taken.begin(), taken.end());
  return selected;
}

std::vector<int> ColumnChoice::next(const TableReader& reader) const {
  if (reader.names().empty() == named_ || (!named_ && reader.columns() != columns_))
    throw Error(reader.path() + ": its columns are not those of the first file");
  std::vector<std::string> words = x_;
  words.insert(words.end(), c_.begin(), c_.end());
  if (weighted()) words.push_back(weights_);
  return find_columns(reader, words);
}

std::vector<std::size_t> ColumnChoice::suspected_row_numbers() const {
  std::vector<std::size_t> places;
  for (std::size_t i = 0; named_ && !asked_ && i < x_.size(); ++i)
    if (names_row_numbers(x_[i]) && doors_[i].is_null()) places.push_back(i);
  return places;
}

}  // namespace nf::cli
