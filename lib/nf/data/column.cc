#include "nf/data/column.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "nf/core/load_tile.h"
#include "nf/core/random.h"

namespace nf {
inline namespace NF_PRECISION {

// Counted from the first row's, so that where all are one number it is that.
double mean_log_det(const Data& data) {
  double sum = 0, weights = 0;
  for (std::size_t r = 0; r < data.log_det.size(); ++r) {
    const double w = data.weight.empty() ? 1.0 : data.weight[r];
    weights += w;
    sum += w * (data.log_det[r] - data.log_det[0]);
  }
  return data.log_det.empty() ? 0 : data.log_det[0] + (weights > 0 ? sum / weights : 0);
}

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

std::vector<Feature> features(const std::vector<Column>& columns) {
  std::vector<Feature> all;
  for (const Column& column : columns) {
    const int first = static_cast<int>(all.size());
    for (int i = 0; i < column.door->features(); ++i) {
      Feature one = column.door->feature(i);
      if (one.gate >= 0) one.gate += first;
      all.push_back(one);
    }
  }
  return all;
}

int num_features(const std::vector<Column>& columns) {
  int sum = 0;
  for (const Column& column : columns) sum += column.door->features();
  return sum;
}

namespace {

int width_in_context(const Feature& one) { return one.manifold == Manifold::kLevels ? one.levels : 1; }

// Each column's own, and another one in a context: two that shared theirs would know each other.
constexpr std::uint64_t kColumns = std::uint64_t{1} << 32, kContext = std::uint64_t{1} << 33;
Noise noise_of(const Noise& noise, std::ptrdiff_t column, std::uint64_t from = kColumns) {
  return {seed_of_part(scrambled(noise.seed), from + static_cast<std::uint64_t>(column)), noise.first_row};
}

void enter_some(const std::vector<Column>& columns, const std::vector<bool>* chosen, const Noise& noise,
                const double* values, int rows, Tile x, LogDet& ld) {
  const auto width = static_cast<std::ptrdiff_t>(columns.size());
  int at = 0;
  for (std::ptrdiff_t j = 0; j < width; ++j) {
    const Door& door = *columns[j].door;
    const int n = door.features();
    if (!chosen || (*chosen)[j]) door.enter(noise_of(noise, j), values + j, width, rows, nf::columns(x, at, n), ld);
    at += n;
  }
}

}  // namespace

int context_width(const std::vector<Column>& columns) {
  int width = 0;
  for (const Column& column : columns)
    for (int i = 0; i < column.door->features(); ++i) width += width_in_context(column.door->feature(i));
  return width;
}

bool exact(const std::vector<Column>& columns) {
  return std::all_of(columns.begin(), columns.end(), [](const Column& column) { return column.door->exact(); });
}

void enter(const std::vector<Column>& columns, const Noise& noise, const double* values, int rows, Tile x, LogDet& ld) {
  enter_some(columns, nullptr, noise, values, rows, x, ld);
}

void enter(const std::vector<Column>& columns, const std::vector<bool>& chosen, const Noise& noise,
           const double* values, int rows, Tile x, LogDet& ld) {
  enter_some(columns, &chosen, noise, values, rows, x, ld);
}

void leave(const std::vector<Column>& columns, const Noise& noise, TileIn x, int rows, double* values, LogDet& ld) {
  const auto width = static_cast<std::ptrdiff_t>(columns.size());
  int at = 0;
  for (std::ptrdiff_t j = 0; j < width; ++j) {
    const Door& door = *columns[j].door;
    const int n = door.features();
    door.leave(noise_of(noise, j), nf::columns(x, at, n), rows, values + j, width, ld);
    at += n;
  }
}

void enter_context(const std::vector<Column>& columns, const Noise& noise, const double* values, int rows, Tile c,
                   Stack& memory) {
  const auto width = static_cast<std::ptrdiff_t>(columns.size());
  LogDet ld = LogDet::Zero();
  int at = 0;
  for (std::ptrdiff_t j = 0; j < width; ++j) {
    const Door& door = *columns[j].door;
    Scratch scratch(memory);
    Tile x = scratch.tile(door.features());
    door.enter(noise_of(noise, j, kContext), values + j, width, rows, x, ld);
    for (int i = 0; i < door.features(); ++i) {
      const Feature one = door.feature(i);
      Tile to = nf::columns(c, at, width_in_context(one));
      at += static_cast<int>(to.cols());
      if (one.manifold != Manifold::kLevels) {
        to = x.col(i);
        continue;
      }
      for (int r = 0; r < kTile; ++r)
        for (int k = 0; k < one.levels; ++k)
          to(r, k) = std::isnan(x(r, i)) ? x(r, i) : static_cast<Real>(x(r, i) == static_cast<Real>(k));
    }
  }
  for (int r = 0; r < kTile; ++r)  // what no row of the context can be
    if (!(ld(r) > -INFINITY)) c.row(r).setConstant(std::numeric_limits<Real>::quiet_NaN());
}

namespace {

// Tile by tile: put(cells of its rows, the first one's number, how many are real).
template <class Put>
void by_tiles(std::size_t width, std::int64_t rows, const std::function<const double*(std::int64_t)>& values, Put put) {
  std::vector<double> some(kTile * width);
  for (std::int64_t first = 0; first < rows; first += kTile) {
    const int real = static_cast<int>(std::min<std::int64_t>(kTile, rows - first));
    for (int r = 0; r < real; ++r) std::copy_n(values(first + r), width, some.data() + r * width);
    put(some.data(), first, real);
  }
}

}  // namespace

Batch enter_rows(const std::vector<Column>& columns, std::int64_t rows,
                 const std::function<const double*(std::int64_t)>& values, std::vector<double>* log_det) {
  const int dim = num_features(columns);
  Batch batch(rows, dim);
  if (log_det) log_det->assign(static_cast<std::size_t>(rows), 0);
  Stack memory;
  Scratch scratch(memory);
  Tile x = scratch.tile(dim);
  by_tiles(columns.size(), rows, values, [&](const double* some, std::int64_t first, int real) {
    LogDet ld = LogDet::Zero();
    enter(columns, {0, static_cast<std::uint64_t>(first)}, some, real, x, ld);
    batch.middleRows(first, real) = x.topRows(real);
    if (log_det) std::copy_n(ld.data(), real, log_det->begin() + first);
  });
  return batch;
}

Batch enter_context_rows(const std::vector<Column>& columns, std::int64_t rows,
                         const std::function<const double*(std::int64_t)>& values) {
  Batch batch(rows, context_width(columns));
  Stack memory;
  Scratch scratch(memory);
  Tile c = scratch.tile(static_cast<int>(batch.cols()));
  by_tiles(columns.size(), rows, values, [&](const double* some, std::int64_t first, int real) {
    enter_context(columns, {0, static_cast<std::uint64_t>(first)}, some, real, c, memory);
    batch.middleRows(first, real) = c.topRows(real);
  });
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
