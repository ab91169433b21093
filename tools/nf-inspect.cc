// nf-inspect: what a model is, and whether its numbers hold.
#include <fmt/format.h>

#include <algorithm>

#include "cli.h"
#include "model_check.h"
#include "nf/flow/registry.h"
#include "nf/io/model_file.h"
#include "tables.h"

namespace nf::cli {
namespace {

constexpr int kOwnSamples = 4096;

ToolSpec spec() {
  return {
      .name = "nf-inspect",
      .summary = "shows what a model is: layers, columns, training record; and checks its numbers.",
      .usage = {"[OPTION]... MODEL", "--check [OPTION]... MODEL [DATA]", "--list"},
      .examples = {{"nf-inspect m.nf", "a summary"},
                   {"nf-inspect m.nf --spec | jq '.layers |= .[:4]' > s.json", "the architecture, for nf-train --spec"},
                   {"nf-inspect --check m.nf test.csv", "round trip, log-determinant, float against double"}},
      .groups = {{"What to show",
                  {{"json", 0, "", "", "all of it as JSON; also with --check and --list"},
                   {"spec", 0, "", "", "the architecture only, as JSON that nf-train --spec reads"},
                   {"list", 0, "", "", "the flows, layers, transformers and bases that there are"},
                   {"check", 0, "", "",
                    "check the model on DATA's rows, or on 4096 of its own samples; exit 1 if a "
                    "check fails"},
                   {"output", 'o', "FILE", "-", "where to write; appears when it is complete"}}},
                 input_options()},
      .notes = {"--check: the round trip x to z to x in float, largest difference in a row in standardised units; and, "
                "in double, the log-determinant against finite differences (where a difference straddles a kink of a "
                "relu it is no derivative: such rows are counted) and the log-densities of both precisions."},
      .see_also = {"nf-train", "nf-logprob", "nf-sample"},
      .most_operands = 2};
}

struct UnitList {
  const char* title;
  const std::vector<Unit>& units;
};

std::string list_text(bool json) {
  const UnitList lists[] = {
      {"flows", presets()}, {"layers", bijections()}, {"transformers", transformers()}, {"bases", bases()}};
  Json all = Json::object();
  std::string text;
  for (const auto& [title, units] : lists) {
    text += fmt::format("{}{}:\n", text.empty() ? "" : "\n", title);
    for (const Unit& unit : units) {
      text += fmt::format("  {:<16}{}\n", unit.name, unit.help);
      all[title][std::string(unit.name)] = unit.help;
    }
  }
  return json ? all.dump() + "\n" : text;
}

Json doors_json(const std::vector<Column>& columns) {
  Json list = Json::array();
  for (const Column& column : columns)
    list.push_back({{"name", column.name}, {"mean", column.mean}, {"scale", column.scale}});
  return list;
}

Json model_json(const Model& model) {
  return {{"spec", model.flow.spec()},
          {"columns", doors_json(model.columns)},
          {"context", doors_json(model.context)},
          {"parameters", model.flow.params().count()},
          {"fast_encode", model.flow.fast_encode()},
          {"fast_decode", model.flow.fast_decode()},
          {"training", model.training}};
}

// A value in a line of text: words without quotes, long lists cut.
std::string brief(const Json& value) {
  if (value.is_string()) return value.get<std::string>();
  const std::string text = value.dump();
  return text.size() <= 40 ? text : text.substr(0, 36) + " ...";
}

std::string layer_text(const Json& layer) {
  std::string text = layer["kind"].get<std::string>();
  if (layer.value("inverse", false)) text += ", inverted";
  for (const auto& [key, value] : layer.items()) {
    if (key == "kind" || key == "inverse" || key == "degrees" || value == false) continue;
    if (key != "transformer" || !value.is_object()) {
      text += fmt::format(", {} {}", key, brief(value));
    } else {
      text += fmt::format(", {}{}", value.value("inverse", false) ? "inverse " : "", value["kind"].get<std::string>());
    }
  }
  return text;
}

std::string doors_text(const char* title, const std::vector<Column>& columns) {
  std::string text = fmt::format("{:<12} {}\n", title, columns.size());
  std::size_t width = 4;
  for (const Column& column : columns) width = std::max(width, column.name.size());
  for (std::size_t i = 0; i < columns.size(); ++i)
    text += fmt::format("  {:<3} {:<{}}  mean {:<12.6g} scale {:.6g}\n", i + 1, columns[i].name, width, columns[i].mean,
                        columns[i].scale);
  return text;
}

std::string model_text(const Model& model) {
  const Json spec = model.flow.spec();
  const auto pass = [](bool fast) { return fast ? "one parallel pass" : "feature by feature"; };
  std::string text = doors_text("columns", model.columns);
  if (!model.context.empty()) text += doors_text("context", model.context);
  text += fmt::format("{:<12} {}\n", "layers", spec["layers"].size());
  for (std::size_t i = 0; i < spec["layers"].size(); ++i)
    text += fmt::format("  {:<3} {}\n", i, layer_text(spec["layers"][i]));
  text += fmt::format("{:<12} {}\n", "base", brief(spec["base"]["kind"]));
  text += fmt::format("{:<12} {}\n", "parameters", model.flow.params().count());
  text += fmt::format("{:<12} {}\n{:<12} {}\n", "density", pass(model.flow.fast_encode()), "sampling",
                      pass(model.flow.fast_decode()));
  if (!model.training.empty()) text += "training\n";
  for (const auto& [key, value] : model.training.items()) text += fmt::format("  {:<18} {}\n", key, brief(value));
  return text;
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
  Runner(model, threads).sample(0, 0, nullptr, kOwnSamples, 1, rows.x.data(), nullptr);
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

int run(const Cli& cli) {
  for (const auto& [a, b] : {std::pair("spec", "json"), {"spec", "list"}, {"spec", "check"}, {"list", "check"}})
    cli.exclude(a, b);
  const std::vector<std::string>& operands = cli.operands();
  if (cli.flag("list")) {
    if (!operands.empty()) throw UsageError(fmt::format("unexpected operand '{}'", operands[0]));
    print(cli, list_text(cli.flag("json")));
    return kDone;
  }
  if (operands.empty()) throw UsageError("no MODEL was given");
  if (operands.size() > 1 && !cli.flag("check")) throw UsageError(fmt::format("unexpected operand '{}'", operands[1]));
  cli.claim_stdin(operands);
  const std::string file = read_file(operands[0]);
  const Model model = parse_named_model(operands[0], file);
  if (cli.flag("check")) return check(cli, model, file);
  if (cli.flag("spec")) print(cli, model.flow.spec().dump(1) + "\n");
  else print(cli, cli.flag("json") ? model_json(model).dump(1) + "\n" : model_text(model));
  cli.warn_unused();
  return kDone;
}

}  // namespace
}  // namespace nf::cli

int main(int argc, char** argv) { return nf::cli::run_tool(argc, argv, nf::cli::spec(), nf::cli::run); }
