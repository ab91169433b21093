// nf-sample: rows drawn from a model.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <numeric>

#include "cli.h"
#include "conditional.h"
#include "context_check.h"
#include "nf/flow/needs_target.h"
#include "same_file.h"
#include "sampler.h"
#include "tables.h"

namespace nf::cli {
namespace {

ToolSpec spec() {
  return {
      .name = "nf-sample",
      .summary = "draws rows from a model, in the units of the data it was trained on.",
      .usage = {"[OPTION]... MODEL [DATA]"},
      .examples = {{"nf-sample m.nf -n 1e5 -o sample.csv", "100000 rows, with the columns' names"},
                   {"nf-sample m.nf labels.csv -n 10 --with-context", "ten rows for each row of context columns"},
                   {"nf-sample m.nf --given region=west,age=40 -n 100", "a hundred rows of that kind"},
                   {"nf-sample m.nf --weights --target ring -n 1e5", "rows with weights that make them a target's"},
                   {"nf-sample m.nf --impute gaps.csv -o whole.csv", "a table without gaps"}},
      .groups = {{"What to draw",
                  {{"num", 'n', "N", "", "rows; with context, rows for each row of DATA [1000; with context 1]"},
                   {"seed", 0, "N", "", "which endless sample; without: a fresh one, shown by -v", "NF_SEED"},
                   {"skip", 0, "K", "0", "begin with row K of the endless sample"},
                   {"temperature", 0, "T", "1", "noise times T; needs a normal base"},
                   {"latent", 0, "", "", "decode the noise in DATA's columns z1, z2, ... instead of drawing it"},
                   {.name = "given",
                    .argument = "a=1.5,b=w,...",
                    .help = "rows in which these columns are so, the others drawn given them",
                    .excludes = {"latent", "temperature", "logprob"}},
                   {.name = "impute",
                    .help = "DATA's rows, their gaps filled, drawn given all that the row has",
                    .excludes = {"latent", "temperature", "logprob", "given", "num", "skip"}},
                   {"logprob", 0, "", "", "add the column log_prob, the model's log-density of the row"},
                   {.name = "weights",
                    .help = "add the column log_weight, log-density of the target less that of the model",
                    .excludes = {"latent", "temperature", "given", "impute"}},
                   {"with-context", 0, "", "", "add the context columns"}}},
                 {"Target, for --weights and models that move rows towards one (langevin, hmc, ..)",
                  naming_options()},
                 input_options(),
                 output_options()},
      .notes =
          {"Row r of a sample depends on the seed, r and its context only: not on N, threads or sharding, so "
           "that shards drawn with --skip make up the whole. A conditional model needs DATA, or standard "
           "input, with its context columns; there, --skip is the number of the first row.",
           "--logprob is the density of the untempered model. Where the model has layers that draw (augment, langevin) "
           "there is none; the column is then log_prob_path, that of the way by which the row came.",
           "--weights: rows with weights stand for the target, whatever the model is worth. Said on stderr at the end: "
           "an estimate of the target's log-normaliser, the effective sample size, and Pareto k, as nf-train has them.",
           "--given and --impute need a flow whose layers all go through the columns in one order (--flow made; --set "
           "order=same). Exact where the known columns come first in it, those of words and counts before the others; "
           "else rows are drawn from candidates by their weights, and --given says how many equal ones these are "
           "worth."},
      .see_also = {"nf-train", "nf-logprob", "nf-distill"},
      .most_operands = 2};
}

// Each row of context columns (and of noise) from DATA gives `num` rows.
void from_data(const Cli& cli, const Model& model, const SampleOptions& options, const NamedTarget* target,
               const std::string& path) {
  const std::vector<std::string> wanted = wanted_columns(model, options.latent);
  const auto reader = open_table(cli, path, wanted);
  const std::size_t dim = options.latent ? model.flow.noise_dim() : 0, context = model.context.size();
  std::vector<Cells> cells(dim);
  for (const Column& column : model.context) cells.push_back(io::cells_of(column.door->form()));
  reader->select(reader->find(wanted), cells);
  const std::int64_t num = options.latent || !options.is_num_given ? 1 : options.num;
  Sampler sampler(cli, model, options, target, reader->format(), -1);
  cli.warn_unused();
  Block block;
  std::vector<double> z, c, given;
  int pending = 0;
  const auto flush = [&] {
    if (pending > 0) sampler.put(pending, c.data(), options.latent ? z.data() : nullptr);
    pending = 0;
    z.clear();
    c.clear();
  };
  ContextCheck check(cli, model);
  std::vector<int> context_columns(context);
  std::iota(context_columns.begin(), context_columns.end(), static_cast<int>(dim));
  while (reader->next(block)) {
    take_columns(block.values, dim + context, context_columns, given);
    check.see(given.data(), context > 0 ? block.rows : 0);
    for (int r = 0; r < block.rows; ++r) {
      const double* row = block.values.data() + static_cast<std::size_t>(r) * (dim + context);
      for (std::int64_t i = 0; i < num; ++i) {
        z.insert(z.end(), row, row + dim);
        c.insert(c.end(), row + dim, row + dim + context);
        if (++pending == TableReader::kBlockRows) flush();
      }
    }
    if (options.latent) flush();
  }
  flush();
  sampler.finish();
  report_bad_rows(cli, *reader);
}

// Null: none is needed.
std::unique_ptr<NamedTarget> needed_target(const Cli& cli, const Model& model, const SampleOptions& options) {
  const bool moves = needs_target(model.flow);
  if (!moves && !options.weights) return nullptr;
  if (!names_target(cli))
    throw UsageError(options.weights ? "--weights needs --target or --target-cmd"
                                     : "the model moves rows towards a target: --target or --target-cmd names it");
  return std::make_unique<NamedTarget>(read_target(cli, model));
}

int run(const Cli& cli) {
  const std::vector<std::string>& operands = cli.operands();
  if (operands.empty()) throw UsageError("no MODEL was given");
  SampleOptions options(cli);
  cli.claim_stdin(operands);
  const Model model = load(operands[0]);
  if (options.latent && !model.flow.traits().exact_inverse) options.read_seed(cli);  // columns that layers dropped
  if (options.temperature != 1 && !model.flow.base().scalable())
    throw UsageError("--temperature needs a model with a normal base");
  if (cli.given("given") || cli.flag("impute")) {
    const std::string data = operands.size() > 1 ? operands[1] : "-";
    if (cli.given("given") && operands.size() > 1)
      throw UsageError(fmt::format("unexpected operand '{}'", operands[1]));
    if (cli.flag("impute")) cli.claim_stdin({operands[0], data});
    refuse_same_files({{"-o", cli.text("output")}}, {operands[0], data});
    if (cli.flag("impute")) impute(cli, model, options, data);
    else sample_given(cli, model, options);
    return kDone;
  }
  const std::unique_ptr<NamedTarget> target = needed_target(cli, model, options);
  const bool conditional = !model.context.empty();
  if (options.with_context && !conditional) throw UsageError("--with-context: the model has no context columns");
  if (conditional || options.latent) {
    const std::string data = operands.size() > 1 ? operands[1] : "-";
    cli.claim_stdin({operands[0], data});
    if (operands.size() < 2 && isatty(STDIN_FILENO))
      throw UsageError(fmt::format("DATA, or standard input, with the columns {} is needed",
                                   join(wanted_columns(model, options.latent))));
    refuse_same_files({{"-o", cli.text("output")}}, {operands[0], data});
    from_data(cli, model, options, target.get(), data);
    return kDone;
  }
  if (operands.size() > 1)
    throw UsageError(
        fmt::format("'{}' has no use: the model has no context columns and --latent is not given", operands[1]));
  refuse_same_files({{"-o", cli.text("output")}}, operands);
  const std::int64_t num = options.is_num_given ? options.num : 1000;
  Sampler sampler(cli, model, options, target.get(), Format::kAuto, num);
  cli.warn_unused();
  for (std::int64_t done = 0; done < num; done += TableReader::kBlockRows)
    sampler.put(static_cast<int>(std::min<std::int64_t>(TableReader::kBlockRows, num - done)), nullptr, nullptr);
  sampler.finish();
  return kDone;
}

}  // namespace
}  // namespace nf::cli

int main(int argc, char** argv) { return nf::cli::run_tool(argc, argv, nf::cli::spec(), nf::cli::run); }
