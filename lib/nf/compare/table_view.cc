#include "nf/compare/table_view.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "nf/core/random.h"

namespace nf::compare {
namespace {

void require_finite(const TableView& table, const char* which) {
  if (table.rows < 2) throw Error(fmt::format("the {} table has {} rows: at least 2 are needed", which, table.rows));
  const double* const end = table.values + table.rows * table.columns;
  const double* const bad = std::find_if_not(table.values, end, [](double v) { return std::isfinite(v); });
  if (bad == end) return;
  const auto at = bad - table.values;
  throw Error(fmt::format("the {} table's row {}, column {}: {} is not finite", which, at / table.columns + 1,
                          at % table.columns + 1, *bad));
}

}  // namespace

void require_comparable(const TableView& a, const TableView& b) {
  if (a.columns != b.columns || a.columns < 1)
    throw Error(fmt::format("tables with {} and {} columns cannot be compared", a.columns, b.columns));
  require_finite(a, "first");
  require_finite(b, "second");
}

std::vector<Eigen::Index> draw_rows(Eigen::Index rows, Eigen::Index count, std::uint64_t seed) {
  std::vector<Eigen::Index> order(rows);
  std::iota(order.begin(), order.end(), Eigen::Index{0});
  const auto wanted = static_cast<std::size_t>(std::min(count, rows));
  Uniforms random(seed, Stream::kShuffle);
  for (std::size_t i = 0; i < wanted; ++i) std::swap(order[i], order[i + random.below(order.size() - i)]);
  order.resize(wanted);
  return order;
}

std::vector<Moments> moments(const TableView& table) {
  std::vector<Moments> all(table.columns);
  const auto rows = static_cast<double>(table.rows);
  const auto each = [&](auto&& add) {
    for (Eigen::Index r = 0; r < table.rows; ++r)
      for (int c = 0; c < table.columns; ++c) add(all[c], table(r, c));
  };
  each([&](Moments& m, double value) { m.mean += value / rows; });
  each([](Moments& m, double value) { m.sd += (value - m.mean) * (value - m.mean); });
  for (Moments& m : all) {
    m.sd = std::sqrt(m.sd / rows);
    if (m.sd <= 1e-12 * std::abs(m.mean)) m.sd = 0;  // a constant, whose mean was rounded
  }
  return all;
}

std::vector<Moments> pooled_moments(const TableView& a, const TableView& b) {
  std::vector<Moments> pooled = moments(a);
  const std::vector<Moments> other = moments(b);
  for (std::size_t c = 0; c < pooled.size(); ++c) {
    const Moments x = pooled[c], y = other[c];
    const double half = (x.mean - y.mean) / 2;
    pooled[c].mean = y.mean + half;
    pooled[c].sd = std::sqrt((x.sd * x.sd + y.sd * y.sd) / 2 + half * half);
    if (pooled[c].sd == 0) pooled[c].sd = 1;
  }
  return pooled;
}

}  // namespace nf::compare
