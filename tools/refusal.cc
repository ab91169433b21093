#include "refusal.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "column_choice.h"
#include "tables.h"

namespace nf::cli {
namespace {

constexpr std::uint64_t kRowsToJudge = 4096;  // a column by
constexpr std::size_t kMostExamined = 1000;   // columns, one by one
constexpr std::size_t kLongList = 300;        // bytes of a --columns line that nobody wants to read

struct Count {
  std::uint64_t rows = 0, bad = 0;
};

class Examination {
 public:
  Examination(const Cli& cli, const std::string& path, const std::vector<std::string>& known_names)
      : cli_(cli), path_(path), known_names_(known_names) {}

  Count count(const std::vector<int>& columns, std::uint64_t most_rows) const {
    const auto reader = open_table(cli_, path_, known_names_, false, BadRows::kSkip);
    reader->select(columns);
    Block block;
    while (reader->rows_read() < most_rows && reader->next(block)) {
    }
    return {reader->rows_read(), reader->bad_rows()};
  }

  // Adds those of the columns that hold a number in less than half of the first rows. Columns without a bad field are
  // passed over many at a time.
  void find_words(const std::vector<int>& columns, std::vector<int>& words) const {
    const Count seen = count(columns, kRowsToJudge);
    if (columns.empty() || 2 * seen.bad <= seen.rows) return;
    if (columns.size() == 1) return words.push_back(columns[0]);
    const auto half = columns.begin() + static_cast<std::ptrdiff_t>(columns.size() / 2);
    find_words({columns.begin(), half}, words);
    find_words({half, columns.end()}, words);
  }

 private:
  const Cli& cli_;
  const std::string& path_;
  const std::vector<std::string>& known_names_;
};

std::vector<int> without(const std::vector<int>& all, const std::vector<int>& some) {
  std::vector<int> rest;
  for (const int column : all)
    if (std::find(some.begin(), some.end(), column) == some.end()) rest.push_back(column);
  return rest;
}

std::string words_for(const TableReader& reader, const std::vector<int>& columns) {
  std::vector<std::string> words;
  for (const int column : columns) words.push_back(column_word(reader, column));
  return pasteable(words);
}

std::string leave_out(const Cli& cli, const TableReader& reader, const std::vector<int>& words,
                      const std::vector<int>& others) {
  if (others.empty()) return "; no column holds numbers";
  std::vector<int> suggested = others;
  if (!cli.given("columns"))
    std::erase_if(suggested, [&](int column) { return names_row_numbers(column_word(reader, column)); });
  const std::string columns = "--columns " + words_for(reader, suggested.empty() ? others : suggested),
                    them = words.size() == 1 ? "it" : "them";
  const std::string what = words.size() == 1 ? fmt::format("column {} holds no numbers", words_for(reader, words))
                                             : fmt::format("columns {} hold no numbers", words_for(reader, words));
  if (cli.given("columns")) return fmt::format("; {}: {} leaves {} out", what, columns, them);
  std::vector<int> excluded = words;
  if (cli.given("exclude"))
    for (const std::string& word : cli.list("exclude")) excluded.push_back(find_column(reader, word));
  std::string hint = fmt::format("; {}: --exclude {}", what, words_for(reader, excluded));
  if (columns.size() <= kLongList) hint += " or " + columns;
  return hint + fmt::format(" leaves {} out", them);
}

}  // namespace

std::string way_out(const Cli& cli, const std::string& path, const std::vector<std::string>& known_names,
                    const std::vector<int>& selected, std::size_t free) {
  if (!std::filesystem::is_regular_file(path) || selected.size() > kMostExamined)
    return free > 0 ? "; --exclude leaves out columns, --on-bad-row skip rows"
                    : "; --on-bad-row skip leaves out such rows";
  try {
    const Examination examination(cli, path, known_names);
    std::vector<int> words;
    const std::vector<int> optional(selected.begin(), selected.begin() + static_cast<std::ptrdiff_t>(free));
    examination.find_words(optional, words);
    std::string hint;
    if (!words.empty()) {
      hint =
          leave_out(cli, *open_table(cli, path, known_names, false, BadRows::kSkip), words, without(optional, words));
      if (words.size() == free) return hint;
    }
    const Count seen = examination.count(without(selected, words), UINT64_MAX);
    if (seen.bad == 0) return hint;
    const char* const form = hint.empty() ? "; --on-bad-row skip leaves out such rows, {} of {}"
                                          : "; of the other columns' rows --on-bad-row skip leaves out {} of {}";
    return hint + fmt::format(fmt::runtime(form), seen.bad, seen.rows);
  } catch (const std::exception&) {
    return "";  // the table has other faults
  }
}

}  // namespace nf::cli
