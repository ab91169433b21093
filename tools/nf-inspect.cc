// nf-inspect: what a model is, and whether its numbers hold.
#include <fmt/format.h>

#include <algorithm>

#include "cli.h"
#include "describe.h"
#include "model_check.h"
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
                   {"list", 0, "", "", "the flows, layers, transformers, bases and published settings that there are"},
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
