#include "nf/data/prepare.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "nf/data/equal_rows.h"
#include "nf/data/first_look.h"
#include "nf/data/split.h"

namespace nf {
inline namespace NF_PRECISION {
namespace {

// Columns `kept` of some rows, standardised.
Batch batch(const Sample& table, const std::vector<std::size_t>& rows, const std::vector<Column>& doors,
            const std::vector<std::size_t>& kept) {
  Batch result(static_cast<Eigen::Index>(rows.size()), static_cast<Eigen::Index>(kept.size()));
  for (std::size_t i = 0; i < rows.size(); ++i)
    for (std::size_t j = 0; j < kept.size(); ++j)
      result(static_cast<Eigen::Index>(i), static_cast<Eigen::Index>(j)) =
          static_cast<Real>(doors[j].enter(table.row(rows[i])[kept[j]]));
  return result;
}

// Takes away the rows that are so far outside that float cannot hold their square.
void leave_out_wild(const PrepareOptions& options, const Sample& table, const Doors& doors,
                    std::vector<std::size_t>& rows, std::vector<std::string>& remarks) {
  constexpr double kFarthest = 1e15;  // scales; room for sums, slopes and gradients
  const auto is_wild = [&](std::size_t r, const std::vector<Column>& some, const std::vector<std::size_t>& kept) {
    for (std::size_t j = 0; j < some.size(); ++j)
      if (!some[j].circle && !(std::abs(some[j].enter(table.row(r)[kept[j]])) <= kFarthest)) return true;
    return false;
  };
  const std::size_t before = rows.size();
  std::erase_if(rows,
                [&](std::size_t r) { return is_wild(r, doors.x, doors.x_kept) || is_wild(r, doors.c, doors.c_kept); });
  if (rows.size() == before) return;
  remarks.push_back(
      fmt::format("{} of {} rows are further out than float can hold and are left out", before - rows.size(), before));
  if (options.warn) options.warn(remarks.back());
  if (rows.empty()) throw Error("no rows are left");
}

Data to_data(const Sample& table, const std::vector<std::size_t>& rows, const Doors& doors) {
  Data data{batch(table, rows, doors.x, doors.x_kept), batch(table, rows, doors.c, doors.c_kept), {}};
  for (const std::size_t r : rows)
    if (table.weighted) data.weight.push_back(table.weight(r));
  return data;
}

constexpr std::size_t kFewValues = 32;

Json context_values(const std::vector<std::vector<double>>& columns) {
  Json all = Json::array();
  for (const std::vector<double>& column : columns) {
    std::set<double> values;
    for (const double value : column)
      if (values.size() <= kFewValues) values.insert(value);
    all.push_back(values.size() <= kFewValues ? Json(values) : Json());
  }
  return all;
}

void require_weights(const Sample& sample) {
  for (std::size_t r = 0; sample.weighted && r < sample.rows(); ++r)
    if (!(sample.weight(r) >= 0) || std::isinf(sample.weight(r)))
      throw Error(fmt::format("row {}: {} is no weight", r + 1, sample.weight(r)));
}

}  // namespace

TrainingData prepare(const Sample& sample, const Sample& valid, const PrepareOptions& options) {
  require_weights(sample);
  require_weights(valid);
  const EqualRows equal = find_equal_rows(sample);
  FirstLook look = look_at(sample, equal, options.threads);
  const bool splits = valid.values.empty();
  const Sample& judged = splits ? sample : valid;
  const std::vector<std::size_t> each = all_rows(sample.rows());
  Split rows = splits ? split(look.repeated ? equal.first : each, options.valid_share, options.seed)
                      : Split{each, all_rows(valid.rows())};
  if (options.doors) look.warnings.clear();  // said when they were measured
  for (const std::string& line : look.warnings)
    if (options.warn) options.warn(line);
  const Doors doors = options.doors ? *options.doors : measure_doors(sample, rows.train, options.constant);
  leave_out_wild(options, sample, doors, rows.train, look.warnings);
  leave_out_wild(options, judged, doors, rows.valid, look.warnings);
  std::vector<std::vector<double>> context;
  for (const std::size_t j : doors.c_kept) {
    context.emplace_back();
    for (const std::size_t r : rows.train) context.back().push_back(sample.row(r)[j]);
  }
  return {to_data(sample, rows.train, doors),
          to_data(judged, rows.valid, doors),
          doors.x,
          doors.c,
          look.warnings,
          context_values(context)};
}

}  // namespace NF_PRECISION
}  // namespace nf
