// corner_picture.cc -- columns and their pairs.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>

#include "pictures.h"
#include "plot_axis.h"
#include "tables.h"

namespace nf::cli {
namespace {

constexpr std::size_t kMostColumns = 8, kLongestName = 18;

// Numbers of columns, context's after the others'.
std::vector<std::size_t> shown_columns(const Cli& cli, const Model& model) {
  std::vector<std::size_t> shown;
  const std::vector<std::string> all = all_names(model);
  for (const std::string& name : cli.list("columns")) {
    const auto at = std::find(all.begin(), all.end(), name);
    if (at == all.end()) throw Error("--columns: " + unknown("column", name, all));
    shown.push_back(static_cast<std::size_t>(at - all.begin()));
  }
  if (shown.size() > kMostColumns)
    throw UsageError(fmt::format("--columns: {} columns; at most {} are shown", shown.size(), kMostColumns));
  if (!shown.empty()) return shown;
  const std::size_t count = model.columns.size();
  for (std::size_t k = 0; k < std::min(count, kMostColumns); ++k) shown.push_back(k);
  if (count > kMostColumns)
    cli.note(fmt::format("the first {} of {} columns are shown; --columns chooses others", kMostColumns, count));
  return shown;
}

std::vector<double> cells_of_column(const Model& model, const ScoredRows& rows, std::size_t column) {
  const std::size_t dim = model.columns.size();
  const bool given = column >= dim;
  const std::vector<double>& values = given ? rows.rows.c : rows.rows.x;
  std::vector<double> cells(rows.count);
  for (std::size_t r = 0; r < rows.count; ++r)
    cells[r] = given ? values[r * model.context.size() + column - dim] : values[r * dim + column];
  return cells;
}

using Bins = std::vector<int>;  // of a column's cells, a row each; -1: none

std::vector<double> shares(const Bins& x, int wide, const Bins& y, int tall) {
  std::vector<double> cells(static_cast<std::size_t>(wide) * tall);
  for (std::size_t r = 0; r < x.size(); ++r)
    if (x[r] >= 0 && y[r] >= 0)
      cells[static_cast<std::size_t>(y[r]) * wide + x[r]] += 1.0 / static_cast<double>(x.size());
  return cells;
}

std::vector<double> shares(const Bins& x, int bins) { return shares(x, bins, Bins(x.size(), 0), 1); }

double share_without_number(const std::vector<double>& cells) {
  const auto count = std::count_if(cells.begin(), cells.end(), [](double cell) { return !std::isfinite(cell); });
  return cells.empty() ? 0 : static_cast<double>(count) / static_cast<double>(cells.size());
}

}  // namespace

Picture corner_picture(const Cli& cli, const Model& model, const ShownRows& rows) {
  const std::vector<std::size_t> columns = shown_columns(cli, model);
  const std::size_t dim = model.columns.size();
  std::vector<std::string> names, notes, tick_labels;
  std::vector<double> low, width, tick_at, peaks;
  std::vector<int> bins, slanted, tick_first;
  std::vector<Bins> of_data, of_samples;
  std::string histograms, data, samples;
  for (std::size_t k = 0; k < columns.size(); ++k) {
    const std::size_t j = columns[k];
    const Column& column = j < dim ? model.columns[j] : model.context[j - dim];
    const std::vector<double> in_data = cells_of_column(model, rows.data, j),
                              in_samples = cells_of_column(model, rows.samples, j);
    const Axis axis =
        axis_of(in_data.empty() ? in_samples : in_data, column.door->form(), bins_for(rows.first().count));
    for (auto [cells, all] : {std::pair{&in_data, &of_data}, std::pair{&in_samples, &of_samples}}) {
      all->emplace_back();
      for (const double cell : *cells) all->back().push_back(axis.bin(cell));
    }
    names.push_back(column.name.empty() ? std::to_string(j + 1) : cut(column.name, kLongestName));
    const double out = share_without_number(in_data), out_samples = share_without_number(in_samples);
    notes.push_back(axis.words || out + out_samples == 0 ? ""
                    : in_data.empty()                    ? "left out " + percent(out_samples)
                                      : fmt::format("left out {}, {}", percent(out), percent(out_samples)));
    low.push_back(axis.low);
    width.push_back(axis.width);
    bins.push_back(axis.bins);
    slanted.push_back(axis.slanted);
    tick_first.push_back(static_cast<int>(tick_at.size()) + 1);
    tick_at.insert(tick_at.end(), axis.tick_at.begin(), axis.tick_at.end());
    tick_labels.insert(tick_labels.end(), axis.tick_label.begin(), axis.tick_label.end());
    histograms += bars(axis.low, axis.width, shares(of_data[k], axis.bins), shares(of_samples[k], axis.bins));
    for (std::size_t i = 0; i < k; ++i) {
      double peak = 0;
      for (auto [all, to] : {std::pair{&of_data, &data}, std::pair{&of_samples, &samples}}) {
        const std::vector<double> cells = shares((*all)[i], bins[i], (*all)[k], bins[k]);
        for (std::size_t at = 0; at < cells.size(); ++at) {
          peak = std::max(peak, cells[at]);
          fmt::format_to(std::back_inserter(*to), "{:.3g}{}", cells[at], (at + 1) % bins[i] == 0 ? '\n' : ' ');
        }
        *to += "\n\n";
      }
      peaks.push_back(peak > 0 ? peak : 1);
    }
  }
  tick_first.push_back(static_cast<int>(tick_at.size()) + 1);
  // gnuplot makes numbers of what stands for a percent sign in a label.
  for (std::string& text : tick_labels)
    for (std::size_t at = 0; (at = text.find('%', at)) != std::string::npos; at += 2) text.insert(at, 1, '%');
  const int count = static_cast<int>(columns.size()), side = count > 4 ? 170 : 230;
  Picture picture{.plot = "corner", .wide = 130 + count * side, .tall = 130 + count * side, .lines = 14};
  PlotValues& values = picture.values;
  set_legend(values, rows);
  values.set("columns", count);
  values.set("name", names);
  values.set("note", notes);
  values.set("low", low);
  values.set("width", width);
  values.set("bins", bins);
  values.set("slanted", slanted);
  values.set("tick_first", tick_first);
  values.set("tick_at", tick_at);
  values.set("tick_label", tick_labels);
  values.set("peak", peaks);
  values.block("bars", histograms);
  values.block("data", data);
  values.block("samples", samples);
  return picture;
}

}  // namespace nf::cli
