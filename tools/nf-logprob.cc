// nf-logprob: the log-density of every row of a table under a model.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <numbers>

#include "cli.h"
#include "context_check.h"
#include "nf/compare/summary.h"
#include "nf/model/meaning.h"
#include "nf/model/model_file.h"
#include "nf/model/partial.h"
#include "nf/model/scorer.h"
#include "progress.h"
#include "report_text.h"
#include "same_file.h"
#include "score_layout.h"
#include "tables.h"

namespace nf::cli {
namespace {

ToolSpec spec() {
  return {
      .name = "nf-logprob",
      .summary = "prints the log-density of every row under a model, in nats and in the units of the data.",
      .usage = {"[OPTION]... MODEL [DATA]"},
      .examples = {{"nf-logprob m.nf test.csv --summary", "mean, standard error and worst row of a table"},
                   {"nf-logprob m.nf x.csv --by-column", "which column makes a row unlikely"},
                   {"nf-logprob m.nf < x.csv --append | sort -t, -g -k8 | head", "the least likely rows of a table"}},
      .groups = {{"What to print",
                  {{"append", 0, "", "", "every record as it was, with the new column at its end"},
                   {.name = "by-column",
                    .help = "a column for each of the model's: its log p given those before it, in the model's order; "
                            "together the row's",
                    .excludes = {"latent", "summary", "bits-per-dim"}},
                   {.name = "columns",
                    .argument = "a,b,...",
                    .help = "log p of these columns, whatever the others are; DATA needs no others",
                    .excludes = {"latent", "by-column"}},
                   {.name = "latent",
                    .help = "the noise z that the row is mapped to, columns z1, z2, ...",
                    .excludes = {"bits-per-dim"}},
                   {"bits-per-dim", 0, "", "", "-log2 of the density, divided by the number of columns"},
                   {.name = "summary",
                    .help = "a few lines about all rows instead; JSON with --to json",
                    .excludes = {"append", "latent"}}}},
                 {"For a model with layers that draw (augment), whose densities are lower bounds",
                  {{"samples", 0, "K", "1", "draws a row: the bound is the log of their mean density"},
                   {"seed", 0, "N", "0", "of what is drawn", "NF_SEED"}}},
                 input_options(),
                 output_options()},
      .notes =
          {"DATA is a table with the model's columns, matched by name where both have names, else by position; "
           "other columns may hold anything. Without DATA, or for '-', standard input is read. A header is "
           "written if DATA has one. --append to another format than DATA's needs all columns to be numbers.",
           "--summary: lower_trimmed_mean leaves out the 0.1 % of rows with the lowest log-densities and so is too "
           "high, by lower_trimmed_bias above the mean; two_sided_trimmed_mean leaves out the highest 0.1 % too.",
           "--by-column and --columns need a flow whose layers all go through the columns in one order (--flow made; "
           "--set "
           "order=same): columns of words and counts first, then the others, as they stand in the table. --columns is "
           "exact for the first columns of it, and refused for others.",
           "Where log p comes from a solver's steps (continuous flows) or from several draws, a column more, "
           "log_prob_error, is its standard error; --summary shows the root of its mean square, row_error.",
           "Under --on-bad-row nan a bad row's result is nan; a row far outside the data can get -inf."},
      .see_also = {"nf-train", "nf-sample", "nf-inspect"},
      .most_operands = 2};
}

// Of questions about some columns: how they are answered, and what was asked for.
struct Asked {
  std::unique_ptr<Partial> partial;  // null: all columns together
  std::vector<bool> columns;         // by the model's
};

Asked ask(const Cli& cli, const Model& model, const Request& request) {
  Asked asked{nullptr, std::vector<bool>(model.columns.size(), request.columns.empty())};
  if (!request.by_column && request.columns.empty()) return asked;
  const char* option = request.by_column ? "by-column" : "columns";
  const std::vector<std::string> all = names(model.columns);
  for (const std::string& name : request.columns) {
    const auto at = std::find(all.begin(), all.end(), name);
    if (at == all.end()) throw UsageError(fmt::format("--columns: {}", unknown("column", name, all)));
    asked.columns[at - all.begin()] = true;
  }
  try {
    asked.partial = std::make_unique<Partial>(model, cli.threads());
  } catch (const Error& error) {
    throw Error(fmt::format("--{}: {}", option, error.what()));
  }
  std::string before;
  for (const int j : asked.partial->missing(asked.columns))
    before += (before.empty() ? "" : ", ") + (all[j].empty() ? std::to_string(j + 1) : "'" + all[j] + "'");
  if (!request.by_column && !before.empty())
    throw Error(
        fmt::format("--columns: the model has {} before these, without which their density is not exact", before));
  return asked;
}

// Rows of the model's columns from rows of some.
std::vector<double> widened(const std::vector<double>& some, const std::vector<bool>& columns, int rows) {
  std::vector<double> all;
  all.reserve(columns.size() * static_cast<std::size_t>(rows));
  for (std::size_t at = 0; at < some.size();)
    for (const bool is_there : columns) all.push_back(is_there ? some[at++] : 0.0);
  return all;
}

void print_summary(const Cli& cli, const Json& summary, Format format) {
  Output out(cli.text("output"));
  const bool json = format == Format::kJson || format == Format::kNdjson;
  out.write(json ? summary.dump() + "\n" : printable(summary_text(summary)));
  out.commit();
}

int run(const Cli& cli) {
  std::vector<std::string> operands = cli.operands();
  if (operands.empty()) throw UsageError("no MODEL was given");
  operands.resize(2, "-");
  cli.claim_stdin(operands);
  refuse_same_files({{"-o", cli.text("output")}}, operands);
  Request request(cli);
  const Model model = load(operands[0]);
  const Asked asked = ask(cli, model, request);
  const auto dim = std::count(asked.columns.begin(), asked.columns.end(), true);
  const double unit = request.bits_per_dim ? -1 / (static_cast<double>(dim) * std::numbers::ln2) : 1;
  Draws draws;
  if (!is_exact(model)) draws.seed = cli.seed();
  if (!is_exact(model) && !asked.partial) draws.count = static_cast<int>(cli.count("samples", 1, 1 << 24));
  request.error = !asked.partial && !request.latent && (is_exact(model) ? is_approximate(model) : draws.count > 1);
  const auto reader = open_table(cli, operands[1], all_names(model), request.append);
  const Layout layout = lay_out(cli, model, *reader, request);
  reader->select(layout.selected, layout.cells);
  std::unique_ptr<TableOutput> out;
  if (!request.summary) out = std::make_unique<TableOutput>(cli, layout.writing, cli.threads());
  cli.warn_unused();

  Scorer scorer(model, cli.threads());
  ContextCheck check(cli, model);
  compare::Summary summary;
  RowCount count(cli, out && out->is_terminal());
  Block block;
  std::vector<double> x, c, lp, z, spread, error;
  while (reader->next(block)) {
    count.show(reader->rows_read());
    take_columns(block.values, layout.selected.size(), layout.x, x);
    take_columns(block.values, layout.selected.size(), layout.c, c);
    check.see(c.data(), block.rows);
    lp.resize(block.rows);
    z.resize(request.latent ? lp.size() * static_cast<std::size_t>(model.flow.noise_dim()) : 0);
    spread.resize(draws.count > 1 && request.summary ? lp.size() : 0);
    draws.spread = spread.empty() ? nullptr : spread.data();
    error.resize(request.error ? lp.size() : 0);
    draws.error = error.empty() ? nullptr : error.data();
    if (request.by_column) {
      lp.resize(x.size());
      asked.partial->log_prob_by_column(x.data(), c.data(), block.rows, draws.seed, draws.first_row, lp.data());
    } else if (asked.partial) {
      const std::vector<double> all = widened(x, asked.columns, block.rows);
      asked.partial->log_prob(all.data(), c.data(), block.rows, asked.columns, draws.seed, draws.first_row, lp.data());
    } else {
      scorer.log_prob(x.data(), c.data(), block.rows, lp.data(), request.latent ? z.data() : nullptr, draws);
    }
    draws.first_row += static_cast<std::uint64_t>(block.rows);
    if (request.summary) {
      summary.add(lp, block.record);
      summary.add_spread(spread);
      summary.add_error(error);
      continue;
    }
    for (double& value : lp) value *= unit;
    for (double& value : error) value *= std::abs(unit);
    if (request.error) lp = beside(lp, error, block.rows);
    const std::vector<double>& results = request.latent ? z : lp;
    if (layout.keep_bytes) out->append(block.text, results, block.rows);
    else out->write(request.append ? beside(block.values, results, block.rows) : results, block.rows);
  }
  count.clear();
  if (cli.text("on-bad-row") == "skip" && reader->rows_read() > 0 && reader->bad_rows() == reader->rows_read())
    throw Error(fmt::format(
        "{}: no good rows{}", reader->path(),
        request.append && !layout.keep_bytes ? "; with --append to another format all columns must hold numbers" : ""));
  if (request.summary && summary.empty()) throw Error(reader->path() + ": no rows");
  if (request.summary) {
    Json json = {{"log_prob", meaning(model, asked.columns)}};
    json.update(summary.json(unit, reader->bad_rows()));
    print_summary(cli, json, layout.writing.format);
  }
  if (out) out->finish();
  report_bad_rows(cli, *reader);
  return kDone;
}

}  // namespace
}  // namespace nf::cli

int main(int argc, char** argv) { return nf::cli::run_tool(argc, argv, nf::cli::spec(), nf::cli::run); }
