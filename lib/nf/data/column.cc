#include "nf/data/column.h"

#include <algorithm>

#include "nf/core/load_tile.h"

namespace nf {
inline namespace NF_PRECISION {

std::vector<std::string> names(const std::vector<Column>& columns) {
  std::vector<std::string> result;
  for (const Column& column : columns) result.push_back(column.name);
  return result;
}

Json to_json(const std::vector<Column>& columns) {
  Json list = Json::array();
  for (const Column& column : columns) list.push_back({{"name", column.name}, {"door", column.door->spec()}});
  return list;
}

int features(const std::vector<Column>& columns) {
  int sum = 0;
  for (const Column& column : columns) sum += column.door->features();
  return sum;
}

std::vector<Manifold> manifolds(const std::vector<Column>& columns) {
  std::vector<Manifold> all;
  for (const Column& column : columns) all.insert(all.end(), column.door->features(), column.door->manifold());
  return all;
}

void enter(const std::vector<Column>& columns, const Noise& noise, const double* values, int rows, Tile x, LogDet& ld) {
  const auto width = static_cast<std::ptrdiff_t>(columns.size());
  int at = 0;
  for (std::ptrdiff_t j = 0; j < width; ++j) {
    const Door& door = *columns[j].door;
    door.enter(noise, values + j, width, rows, nf::columns(x, at, door.features()), ld);
    at += door.features();
  }
}

void leave(const std::vector<Column>& columns, const Noise& noise, TileIn x, int rows, double* values, LogDet& ld) {
  const auto width = static_cast<std::ptrdiff_t>(columns.size());
  int at = 0;
  for (std::ptrdiff_t j = 0; j < width; ++j) {
    const Door& door = *columns[j].door;
    door.leave(noise, nf::columns(x, at, door.features()), rows, values + j, width, ld);
    at += door.features();
  }
}

Batch enter_rows(const std::vector<Column>& columns, std::int64_t rows,
                 const std::function<const double*(std::int64_t)>& values, std::vector<double>* log_det) {
  const int dim = features(columns);
  const std::size_t width = columns.size();
  std::vector<double> some(kTile * width);
  Batch batch(rows, dim);
  if (log_det) log_det->assign(static_cast<std::size_t>(rows), 0);
  Stack memory;
  Scratch scratch(memory);
  Tile x = scratch.tile(dim);
  for (std::int64_t first = 0; first < rows; first += kTile) {
    const int real = static_cast<int>(std::min<std::int64_t>(kTile, rows - first));
    for (int r = 0; r < real; ++r) std::copy_n(values(first + r), width, some.begin() + r * width);
    LogDet ld = LogDet::Zero();
    enter(columns, {0, static_cast<std::uint64_t>(first)}, some.data(), real, x, ld);
    batch.middleRows(first, real) = x.topRows(real);
    if (log_det) std::copy_n(ld.data(), real, log_det->begin() + first);
  }
  return batch;
}

Batch enter_rows(const std::vector<Column>& columns, const double* values, std::int64_t rows) {
  const auto width = static_cast<std::int64_t>(columns.size());
  return enter_rows(columns, rows, [&](std::int64_t r) { return values + r * width; });
}

std::vector<double> leave_rows(const std::vector<Column>& columns, const Batch& x) {
  std::vector<double> values(static_cast<std::size_t>(x.rows()) * columns.size());
  Stack memory;
  Scratch scratch(memory);
  Tile tile = scratch.tile(static_cast<int>(x.cols()));
  for (Eigen::Index first = 0; first < x.rows(); first += kTile) {
    const int real = load_tile(x, first, tile);
    LogDet unused = LogDet::Zero();
    leave(columns, {0, static_cast<std::uint64_t>(first)}, in(tile), real,
          values.data() + first * static_cast<Eigen::Index>(columns.size()), unused);
  }
  return values;
}

}  // namespace NF_PRECISION
}  // namespace nf
