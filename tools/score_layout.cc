#include "score_layout.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <utility>

#include "nf/io/words.h"

namespace nf::cli {
namespace {

// A name that the table has already gets a number.
std::string free_name(const std::string& name, const std::vector<std::string>& taken) {
  std::string candidate = name;
  for (int i = 2; std::find(taken.begin(), taken.end(), candidate) != taken.end(); ++i)
    candidate = fmt::format("{}_{}", name, i);
  return candidate;
}

std::vector<OutputColumn> result_columns(const Model& model, const Request& request,
                                         const std::vector<std::string>& taken) {
  const char* density = is_exact(model) ? "log_prob" : "log_prob_bound";
  if (request.by_column) {
    std::vector<OutputColumn> columns;
    for (const Column& column : model.columns)
      columns.push_back({column.name.empty() ? "" : free_name(fmt::format("{}_{}", density, column.name), taken)});
    return columns;
  }
  if (!request.latent) {
    const char* value = request.bits_per_dim ? "bits_per_dim" : density;
    std::vector<OutputColumn> columns = {{free_name(value, taken)}};
    if (request.error)
      columns.push_back({free_name(request.bits_per_dim ? "bits_per_dim_error" : "log_prob_error", taken)});
    return columns;
  }
  std::vector<OutputColumn> columns;
  for (int j = 1; j <= model.flow.noise_dim(); ++j) columns.push_back({free_name(fmt::format("z{}", j), taken)});
  return columns;
}

// Those that the request is about, then the context.
std::vector<const Column*> asked_columns(const Model& model, const Request& request) {
  std::vector<const Column*> columns;
  for (const Column& column : model.columns)
    if (request.columns.empty() || std::count(request.columns.begin(), request.columns.end(), column.name) > 0)
      columns.push_back(&column);
  for (const Column& column : model.context) columns.push_back(&column);
  return columns;
}

}  // namespace

Layout lay_out(const Cli& cli, const Model& model, const TableReader& reader, const Request& request) {
  const std::vector<const Column*> columns = asked_columns(model, request);
  std::vector<std::string> wanted;
  std::vector<Cells> cells;
  for (const Column* column : columns) {
    wanted.push_back(column->name);
    cells.push_back(io::cells_of(column->door->form()));
  }
  const std::vector<int> needed = reader.find(wanted);
  const auto dim = static_cast<std::ptrdiff_t>(needed.size() - model.context.size());
  Layout layout{.selected = needed, .x = {}, .c = {}, .cells = cells, .writing = {}};
  layout.writing.format = output_format(cli, request.summary ? Format::kCsv : reader.format());
  layout.writing.columns = result_columns(model, request, request.append ? reader.names() : std::vector<std::string>{});
  layout.writing.header = !reader.names().empty();
  layout.keep_bytes = request.append && layout.writing.format == reader.format() && reader.format() != Format::kNpy;
  std::vector<int> places(needed.size());
  std::iota(places.begin(), places.end(), 0);
  if (layout.keep_bytes) {
    layout.writing.text_format = reader.format();
    layout.writing.text_header = reader.header_text();
    layout.writing.delimiter = reader.delimiter();
    layout.writing.decimal = reader.decimal();
  } else if (request.append) {
    places = needed;
    layout.selected.resize(reader.columns());
    std::iota(layout.selected.begin(), layout.selected.end(), 0);
    std::vector<OutputColumn> all;
    for (const int column : layout.selected)
      all.push_back({reader.names().empty() ? "" : reader.names()[column], true});
    const std::vector<Cells> of_model = std::exchange(layout.cells, std::vector<Cells>(all.size()));
    for (std::size_t j = 0; j < needed.size(); ++j) {
      layout.cells[needed[j]] = of_model[j];
      all[needed[j]].form = columns[j]->door->form();
    }
    layout.writing.columns.insert(layout.writing.columns.begin(), all.begin(), all.end());
  }
  layout.x.assign(places.begin(), places.begin() + dim);
  layout.c.assign(places.begin() + dim, places.end());
  return layout;
}

std::vector<double> beside(const std::vector<double>& a, const std::vector<double>& b, int rows) {
  const auto n = static_cast<std::size_t>(rows);
  const std::size_t wa = a.size() / n, wb = b.size() / n;
  std::vector<double> both;
  both.reserve(a.size() + b.size());
  for (std::size_t r = 0; r < n; ++r) {
    both.insert(both.end(), a.data() + r * wa, a.data() + (r + 1) * wa);
    both.insert(both.end(), b.data() + r * wb, b.data() + (r + 1) * wb);
  }
  return both;
}

}  // namespace nf::cli
