#include "compare_files.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <string_view>
#include <unordered_set>

#include "nf/compare/spread.h"
#include "same_file.h"
#include "tables.h"

namespace nf::cli {
namespace {

constexpr std::size_t kMostCompared = 4096;  // columns; time grows with their third power, memory with the square

// Throws Error naming those of `names` that the table has not.
void require_names(const std::vector<std::string>& names, const TableReader& table) {
  const std::unordered_set<std::string_view> known(table.names().begin(), table.names().end());
  std::vector<std::string> missing;
  for (const std::string& name : names)
    if (!known.contains(name)) missing.push_back("'" + name + "'");
  if (missing.empty()) return;
  throw Error(fmt::format("{}: there {} {}; --columns chooses what is compared", table.path(),
                          missing.size() == 1 ? "is no column" : "are no columns", join(missing)));
}

std::vector<std::string> left(std::vector<std::string> names, const std::vector<std::string>& excluded) {
  for (const std::string& word : excluded) std::erase(names, word);
  return names;
}

// Of the columns to compare, in the order of a; empty: neither table has names.
std::vector<std::string> compared_names(const Cli& cli, const TableReader& a, const TableReader& b) {
  const std::vector<std::string> wanted = cli.list("columns"), excluded = cli.list("exclude");
  for (const TableReader* table : {&a, &b}) {
    if (table->names().empty() && (!wanted.empty() || !excluded.empty()))
      throw Error(
          fmt::format("{}: --{}: the table has no names", table->path(), wanted.empty() ? "exclude" : "columns"));
    require_names(wanted, *table);
  }
  for (const std::string& word : excluded)
    if (left(a.names(), {word}) == a.names() && left(b.names(), {word}) == b.names())
      throw Error("--exclude: " + unknown("column", word, a.names()));
  if (!wanted.empty()) return wanted;
  if (a.names().empty() || b.names().empty()) {
    if (a.columns() != b.columns())
      throw Error(fmt::format("{} has {} columns and {} has {}", a.path(), a.columns(), b.path(), b.columns()));
    return a.names().empty() ? b.names() : a.names();
  }
  const std::vector<std::string> of_a = left(a.names(), excluded), of_b = left(b.names(), excluded);
  require_names(of_a, b);
  require_names(of_b, a);
  if (of_a.empty()) throw UsageError("--exclude: no columns are left to compare");
  return of_a;
}

Sample read_columns(const Cli& cli, TableReader& table, const std::vector<std::string>& names,
                    const std::vector<Cells>& cells) {
  std::vector<int> columns(table.columns());
  std::iota(columns.begin(), columns.end(), 0);
  table.select(names.empty() ? columns : table.find(names), cells);
  Sample sample{names.empty() ? std::vector<std::string>(columns.size()) : names, {}, false, {}};
  Block block;
  while (table.next(block)) sample.values.insert(sample.values.end(), block.values.begin(), block.values.end());
  report_bad_rows(cli, table);
  if (sample.rows() == 0) throw Error(table.path() + ": no rows");
  return sample;
}

}  // namespace

Comparison compare_files(const Cli& cli) {
  if (cli.operands().size() != 2) throw UsageError("--compare: two tables are needed");
  cli.claim_stdin(cli.operands());
  refuse_same_files({{"-o", cli.text("output")}}, cli.operands());
  refuse_nan_rows(cli);
  const ComparisonOptions options{cli.seed(), cli.count("max-rows", 10), cli.threads()};
  const auto a = open_table(cli, cli.operands()[0], {}), b = open_table(cli, cli.operands()[1], a->names());
  const std::vector<std::string> names = compared_names(cli, *a, *b);
  if (const std::size_t count = names.empty() ? static_cast<std::size_t>(a->columns()) : names.size();
      count > kMostCompared)
    throw Error(fmt::format("{}: {} columns; at most {} are compared, which --columns chooses", a->path(), count,
                            kMostCompared));
  std::vector<Cells> cells(names.empty() ? static_cast<std::size_t>(a->columns()) : names.size());
  for (Cells& one : cells) one.words = std::make_shared<Words>();
  Sample of_a = read_columns(cli, *a, names, cells), of_b = read_columns(cli, *b, names, cells);
  for (const Cells& one : cells) of_a.words.push_back(one.words->all());
  of_b.words = of_a.words;
  const compare::Spread both = compare::spread(std::move(of_a), std::move(of_b));
  cli.warn_unused();
  const int width = static_cast<int>(both.names.size());
  const auto view = [&](const std::vector<double>& values) {
    return compare::TableView{values.data(), static_cast<Eigen::Index>(values.size()) / width, width};
  };
  return compare_tables(view(both.a), view(both.b), both.names, options);
}

}  // namespace nf::cli
