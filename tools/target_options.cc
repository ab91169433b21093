#include "target_options.h"

#include <fmt/format.h>

#include <algorithm>

#include "defaults.h"
#include "nf/core/spec.h"
#include "tables.h"

namespace nf::cli {
namespace {

// How many columns a program's rows have.
int program_width(const Cli& cli) {
  if (cli.given("dim")) return static_cast<int>(cli.count("dim", 1, 100000));
  if (cli.given("columns")) return static_cast<int>(cli.list("columns").size());
  throw UsageError("--target-cmd needs --dim or --columns: how many numbers a row has");
}

std::vector<Column> named_columns(const Cli& cli, int dim) {
  std::vector<Column> columns(dim);
  for (std::size_t j = 0; j < columns.size(); ++j) columns[j].name = "x" + std::to_string(j + 1);
  if (!cli.given("columns")) return columns;
  const std::vector<std::string> names = cli.list("columns");
  if (names.size() != columns.size())
    throw UsageError(fmt::format("--columns: {} names for a target of {} columns", names.size(), dim));
  for (std::size_t j = 0; j < columns.size(); ++j) columns[j].name = names[j];
  return columns;
}

}  // namespace

const ObjectiveKind& chosen_objective(const Cli& cli) {
  const std::string word = cli.text("objective");
  return *std::find_if(objectives().begin(), objectives().end(),
                       [&](const ObjectiveKind& kind) { return as_word(kind.unit.name) == word; });
}

Group target_options() {
  std::vector<std::string> words, helps;
  for (const ObjectiveKind& kind : objectives()) {
    words.push_back(as_word(kind.unit.name));
    helps.emplace_back(kind.unit.help);
  }
  return {"Target, for --objective reverse-kl",
          {{"objective", 0, join(words, "|"), words[0], join(helps, ", or ")},
           {.name = "target",
            .argument = "TARGET",
            .help = "u1 u2 u3 u4 banana funnel ring gaussian, with numbers as 'funnel:{\"dim\":10}'; or a model's FILE",
            .words = names(closed_forms()),
            .excludes = {"target-cmd"}},
           {"target-cmd", 0, "COMMAND", "",
            "a program instead: rows on its standard input, log-density and gradient on its standard output"},
           {"dim", 0, "N", "", "numbers in such a program's rows; --columns names them"},
           {"frames", 0, "ndjson|npy", "ndjson", "how it is spoken to: a line a row, or an array"},
           {"target-timeout", 0, "S", "60", "seconds to wait for its answer"},
           {"rows", 0, "N", fmt::format("{}", defaults::kDrawnRows), "rows drawn an epoch"},
           {"anneal", 0, "X", "0", "share of the run in which the target's weight rises from 0.01 to 1"}}};
}

NamedTarget read_target(const Cli& cli) {
  NamedTarget named;
  if (cli.given("target-cmd")) {
    named.target =
        make_program_target(cli.text("target-cmd"), program_width(cli),
                            cli.choice<Frames>("frames", {{"ndjson", Frames::kNdjson}, {"npy", Frames::kNpy}}),
                            cli.number("target-timeout", 1e-3, 1e6));
  } else if (!cli.given("target")) {
    throw UsageError(fmt::format("--objective {} needs --target or --target-cmd", cli.text("objective")));
  } else if (const std::string text = cli.text("target");
             text.ends_with(".nf") || text.find('/') != std::string::npos) {
    named.model = std::make_unique<Model>(load(text));
    if (named.model->flow.context() > 0) throw Error("'" + text + "': a target cannot be conditional");
    named.target = make_model_target(*named.model);
    named.columns = named.model->columns;
    return named;
  } else {
    try {
      named.target = make_closed_form(text);
    } catch (const Error& error) {
      throw UsageError(std::string("--target: ") + error.what());
    }
  }
  named.columns = named_columns(cli, named.target->dim());
  return named;
}

TrainingData drawn_rows(const Cli& cli, const NamedTarget& target) {
  TrainingData data;
  data.columns = target.columns;
  data.train.x.resize(cli.count("rows", 64, std::int64_t{1} << 31), 0);
  data.valid.x.resize(defaults::kDrawnValidRows, 0);
  data.train.c.resize(data.train.x.rows(), 0);
  data.valid.c.resize(data.valid.x.rows(), 0);
  return data;
}

}  // namespace nf::cli
