#include "nf/data/column.h"

#include <algorithm>
#include <cmath>

#include "nf/core/constants.h"

namespace nf {
inline namespace NF_PRECISION {

double Column::on_circle(double angle) { return angle - 2 * kPi * std::ceil((angle - kPi) / (2 * kPi)); }

double Column::leave(double value) const {
  if (!circle) return value * scale + mean;
  const double low = mean - kPi * scale, high = mean + kPi * scale, inside = on_circle(value) * scale + mean;
  const auto narrow = static_cast<float>(inside);
  if (static_cast<double>(narrow) > high) return static_cast<double>(std::nextafter(narrow, -INFINITY));
  if (!(static_cast<double>(narrow) > low)) return static_cast<double>(std::nextafter(narrow, INFINITY));
  return inside;
}

std::vector<std::string> names(const std::vector<Column>& columns) {
  std::vector<std::string> result;
  for (const Column& column : columns) result.push_back(column.name);
  return result;
}

Json to_json(const std::vector<Column>& doors) {
  Json list = Json::array();
  for (const Column& door : doors) {
    list.push_back({{"name", door.name}, {"mean", door.mean}, {"scale", door.scale}});
    if (door.circle) list.back()["circle"] = true;
  }
  return list;
}

Batch standardise(const std::vector<Column>& doors, const double* values, std::int64_t rows) {
  const auto width = static_cast<std::int64_t>(doors.size());
  Batch batch(rows, width);
  for (std::int64_t r = 0; r < rows; ++r)
    for (std::int64_t j = 0; j < width; ++j) batch(r, j) = static_cast<Real>(doors[j].enter(values[r * width + j]));
  return batch;
}

void standardise_tile(const std::vector<Column>& doors, const double* values, int rows, Tile tile) {
  const auto width = doors.size();
  for (std::size_t j = 0; j < width; ++j) {
    const Column& door = doors[j];
    Real* to = tile.data() + kTile * j;
    for (int r = 0; r < kTile; ++r)
      to[r] = static_cast<Real>(door.enter(values[static_cast<std::size_t>(std::min(r, rows - 1)) * width + j]));
  }
}

void restore_tile(const std::vector<Column>& doors, TileIn tile, int rows, double* values) {
  const auto width = doors.size();
  for (std::size_t j = 0; j < width; ++j)
    for (int r = 0; r < rows; ++r)
      values[static_cast<std::size_t>(r) * width + j] =
          doors[j].leave(static_cast<double>(tile(r, static_cast<Eigen::Index>(j))));
}

}  // namespace NF_PRECISION
}  // namespace nf
