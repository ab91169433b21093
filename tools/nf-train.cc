// nf-train: a table in, a density out.
#include <fmt/format.h>

#include "cli.h"
#include "defaults.h"
#include "papers.h"
#include "tables.h"
#include "training_run.h"
#include "training_spec.h"

namespace nf::cli {
namespace {

Group flow_options() {
  Group group = spec_options("flow", defaults::kFlow, "named flow; nf-inspect --list tells more");
  group.options.push_back({.name = "preset",
                           .argument = "NAME",
                           .help = "published settings: a flow, its numbers and, where they are not given, options "
                                   "below; nf-inspect --list shows them; or a JSON FILE of such",
                           .words = paper_names()});
  group.options.push_back({"init", 0, "FILE", "", "go on from this model: its columns, spec and weights"});
  return group;
}

ToolSpec spec() {
  return {
      .name = "nf-train",
      .summary = "fits a normalizing flow to the rows of a table, by maximum likelihood.",
      .usage = {"[OPTION]... [DATA]... -o MODEL"},
      .examples = {{"nf-train data.csv -o m.nf", "a masked autoregressive flow of all columns"},
                   {"nf-train data.csv --context label --max-seconds 60 -o m.nf",
                    "p(other columns | label), in a minute"},
                   {"nf-train --preset maf2017-bsds300 train.npy --valid val.npy -o m.nf",
                    "flow and training as in the paper of that name"},
                   {"nf-inspect m.nf --spec | nf-train --spec - data.csv -o n.nf", "the same architecture again"}},
      .groups = {flow_options(), column_options(), validation_options(), budget_options(), optimizer_options(),
                 file_options(), input_options()},
      .notes = {"DATA files are read one after another into memory; without any, or for '-', standard input is read. "
                "The model of the epoch with the best validation log-likelihood is kept; its log-likelihood and "
                "standard error are printed on stderr at the end. On Ctrl-C the best model so far is saved."},
      .see_also = {"nf-logprob", "nf-sample", "nf-distill", "nf-inspect"},
      .most_operands = 100000};
}

std::vector<std::string> data_files(const Cli& cli) {
  return cli.operands().empty() ? std::vector<std::string>{"-"} : cli.operands();
}

int train_new(const Cli& cli, TrainingRun& run) {
  cli.exclude("spec", "flow");
  const TrainingData data = read_training_data(cli, data_files(cli));
  Model model(chosen_spec(cli, "flow", data.columns, data.context));
  model.columns = data.columns;
  model.context = data.context;
  start(model, data, run.options().seed);
  return run.run(model, data, *make_forward_kl(model.flow, model.door_log_det()), "validation log-likelihood");
}

int train_on(const Cli& cli, TrainingRun& run) {
  for (const char* other : {"flow", "spec", "set", "columns", "context", "drop-constant"}) cli.exclude("init", other);
  Model model = load_model(cli.text("init"));
  const TrainingData data = read_training_data(cli, data_files(cli), model);
  return run.run(model, data, *make_forward_kl(model.flow, model.door_log_det()), "validation log-likelihood");
}

// The name of the preset, "" without one.
std::string use_preset(Cli& cli) {
  if (!cli.given("preset")) return "";
  for (const char* other : {"flow", "spec", "init"}) cli.exclude("preset", other);
  const Paper paper = find_paper(cli.text("preset"));
  supply(cli, paper);
  if (!paper.note.empty()) cli.detail(fmt::format("{}: {}", paper.name, paper.note));
  return paper.name;
}

int run(Cli& cli) {
  const std::string preset = use_preset(cli);
  TrainingRun run(cli, "forward_kl", data_files(cli));
  if (!preset.empty()) run.record("preset", preset);
  return cli.given("init") ? train_on(cli, run) : train_new(cli, run);
}

}  // namespace
}  // namespace nf::cli

int main(int argc, char** argv) { return nf::cli::run_tool(argc, argv, nf::cli::spec(), nf::cli::run); }
