#include "target_training.h"

#include <fmt/format.h>

#include "defaults.h"
#include "nf/model/model_file.h"
#include "nf/train/reverse_kl.h"
#include "tables.h"
#include "target_options.h"
#include "training_spec.h"
#include "weights.h"

namespace nf::cli {
namespace {

Model fresh_model(const Cli& cli, const std::vector<Column>& columns, std::uint64_t seed) {
  if (cli.given("init")) {
    Model model = load(cli.text("init"));
    if (names(model.columns) != names(columns))
      throw Error(fmt::format("'{}': its columns are not the target's: {}", cli.text("init"), join(names(columns))));
    if (to_json(model.columns) != to_json(columns))
      throw Error(fmt::format("'{}': its columns are scaled otherwise than the target's", cli.text("init")));
    return model;
  }
  if (cli.text("flow") == "auto") throw UsageError("--flow auto: learns from DATA, and a target has none");
  Model model(chosen_spec(cli, "flow", columns, {}), seed);
  model.columns = columns;
  return model;
}

}  // namespace

int fit_to_target(const Cli& cli, TrainingRun& run) {
  const std::string word = cli.text("objective");
  if (!cli.operands().empty())
    throw UsageError(fmt::format("--objective {} takes no DATA: rows are drawn from the flow", word));
  const NamedTarget named = read_target(cli);
  const TrainingData data = drawn_rows(cli, named);
  const TrainOptions& options = run.options();
  Model model = fresh_model(cli, data.columns, options.seed);
  const auto objective = make_objective(std::string(chosen_objective(cli).unit.name),
                                        {model.flow, named.target.get(), options.seed, cli.number("anneal", 0, 1)});
  run.record("anneal", cli.text("anneal"));
  run.record("target", cli.given("target") ? cli.text("target") : cli.text("target-cmd"));
  return run.run(model, data, *objective, "ELBO", [&](Json& record) {
    const ImportanceReport report =
        importance(model.flow, model.theta, *named.target, options.seed, defaults::kImportanceRows, options.threads);
    record["importance"] = {{"rows", report.rows},
                            {"log_normaliser", report.log_normaliser},
                            {"log_normaliser_error", report.log_normaliser_error},
                            {"effective_share", report.effective_share},
                            {"pareto_k", report.pareto_k}};
    return importance_text(report);
  });
}

}  // namespace nf::cli
