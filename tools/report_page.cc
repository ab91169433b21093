#include "report_page.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <numeric>

#include "describe.h"
#include "model_check.h"
#include "nf/io/date.h"
#include "nf/io/input.h"
#include "nf/io/number.h"
#include "nf/model/meaning.h"
#include "pictures.h"
#include "plot_axis.h"
#include "same_file.h"
#include "tables.h"

namespace nf::cli {
namespace {

constexpr std::size_t kRarestRows = 10;

constexpr const char* kStyle = R"css(
:root { color-scheme: light dark; --ink: #1b1b1b; --paper: #fff; --line: #c8c8c8; --faint: #666; }
@media (prefers-color-scheme: dark) { :root { --ink: #e4e4e4; --paper: #17191c; --line: #44484e; --faint: #a0a0a0; } }
body { color: var(--ink); background: var(--paper); font: 15px/1.5 sans-serif; max-width: 72rem; margin: 2rem auto;
  padding: 0 1rem; }
h1 { font-size: 1.6rem; } h2 { font-size: 1.2rem; margin-top: 2.5rem; border-bottom: 1px solid var(--line); }
p, figcaption { color: var(--faint); max-width: 46rem; }
pre { overflow-x: auto; font-size: 0.8rem; line-height: 1.35; }
figure { margin: 1rem 0; } svg { background: #fff; width: 100%; height: auto; max-height: 95vh; }
.table { overflow-x: auto; }
table { border-collapse: collapse; font-size: 0.85rem; font-variant-numeric: tabular-nums; }
th, td { text-align: left; padding: 0.15rem 0.9rem 0.15rem 0; border-bottom: 1px solid var(--line);
  vertical-align: top; }
td.n, th.n { text-align: right; } td.w { max-width: 34rem; overflow-wrap: anywhere; }
.bad { font-weight: bold; color: #d33; }
@media print { :root { --ink: #000; --paper: #fff; --line: #bbb; --faint: #444; } body { margin: 0; max-width: none; }
  figure, table { break-inside: avoid; } svg { max-height: 90vh; } }
)css";

std::string escaped(std::string_view text) {
  std::string html;
  for (const char c : printable(text)) {
    switch (c) {
      case '&':
        html += "&amp;";
        break;
      case '<':
        html += "&lt;";
        break;
      case '>':
        html += "&gt;";
        break;
      case '"':
        html += "&quot;";
        break;
      default:
        html += c;
    }
  }
  return html;
}

std::string cell(std::string_view text, const char* tag = "td", const char* kind = "") {
  return fmt::format("<{0}{1}>{2}</{0}>", tag, *kind ? fmt::format(" class=\"{}\"", kind) : "", escaped(text));
}

std::string table(const std::string& rows) { return "<div class=\"table\"><table>\n" + rows + "</table></div>\n"; }

// What stands before the picture itself is for files of their own.
std::string figure(const Picture& picture, const char* caption) {
  std::string svg = draw(picture, PictureKind::kSvg);
  svg.erase(0, std::min(svg.find("<svg"), svg.size()));
  return fmt::format("<figure style=\"max-width: {}px\">\n{}<figcaption>{}</figcaption>\n</figure>\n", picture.wide,
                     svg, caption);
}

const char* what_of(const Door& door) {
  const bool levels = door.features() > 0 && door.feature(0).manifold == Manifold::kLevels;
  return door.mass() ? "a probability" : levels ? "a probability or a density" : "a density";
}

std::string columns_table(const Model& model) {
  std::string rows =
      "<tr><th class=\"n\">column</th><th>name</th><th>door</th><th>log p is that of</th><th>measured</th></tr>\n";
  int number = 0;
  for (const auto* columns : {&model.columns, &model.context})
    for (const Column& column : *columns) {
      const Json door = column.door->spec();
      const std::string told = cut(door_text(door), 200);
      const bool given = columns == &model.context;
      rows += "<tr>" + cell(std::to_string(++number), "td", "n") + cell(column.name) + cell(door_kind(door)) +
              cell(given ? "given" : what_of(*column.door)) + cell(told, "td", "w") + "</tr>\n";
    }
  return table(rows);
}

std::string check_table(const std::vector<CheckLine>& lines) {
  std::string rows = "<tr><th>check</th><th class=\"n\">value</th><th class=\"n\">limit</th><th></th></tr>\n";
  for (const CheckLine& line : lines)
    rows += "<tr>" + cell(line.what) + cell(fmt::format("{:.2g}", line.value), "td", "n") +
            cell(line.limit > 0 ? fmt::format("{:.0e}", line.limit) : "", "td", "n") +
            cell(line.limit == 0 ? ""
                 : line.failed() ? "FAILED"
                                 : "ok",
                 "td", line.failed() ? "bad" : "") +
            "</tr>\n";
  return table(rows);
}

std::string text_of(double value, const CellForm& form) {
  if (is_word(value))
    return word_of(value) < form.words.size() ? form.words[word_of(value)] : "(a word that was never there)";
  if (is_gap(value)) return form.gap;
  char text[std::max(kDateWidth, kNumberWidth)];
  return {text, form.dates ? print_date(text, value, form.date) : print_number(text, value, true)};
}

std::string rarest_table(const Model& model, const ScoredRows& data) {
  std::vector<std::size_t> order(data.count);
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::erase_if(order, [&](std::size_t r) { return std::isnan(data.log_prob[r]); });
  const std::size_t shown = std::min(order.size(), kRarestRows);
  std::partial_sort(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(shown), order.end(),
                    [&](std::size_t a, std::size_t b) { return data.log_prob[a] < data.log_prob[b]; });
  std::string rows = "<tr>" + cell("row", "th", "n") + cell("log p", "th", "n");
  for (const std::string& name : all_names(model)) rows += cell(name, "th", "n");
  rows += "</tr>\n";
  const std::size_t dim = model.columns.size(), context = model.context.size();
  for (std::size_t i = 0; i < shown; ++i) {
    const std::size_t r = order[i];
    rows += "<tr>" + cell(std::to_string(r + 1), "td", "n") + cell(fmt::format("{:.4g}", data.log_prob[r]), "td", "n");
    for (std::size_t j = 0; j < dim; ++j)
      rows += cell(text_of(data.rows.x[r * dim + j], model.columns[j].door->form()), "td", "n");
    for (std::size_t j = 0; j < context; ++j)
      rows += cell(text_of(data.rows.c[r * context + j], model.context[j].door->form()), "td", "n");
    rows += "</tr>\n";
  }
  return table(rows);
}

}  // namespace

void report(const Cli& cli) {
  const std::string path = cli.text("report");
  const std::vector<std::string>& operands = cli.operands();
  const std::vector<std::string> logs = cli.list("curves");
  if (operands.empty()) throw UsageError("no MODEL was given");
  std::vector<std::string> inputs = operands;
  inputs.insert(inputs.end(), logs.begin(), logs.end());
  cli.claim_stdin(inputs);
  refuse_same_files({{"--report", path}}, inputs);
  require_gnuplot("--report");
  Output out(path);
  const std::string file = read_file(operands[0]);
  const Model model = parse_model(operands[0], file);
  const ShownRows rows = shown_rows(cli, model, "--report");
  const bool has_data = rows.data.count > 0;

  const std::string title = escaped(std::filesystem::path(shown_path(operands[0])).filename().string());
  std::string page = fmt::format(
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width\">\n<title>{0}</title>\n<style>{1}</style>\n</head>\n"
      "<body>\n<h1>{0}</h1>\n<p>{2} parameters; log p is the logarithm of the {3}, in nats.</p>\n",
      title, kStyle, model.flow.params().count(), escaped(meaning(model)));
  if (has_data)
    page += fmt::format("<p>Data: {} rows of {}; samples: {} rows of seed {}.</p>\n", rows.data.count,
                        escaped(shown_path(operands[1])), rows.samples.count, rows.seed);
  const auto section = [&](const char* heading, const std::string& content) {
    page += fmt::format("<h2>{}</h2>\n{}", heading, content);
  };
  section("Columns", columns_table(model));
  if (!logs.empty())
    section("Training", figure(curves_picture(logs), "The objective by epoch, on training and on validation rows."));
  section("Columns and their pairs",
          figure(corner_picture(cli, model, rows),
                 has_data ? "Data in grey and below the diagonal, samples in blue and above it; darker is denser."
                          : "Samples of the model; darker is denser."));
  section("Noise", figure(latent_picture(cli, model, rows),
                          "Quantiles of the rows' noise against those of the base: a model that fits has them on the "
                          "line, 95 % within the grey band. Points at an edge lie beyond it."));
  section("Log-densities",
          figure(log_prob_picture(model, rows), has_data ? "Of the data and of samples: where the model fits, the same."
                                                         : "Of samples of the model."));
  const Rows& checked = rows.first().rows;
  section("Numbers", check_table(check_model(model, bytes(file), checked.x, checked.c, cli.threads())));
  if (has_data) section("The rarest rows of the data", rarest_table(model, rows.data));
  section("The model", "<pre>" + escaped(model_text(model)) + "</pre>\n");
  cli.warn_unused();
  out.write(page + "</body>\n</html>\n");
  out.commit();
}

}  // namespace nf::cli
