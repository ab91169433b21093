#include "nf/data/redraw.h"

#include <algorithm>

#include "nf/core/load_tile.h"

namespace nf {
inline namespace NF_PRECISION {

Redraw::Redraw(const std::vector<Column>& columns, const std::function<const double*(std::int64_t)>& values,
               const Data& data)
    : columns_(columns) {
  for (const Column& column : columns_) drawn_.push_back(!column.door->exact());
  if (std::find(drawn_.begin(), drawn_.end(), true) == drawn_.end()) return;
  for (Eigen::Index r = 0; r < data.rows(); ++r) {
    const double* const row = values(r);
    for (std::size_t j = 0; j < drawn_.size(); ++j)
      if (drawn_[j]) cells_.push_back(row[j]);
  }
  Stack memory;
  Scratch scratch(memory);
  Tile x = scratch.tile(static_cast<int>(data.x.cols()));
  others_ = data.log_det;
  for (Eigen::Index first = 0; first < data.rows(); first += kTile) {
    const LogDet ld = enter_tile(0, first, data.x, x);
    for (Eigen::Index r = first; r < std::min(first + kTile, data.rows()); ++r)
      others_[static_cast<std::size_t>(r)] -= ld(r - first);
  }
}

LogDet Redraw::enter_tile(std::uint64_t seed, std::int64_t first, const Batch& batch, Tile x) const {
  const int real = load_tile(batch, first, x);
  std::vector<double> rows(static_cast<std::size_t>(real) * columns_.size());
  const auto drawn = static_cast<std::size_t>(std::count(drawn_.begin(), drawn_.end(), true));
  const double* cell = cells_.data() + static_cast<std::size_t>(first) * drawn;
  for (int r = 0; r < real; ++r)
    for (std::size_t j = 0; j < columns_.size(); ++j)
      if (drawn_[j]) rows[static_cast<std::size_t>(r) * columns_.size() + j] = *cell++;
  LogDet ld = LogDet::Zero();
  enter(columns_, drawn_, {seed, static_cast<std::uint64_t>(first)}, rows.data(), real, x, ld);
  return ld;
}

void Redraw::operator()(std::uint64_t seed, Pool& pool, Data& data) const {
  const auto tiles = static_cast<int>((data.rows() + kTile - 1) / kTile);
  std::vector<Stack> memory(static_cast<std::size_t>(pool.threads()));
  pool.run(tiles, [&](int task, int worker) {
    Scratch scratch(memory[static_cast<std::size_t>(worker)]);
    Tile x = scratch.tile(static_cast<int>(data.x.cols()));
    const Eigen::Index first = static_cast<Eigen::Index>(task) * kTile, end = std::min(first + kTile, data.rows());
    const LogDet ld = enter_tile(seed, first, data.x, x);
    data.x.middleRows(first, end - first) = x.topRows(end - first);
    for (Eigen::Index r = first; r < end; ++r)
      data.log_det[static_cast<std::size_t>(r)] = others_[static_cast<std::size_t>(r)] + ld(r - first);
  });
  data.mean_log_det = mean_log_det(data);
}

}  // namespace NF_PRECISION
}  // namespace nf
