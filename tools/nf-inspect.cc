// nf-inspect: what a model is, whether its numbers hold, and how much two tables differ.
#include <fmt/format.h>

#include <algorithm>

#include "cli.h"
#include "column_doors.h"
#include "compare_files.h"
#include "describe.h"
#include "model_check.h"
#include "nf/model/model_file.h"
#include "pictures.h"
#include "report_page.h"
#include "same_file.h"
#include "tables.h"

namespace nf::cli {
namespace {

ToolSpec spec() {
  return {
      .name = "nf-inspect",
      .summary =
          "shows what a model is: layers, columns, training record; draws it; checks its numbers; compares tables.",
      .usage = {"[OPTION]... MODEL", "--check [OPTION]... MODEL [DATA]", "--compare [OPTION]... A B",
                "--plot FILE [OPTION]... MODEL [DATA]", "--report FILE [OPTION]... MODEL [DATA]", "--columns DATA",
                "--list"},
      .examples = {{"nf-inspect m.nf", "a summary"},
                   {"nf-inspect m.nf --spec | jq '.layers |= .[:4]' > s.json", "the architecture, for nf-train --spec"},
                   {"nf-inspect --check m.nf test.csv", "round trip, log-determinant, float against double"},
                   {"nf-inspect --plot m.png m.nf test.csv", "samples beside data, by columns and pairs"},
                   {"nf-inspect --plot - --curves train.log", "how a training went, in the terminal"},
                   {"nf-inspect --report m.html m.nf test.csv", "all of it on one page"},
                   {"nf-inspect --columns data.csv", "what nf-train would take its columns for"},
                   {"nf-sample m.nf -n 20000 | nf-inspect --compare test.csv -", "whether samples look like data"}},
      .groups = {{"What to show",
                  {{"json", 0, "", "", "all of it as JSON; also with --check, --compare and --list"},
                   {.name = "spec",
                    .help = "the architecture only, as JSON that nf-train --spec reads",
                    .excludes = {"json", "list", "check"}},
                   {.name = "list",
                    .help =
                        "the flows, layers, transformers, nets, bases, doors, targets and published settings there are",
                    .excludes = {"check"}},
                   {"check", 0, "", "",
                    "check the model on DATA's rows, or on 4096 of its own samples; exit 1 if a "
                    "check fails"},
                   {.name = "compare",
                    .help = "compare two tables, column by column and as a whole, with a classifier that learns to "
                            "tell their rows apart",
                    .excludes = {"spec", "list", "check"}},
                   {"output", 'o', "FILE", "-", "where to write; appears when it is complete"}}},
                 {"Pictures",
                  {{.name = "plot",
                    .argument = "FILE",
                    .help = "draw samples of MODEL, and DATA beside them, by gnuplot: a .png, .svg, .pdf or .txt; - is "
                            "text on standard output",
                    .excludes = {"json", "spec", "list", "check", "compare", "report"}},
                   {"of", 0, "corner|latent|logprob|paths", "corner",
                    "what to draw: columns and their pairs; noise against the base; log-densities; the ways of "
                    "rows from noise, of a continuous flow"},
                   {"curves", 0, "LOG,...", "", "what nf-train --log-file wrote: draw that, without a MODEL"},
                   {.name = "report",
                    .argument = "FILE",
                    .help = "a page of HTML with all of these, the checks and the rarest rows of DATA",
                    .excludes = {"json", "spec", "list", "check", "compare"}}}},
                 {"Comparison",
                  {{.name = "columns",
                    .argument = "a,b,...",
                    .help = "columns to compare [all] or draw [the first 8]; else, of which table to show what they "
                            "would be",
                    .excludes = {"exclude"}},
                   {"exclude", 0, "a,b,...", "", "columns to leave out"},
                   {"max-rows", 0, "N", "50000", "rows of each table that the classifier sees, drawn at random"},
                   {"seed", 0, "N", "0", "of the classifier, projections, draws and samples", "NF_SEED"}}},
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
           "are tables that have nothing in common.",
           "--plot: as many samples as DATA has rows, 20000 at most, for the same context; ranges are those of the "
           "middle 99 % of DATA."},
      .see_also = {"nf-train", "nf-logprob", "nf-sample"},
      .most_operands = 2};
}

void print(const Cli& cli, const std::string& text) {
  Output out(cli.text("output"));
  out.write(text);
  out.commit();
}

int check(const Cli& cli, const Model& model, const std::string& file) {
  const bool json = cli.flag("json");
  const std::vector<CheckLine> lines = check_model(cli, model, file);
  print(cli, check_text(lines, json));
  return std::any_of(lines.begin(), lines.end(), [](const CheckLine& line) { return line.failed(); }) ? kFailed : kDone;
}

int compare(const Cli& cli) {
  const bool json = cli.flag("json");
  const Comparison comparison = compare_files(cli);
  print(cli, json ? comparison_json(comparison).dump(1) + "\n" : printable(comparison_text(comparison)));
  return kDone;
}

int run(const Cli& cli) {
  if (cli.flag("compare")) return compare(cli);
  const std::vector<std::string>& operands = cli.operands();
  if (cli.flag("list")) {
    if (!operands.empty()) throw UsageError(fmt::format("unexpected operand '{}'", operands[0]));
    print(cli, list_text(cli.flag("json")));
    return kDone;
  }
  if (cli.given("plot") || cli.given("report")) {
    cli.given("plot") ? plot(cli) : report(cli);
    return kDone;
  }
  if (cli.given("columns")) {
    if (!operands.empty()) throw UsageError(fmt::format("unexpected operand '{}'", operands[0]));
    print(cli, printable(columns_text(cli, cli.text("columns"), cli.flag("json"))));
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
