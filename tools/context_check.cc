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

bool ContextCheck::is_strange(std::size_t column, double value) const {
  if (std::isnan(value)) return false;
  if (!values_[column].empty()) return values_[column].count(value) == 0;
  return !(std::abs(model_.context[column].enter(value)) <= kFar);
}

void ContextCheck::see(const double* c, int rows) {
  const std::size_t width = model_.context.size();
  for (std::size_t j = 0; j < width; ++j) {
    double usual = NAN;  // often the same again
    for (int r = 0; r < rows && said_.count(j) == 0; ++r) {
      const double value = c[static_cast<std::size_t>(r) * width + j];
      if (value == usual) continue;
      if (is_strange(j, value)) {
        const std::string& name = model_.context[j].name;
        cli_.warn(fmt::format("context column {}: {} is not like the training rows: the density there is a guess",
                              name.empty() ? std::to_string(j + 1) : in_quotes(name), value));
        said_.insert(j);
      }
      usual = value;
    }
  }
}

}  // namespace nf::cli
