#include "nf/data/measure.h"

#include <fmt/format.h>

#include <algorithm>

namespace nf {
inline namespace NF_PRECISION {
namespace {

// Doors of numbers see the training rows, those that list what there is all rows, others with weight 0.
ColumnValues values_of(const Sample& table, std::size_t j, const std::vector<std::size_t>& rows) {
  ColumnValues column{.values = {}, .label = table.label(j)};
  if (!table.words.empty()) column.words = table.words[j];
  const Json wish = table.door(j);
  const Json kind = wish.is_object() ? wish.value("kind", Json()) : wish;
  if (kind.is_null() || kind == "standardise" || kind == "circle") {
    for (const std::size_t r : rows) column.values.push_back(table.row(r)[j]);
    for (const std::size_t r : rows)
      if (table.weighted) column.weights.push_back(table.weight(r));
  } else {
    column.weights.assign(table.rows(), 0.0);
    for (std::size_t r = 0; r < table.rows(); ++r) column.values.push_back(table.row(r)[j]);
    for (const std::size_t r : rows) column.weights[r] = table.weight(r);
  }
  return column;
}

[[noreturn]] void throw_constant(const ColumnValues& column) {
  std::size_t i = 0;
  while (column.weight(i) == 0) ++i;
  throw ConstantColumn(fmt::format("column {} is constant ({}) in the {}training rows", column.label, column.values[i],
                                   column.values.size() < 10 ? fmt::format("{} ", column.values.size()) : ""));
}

// Doors of columns first .. first + names.size() - 1; `kept` gets the places of those that vary.
std::vector<Column> measure_all(const std::function<void(std::size_t)>& constant, const Sample& table,
                                const std::vector<std::size_t>& rows, std::size_t first,
                                const std::vector<std::string>& names, std::vector<std::size_t>& kept) {
  std::vector<Column> columns;
  for (std::size_t j = first; j < first + names.size(); ++j) {
    const ColumnValues values = values_of(table, j, rows);
    if (auto door = measure_door(table.door(j), values)) {
      columns.push_back({names[j - first], std::move(door)});
      kept.push_back(j);
    } else if (constant) {
      constant(j);
    } else {
      throw_constant(values);
    }
  }
  return columns;
}

}  // namespace

Doors measure_doors(const Sample& table, const std::vector<std::size_t>& rows,
                    const std::function<void(std::size_t)>& constant) {
  if (rows.size() < 2) throw Error(fmt::format("too few rows to train on: {} of {}", rows.size(), table.rows()));
  Doors doors;
  doors.x = measure_all(constant, table, rows, 0, table.x_names, doors.x_kept);
  doors.c = measure_all(constant, table, rows, table.x_names.size(), table.c_names, doors.c_kept);
  if (doors.x.empty()) throw Error("all columns are constant");
  return doors;
}

Doors doors_as(const std::vector<Column>& x, const std::vector<Column>& c) {
  Doors doors{x, c, {}, {}};
  for (std::size_t j = 0; j < x.size(); ++j) doors.x_kept.push_back(j);
  for (std::size_t j = 0; j < c.size(); ++j) doors.c_kept.push_back(x.size() + j);
  return doors;
}

}  // namespace NF_PRECISION
}  // namespace nf
