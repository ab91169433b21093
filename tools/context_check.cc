#include "context_check.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "nf/io/number.h"

namespace nf::cli {
namespace {

constexpr double kFar = 10;  // standard deviations from the training rows' mean

}  // namespace

ContextCheck::ContextCheck(const Cli& cli, const Model& model)
    : cli_(cli), model_(model), values_(model.context.size()) {
  const Json& record = model.training;
  if (!record.is_object() || !record.contains("context_values")) return;
  const Json& all = record["context_values"];
  for (std::size_t j = 0; all.is_array() && j < std::min(all.size(), values_.size()); ++j)
    for (std::size_t i = 0; all[j].is_array() && i < all[j].size(); ++i)
      if (all[j][i].is_number()) values_[j].insert(all[j][i].get<double>());
}

bool ContextCheck::is_strange(std::size_t column, double value, bool is_far) const {
  if (std::isnan(value)) return false;
  return values_[column].empty() ? is_far : values_[column].count(value) == 0;
}

void ContextCheck::see_column(std::size_t j, const double* c, int rows) {
  const Column& column = model_.context[j];
  const std::size_t width = model_.context.size();
  Scratch scratch(memory_);
  Tile x = scratch.tile(column.door->features());
  double usual = NAN;  // often the same again
  for (int first = 0; first < rows; first += kTile) {
    const double* values = c + static_cast<std::size_t>(first) * width + j;
    const int real = std::min(kTile, rows - first);
    LogDet unused = LogDet::Zero();
    column.door->enter({}, values, static_cast<std::ptrdiff_t>(width), real, x, unused);
    for (int r = 0; r < real; ++r) {
      const double value = values[static_cast<std::size_t>(r) * width];
      if (value == usual) continue;
      if (is_word(value) && word_of(value) == kUnknownWord) {
        cli_.warn(fmt::format("context column {}: a word that no training row has, where there is no density",
                              column.name.empty() ? std::to_string(j + 1) : in_quotes(column.name)));
        said_.insert(j);
        return;
      }
      if (is_strange(j, value, x.cols() > 0 && !(x.row(r).cwiseAbs().maxCoeff() <= kFar))) {
        cli_.warn(fmt::format("context column {}: {} is not like the training rows: the density there is a guess",
                              column.name.empty() ? std::to_string(j + 1) : in_quotes(column.name), value));
        said_.insert(j);
        return;
      }
      usual = value;
    }
  }
}

void ContextCheck::see(const double* c, int rows) {
  for (std::size_t j = 0; j < model_.context.size(); ++j)
    if (said_.count(j) == 0) see_column(j, c, rows);
}

}  // namespace nf::cli
