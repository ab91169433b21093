// nf-train: a table in, a density out.
#include <fmt/format.h>

#include <algorithm>

#include "cli.h"
#include "defaults.h"
#include "nf/model/model_file.h"
#include "nf/train/matching.h"
#include "nf/train/start.h"
#include "papers.h"
#include "tables.h"
#include "target_options.h"
#include "target_training.h"
#include "training_run.h"
#include "training_spec.h"

namespace nf::cli {
namespace {

Group flow_options() {
  Group group =
      spec_options("flow", defaults::kFlow,
                   "named flow; nf-inspect --list tells more. auto: several share the time, and their weighted "
                   "mean is the model",
                   {"auto"});
  group.options.push_back({.name = "preset",
                           .argument = "NAME",
                           .help = "published settings: a flow, its numbers and, where they are not given, options "
                                   "below; nf-inspect --list shows them; or a JSON FILE of such",
                           .words = paper_names(),
                           .excludes = {"flow", "spec", "init"}});
  group.options.push_back({.name = "init",
                           .argument = "FILE",
                           .help = "go on from this model: its columns, spec and weights",
                           .excludes = {"flow", "spec", "set"}});
  group.options.push_back({.name = "match",
                           .argument = "X",
                           .fallback = fmt::format("{}", kUsualMatch),
                           .help = "of a continuous flow: share of the run in which its field learns straight ways "
                                   "(flow matching), or, from 1 on, a number of steps",
                           .excludes = {"init"}});
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
                   {"nf-inspect m.nf --spec | nf-train --spec - data.csv -o n.nf", "the same architecture again"},
                   {"nf-train --objective reverse-kl --target banana --flow iaf -o m.nf",
                    "a sampler of an unnormalised density"}},
      .groups = {flow_options(), column_options(), validation_options(), target_options(), budget_options(),
                 optimizer_options(), file_options(), input_options()},
      .notes = {"DATA files are read one after another into memory; without any, or for '-', standard input is read. "
                "The model of the epoch with the best validation log-likelihood is kept; its log-likelihood and "
                "standard error are printed on stderr at the end. On Ctrl-C the best model so far is saved.",
                "--objective reverse-kl takes no DATA: rows are drawn from the flow, and the evidence lower bound "
                "(ELBO) is what is raised. Printed at the end, from fresh rows' importance weights: an estimate of the "
                "target's log-normaliser, the effective sample size, and Pareto k, the weights' tail: above 0.7 "
                "the flow misses a part of the target, and the estimate cannot be trusted. A flow that samples in one "
                "pass is fastest: iaf, realnvp, nsf_coupling, planar. target-protocol.md (share/doc) tells what "
                "a --target-cmd is asked and answers."},
      .see_also = {"nf-logprob", "nf-sample", "nf-distill", "nf-inspect"},
      .most_operands = 100000};
}

std::vector<std::string> data_files(const Cli& cli) {
  return cli.operands().empty() ? std::vector<std::string>{"-"} : cli.operands();
}

const char* what(const Cli& cli) {
  return chosen_objective(cli).unit.name == "flow_matching" ? "squared error" : "validation log-likelihood";
}

std::unique_ptr<Objective> data_objective(const Cli& cli, const Model& model) {
  return make_objective(std::string(chosen_objective(cli).unit.name), {model.flow});
}

int train_new(const Cli& cli, TrainingRun& run) {
  const bool races = cli.text("flow") == "auto" && !cli.given("spec");
  if (races && cli.given("set")) throw UsageError("--set: changes a named flow; --flow auto chooses its own");
  const TrainingData data = read_training_data(cli, data_files(cli), races || keeps_circles(cli, "flow"));
  if (cli.given("log")) {
    std::vector<std::string> known = names(data.columns);
    for (const Column& column : data.context) known.push_back(column.name);
    if (std::find(known.begin(), known.end(), cli.text("log")) != known.end())
      throw UsageError(
          fmt::format("--log {}: that is a column; a file for the log is named by --log-file, and columns "
                      "are transformed before they come here",
                      cli.text("log")));
  }
  if (races) return run.race(data);
  Model model(chosen_spec(cli, "flow", data.columns, data.context), run.options().seed);
  model.columns = data.columns;
  model.context = data.context;
  start_from_data(model, data.train);
  const auto objective = data_objective(cli, model);
  const bool matches = chosen_objective(cli).unit.name == "forward_kl" && unmatchable(model.flow).empty();
  if (cli.given("match") && !matches)
    throw UsageError("--match: for maximum likelihood of flows with a continuous layer at the end");
  if (const double amount = matches ? cli.number("match", 0, 1e15) : 0; amount > 0) run.match(model, data, amount);
  return run.run(model, data, *objective, what(cli));
}

int train_on(const Cli& cli, TrainingRun& run) {
  for (const char* other : {"columns", "exclude", "context", "door", "doors", "circle", "drop-constant"})
    cli.exclude("init", other);
  Model model = load(cli.text("init"));
  const TrainingData data = read_training_data(cli, data_files(cli), model);
  return run.run(model, data, *data_objective(cli, model), "validation log-likelihood");
}

// The name of the preset, "" without one.
std::string use_preset(Cli& cli) {
  if (!cli.given("preset")) return "";
  const Paper paper = find_paper(cli.text("preset"));
  supply(cli, paper);
  if (!paper.note.empty()) cli.detail(fmt::format("{}: {}", paper.name, paper.note));
  return paper.name;
}

int run(Cli& cli) {
  const std::string preset = use_preset(cli);
  const ObjectiveKind& objective = chosen_objective(cli);
  TrainingRun run(cli, std::string(objective.unit.name), objective.wants_target ? cli.operands() : data_files(cli));
  if (!preset.empty()) run.record("preset", preset);
  if (objective.wants_target) return fit_to_target(cli, run);
  return cli.given("init") ? train_on(cli, run) : train_new(cli, run);
}

}  // namespace
}  // namespace nf::cli

int main(int argc, char** argv) { return nf::cli::run_tool(argc, argv, nf::cli::spec(), nf::cli::run); }
