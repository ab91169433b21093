#include "target_options.h"

#include <fmt/format.h>

#include <algorithm>

#include "defaults.h"
#include "nf/core/spec.h"
#include "nf/flow/needs_target.h"
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

std::vector<Option> naming_options() {
  return {{.name = "target",
           .argument = "TARGET",
           .help = "u1 u2 u3 u4 banana funnel ring gaussian, with numbers as 'funnel:{\"dim\":10}'; or a model's FILE",
           .words = names(closed_forms()),
           .excludes = {"target-cmd"}},
          {"target-cmd", 0, "COMMAND", "",
           "a program instead: rows on its standard input, log-density and gradient on its standard output"},
          {"frames", 0, "ndjson|npy", "ndjson", "how it is spoken to: a line a row, or an array"},
          {"target-timeout", 0, "S", "60", "seconds to wait for its answer"}};
}

Group target_options() {
  std::vector<std::string> words, helps;
  for (const ObjectiveKind& kind : objectives()) {
    words.push_back(as_word(kind.unit.name));
    helps.emplace_back(kind.unit.help);
  }
  std::vector<Option> options = naming_options();
  options.insert(options.begin(), {"objective", 0, join(words, "|"), words[0], join(helps, ", or ")});
  options.insert(options.begin() + 3, {"dim", 0, "N", "", "numbers in such a program's rows; --columns names them"});
  options.push_back({"rows", 0, "N", fmt::format("{}", defaults::kDrawnRows), "rows drawn an epoch"});
  options.push_back({"anneal", 0, "X", "0", "share of the run in which the target's weight rises from 0.01 to 1"});
  return {"Target, for --objective reverse-kl", options};
}

bool names_target(const Cli& cli) { return cli.given("target") || cli.given("target-cmd"); }

namespace {

// width: of a program's rows.
template <class Width>
NamedTarget make_target(const Cli& cli, Width width) {
  NamedTarget named;
  if (cli.given("target-cmd")) {
    named.target =
        make_program_target(cli.text("target-cmd"), width(),
                            cli.choice<Frames>("frames", {{"ndjson", Frames::kNdjson}, {"npy", Frames::kNpy}}),
                            cli.number("target-timeout", 1e-3, 1e6));
  } else if (const std::string text = cli.text("target");
             text.ends_with(".nf") || text.find('/') != std::string::npos) {
    named.model = std::make_unique<Model>(load(text));
    if (named.model->flow.context() > 0) throw Error("'" + text + "': a target cannot be conditional");
    require_target(named.model->flow, nullptr);
    require_ld_gradient(named.model->flow);
    named.target = make_model_target(*named.model);
  } else {
    try {
      named.target = make_closed_form(text);
    } catch (const Error& error) {
      throw UsageError(std::string("--target: ") + error.what());
    }
  }
  return named;
}

// Without names.
Json doors(const std::vector<Column>& columns) {
  Json list = to_json(columns);
  for (Json& column : list) column.erase("name");
  return list;
}

}  // namespace

NamedTarget read_target(const Cli& cli) {
  if (!names_target(cli))
    throw UsageError(fmt::format("--objective {} needs --target or --target-cmd", cli.text("objective")));
  NamedTarget named = make_target(cli, [&] { return program_width(cli); });
  named.columns = named.model ? named.model->columns : named_columns(cli, named.target->dim());
  return named;
}

NamedTarget read_target(const Cli& cli, const Model& model) {
  NamedTarget named = make_target(cli, [&] { return static_cast<int>(model.columns.size()); });
  const auto dim = named.model ? named.model->columns.size() : static_cast<std::size_t>(named.target->dim());
  if (dim != model.columns.size())
    throw Error(fmt::format("the target has {} columns, the model {}", dim, model.columns.size()));
  named.columns = named.model ? named.model->columns : std::vector<Column>(dim);
  if (needs_target(model.flow) && doors(named.columns) != doors(model.columns))
    throw Error("the model moves rows towards a target whose columns are scaled otherwise than its own");
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
