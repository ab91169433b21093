// nf-inspect: what a model is, whether its numbers hold, and how much two tables differ.
#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <string_view>
#include <unordered_set>

#include "cli.h"
#include "compare.h"
#include "describe.h"
#include "model_check.h"
#include "same_file.h"
#include "nf/core/spec.h"
#include "nf/model/scorer.h"
#include "tables.h"

namespace nf::cli {
namespace {

constexpr int kOwnSamples = 4096;
constexpr std::size_t kMostCompared = 4096;  // columns; time grows with their third power, memory with the square

ToolSpec spec() {
  return {
      .name = "nf-inspect",
      .summary = "shows what a model is: layers, columns, training record; checks its numbers; compares tables.",
      .usage = {"[OPTION]... MODEL", "--check [OPTION]... MODEL [DATA]", "--compare [OPTION]... A B", "--list"},
      .examples = {{"nf-inspect m.nf", "a summary"},
                   {"nf-inspect m.nf --spec | jq '.layers |= .[:4]' > s.json", "the architecture, for nf-train --spec"},
                   {"nf-inspect --check m.nf test.csv", "round trip, log-determinant, float against double"},
                   {"nf-sample m.nf -n 20000 | nf-inspect --compare test.csv -", "whether samples look like data"}},
      .groups = {{"What to show",
                  {{"json", 0, "", "", "all of it as JSON; also with --check, --compare and --list"},
                   {.name = "spec",
                    .help = "the architecture only, as JSON that nf-train --spec reads",
                    .excludes = {"json", "list", "check"}},
                   {.name = "list",
                    .help = "the flows, layers, transformers, nets, bases, doors, targets and published settings there are",
                    .excludes = {"check"}},
                   {"check", 0, "", "",
                    "check the model on DATA's rows, or on 4096 of its own samples; exit 1 if a "
                    "check fails"},
                   {.name = "compare",
                    .help = "compare two tables, column by column and as a whole, with a classifier that learns to "
                            "tell their rows apart",
                    .excludes = {"spec", "list", "check"}},
                   {"output", 'o', "FILE", "-", "where to write; appears when it is complete"}}},
                 {"Comparison",
                  {{.name = "columns",
                    .argument = "a,b,...",
                    .help = "columns to compare [all]",
                    .excludes = {"exclude"}},
                   {"exclude", 0, "a,b,...", "", "columns to leave out"},
                   {"max-rows", 0, "N", "50000", "rows of each table that the classifier sees, drawn at random"},
                   {"seed", 0, "N", "0", "of the classifier, projections and draws", "NF_SEED"}}},
                 input_options()},
      .notes =
          {"--check: the round trip x to z to x in float, largest difference in a row in standardised units; and, "
           "in double, the log-determinant against finite differences (where a difference straddles a kink of a "
           "relu it is no derivative: such rows are counted) and the log-densities of both precisions.",
           "--compare: columns are found by name where both tables have names. KS is the largest difference of the "
           "cumulative distributions, p the probability of one as large in equal tables. Distances are in pooled "
           "standard deviations: sliced Wasserstein-1 over 128 directions; the square of the energy distance "
           "(scipy's is the root), without bias, of at most 5000 rows. The classifiers are a neural network and "
           "boosted trees, which see repeated values and whole numbers too, in 5-fold cross-validation; the larger AUC "
           "counts. In tables that they cannot tell "
           "apart, it is 0.5 within two standard errors or so and log-loss is not below ln 2 = 0.6931; 1 and 0 "
           "are tables that have nothing in common."},
      .see_also = {"nf-train", "nf-logprob", "nf-sample"},
      .most_operands = 2};
}

struct Rows {
  std::vector<double> x, c;
};

Rows read_rows(const Cli& cli, const Model& model, const std::string& path) {
  refuse_nan_rows(cli);
  const auto reader = open_table(cli, path, all_names(model));
  reader->select(reader->find(all_names(model)));
  Rows rows;
  Block block;
  while (reader->next(block)) {
    const std::size_t dim = model.columns.size(), width = dim + model.context.size();
    for (const double* row = block.values.data(); row != block.values.data() + block.values.size(); row += width) {
      rows.x.insert(rows.x.end(), row, row + dim);
      rows.c.insert(rows.c.end(), row + dim, row + width);
    }
  }
  report_bad_rows(cli, *reader);
  if (rows.x.empty()) throw Error(reader->path() + ": no rows");
  return rows;
}

Rows own_samples(const Model& model, int threads) {
  if (model.flow.context() > 0) throw UsageError("--check: the model is conditional: DATA with its columns is needed");
  Rows rows{std::vector<double>(kOwnSamples * model.columns.size()), {}};
  Scorer(model, threads).sample(0, 0, nullptr, kOwnSamples, 1, rows.x.data(), nullptr);
  return rows;
}

std::string check_text(const std::vector<CheckLine>& lines, bool json) {
  Json list = Json::array();
  std::string text = fmt::format("{:<52} {:>9} {:>7}\n", "check", "value", "limit");
  for (const CheckLine& line : lines) {
    const std::string limit = line.limit > 0 ? fmt::format("{:.0e}", line.limit) : "";
    const char* const verdict = line.limit == 0 ? "" : line.failed() ? "FAILED" : "ok";
    list.push_back({{"check", line.what},
                    {"value", line.value},
                    {"limit", line.limit > 0 ? Json(line.limit) : Json()},
                    {"ok", !line.failed()}});
    std::string row = fmt::format("{:<52} {:>9.2g} {:>7} {}", line.what, line.value, limit, verdict);
    text += row.erase(row.find_last_not_of(' ') + 1) + '\n';
  }
  return json ? list.dump() + "\n" : text;
}

void print(const Cli& cli, const std::string& text) {
  Output out(cli.text("output"));
  out.write(text);
  out.commit();
}

int check(const Cli& cli, const Model& model, const std::string& file) {
  const bool json = cli.flag("json");
  const Rows rows =
      cli.operands().size() > 1 ? read_rows(cli, model, cli.operands()[1]) : own_samples(model, cli.threads());
  cli.warn_unused();
  const std::vector<CheckLine> lines = check_model(model, bytes(file), rows.x, rows.c, cli.threads());
  print(cli, check_text(lines, json));
  return std::any_of(lines.begin(), lines.end(), [](const CheckLine& line) { return line.failed(); }) ? kFailed : kDone;
}

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

std::vector<double> read_columns(const Cli& cli, TableReader& table, const std::vector<std::string>& names) {
  std::vector<int> columns(table.columns());
  std::iota(columns.begin(), columns.end(), 0);
  table.select(names.empty() ? columns : table.find(names));
  std::vector<double> values;
  Block block;
  while (table.next(block)) values.insert(values.end(), block.values.begin(), block.values.end());
  report_bad_rows(cli, table);
  if (values.empty()) throw Error(table.path() + ": no rows");
  return values;
}

int compare_files(const Cli& cli) {
  if (cli.operands().size() != 2) throw UsageError("--compare: two tables are needed");
  cli.claim_stdin(cli.operands());
  refuse_same_files({{"-o", cli.text("output")}}, cli.operands());
  refuse_nan_rows(cli);
  const ComparisonOptions options{cli.seed(), cli.count("max-rows", 10), cli.threads()};
  const auto a = open_table(cli, cli.operands()[0], {}), b = open_table(cli, cli.operands()[1], a->names());
  std::vector<std::string> names = compared_names(cli, *a, *b);
  if (const std::size_t count = names.empty() ? static_cast<std::size_t>(a->columns()) : names.size();
      count > kMostCompared)
    throw Error(fmt::format("{}: {} columns; at most {} are compared, which --columns chooses", a->path(), count,
                            kMostCompared));
  const std::vector<double> in_a = read_columns(cli, *a, names), in_b = read_columns(cli, *b, names);
  if (names.empty())
    for (int c = 1; c <= a->columns(); ++c) names.push_back(fmt::format("{}", c));
  const bool json = cli.flag("json");
  cli.warn_unused();
  const int width = static_cast<int>(names.size());
  const auto view = [&](const std::vector<double>& values) {
    return compare::TableView{values.data(), static_cast<Eigen::Index>(values.size()) / width, width};
  };
  const Comparison comparison = compare_tables(view(in_a), view(in_b), names, options);
  print(cli, json ? comparison_json(comparison).dump(1) + "\n" : printable(comparison_text(comparison)));
  return kDone;
}

int run(const Cli& cli) {
  if (cli.flag("compare")) return compare_files(cli);
  const std::vector<std::string>& operands = cli.operands();
  if (cli.flag("list")) {
    if (!operands.empty()) throw UsageError(fmt::format("unexpected operand '{}'", operands[0]));
    print(cli, list_text(cli.flag("json")));
    return kDone;
  }
  if (operands.empty()) throw UsageError("no MODEL was given");
  if (operands.size() > 1 && !cli.flag("check")) throw UsageError(fmt::format("unexpected operand '{}'", operands[1]));
  cli.claim_stdin(operands);
  refuse_same_files({{"-o", cli.text("output")}}, operands);
  const std::string file = read_file(operands[0]);
  const Model model = parse_model(operands[0], file);
  if (cli.flag("check")) return check(cli, model, file);
  if (cli.flag("spec")) print(cli, model.flow.spec().dump(1) + "\n");
  else print(cli, cli.flag("json") ? model_json(model).dump(1) + "\n" : printable(model_text(model)));
  cli.warn_unused();
  return kDone;
}

}  // namespace
}  // namespace nf::cli

int main(int argc, char** argv) { return nf::cli::run_tool(argc, argv, nf::cli::spec(), nf::cli::run); }
