#include "nf/compare/distances.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "nf/core/random.h"

namespace nf::compare {
namespace {

// Unit vectors, a row each.
Eigen::MatrixXd directions(int count, int columns, std::uint64_t seed) {
  Eigen::MatrixXd all(count, columns);
  Vector memory(kTile * columns);
  for (int first = 0; first < count; first += kTile) {
    Random{seed}.normals(Stream::kInit, static_cast<std::uint64_t>(first), columns, memory.data());
    const int rows = std::min(kTile, count - first);
    all.middleRows(first, rows) = TileIn(memory.data(), kTile, columns).topRows(rows).cast<double>();
  }
  return all.rowwise().normalized();
}

std::vector<double> sorted_projection(const TableView& table, const std::vector<Moments>& unit,
                                      const Eigen::RowVectorXd& direction) {
  std::vector<double> values(table.rows);
  for (Eigen::Index r = 0; r < table.rows; ++r) {
    double sum = 0;
    for (int c = 0; c < table.columns; ++c) {
      const Moments& m = unit[c];
      sum += direction[c] * ((table(r, c) - m.mean) / m.sd);
    }
    values[r] = sum;
  }
  std::sort(values.begin(), values.end());
  return values;
}

// Both quantile functions are steps; u counts in units of 1 / (n m), where all steps are whole numbers.
double wasserstein(const std::vector<double>& a, const std::vector<double>& b) {
  const std::uint64_t n = a.size(), m = b.size();
  double sum = 0;
  for (std::uint64_t i = 0, j = 0, u = 0; i < n && j < m;) {
    const std::uint64_t end_a = (i + 1) * m, end_b = (j + 1) * n, end = std::min(end_a, end_b);
    sum += static_cast<double>(end - u) * std::abs(a[i] - b[j]);
    u = end;
    if (end_a == end) ++i;
    if (end_b == end) ++j;
  }
  return sum / (static_cast<double>(n) * static_cast<double>(m));
}

// Some rows, a column each: the loops run along a feature.
Eigen::ArrayXXd standardised(const TableView& table, const std::vector<Moments>& unit,
                             const std::vector<Eigen::Index>& rows) {
  Eigen::ArrayXXd x(static_cast<Eigen::Index>(rows.size()), table.columns);
  for (int c = 0; c < table.columns; ++c) {
    const Moments& m = unit[c];
    for (std::size_t r = 0; r < rows.size(); ++r)
      x(static_cast<Eigen::Index>(r), c) = (table(rows[r], c) - m.mean) / m.sd;
  }
  return x;
}

// Sum of |x_i - y_j| over all pairs.
double sum_of_distances(const Eigen::ArrayXXd& x, const Eigen::ArrayXXd& y, Pool& pool) {
  constexpr Eigen::Index kRows = 64;
  const auto tasks = static_cast<int>((x.rows() + kRows - 1) / kRows);
  std::vector<double> sums(tasks);
  pool.run(tasks, [&](int task, int) {
    Eigen::ArrayXd squares(y.rows());
    double sum = 0;
    for (Eigen::Index i = task * kRows; i < std::min(x.rows(), (task + 1) * kRows); ++i) {
      squares = (y.col(0) - x(i, 0)).square();
      for (Eigen::Index c = 1; c < y.cols(); ++c) squares += (y.col(c) - x(i, c)).square();
      sum += squares.sqrt().sum();
    }
    sums[task] = sum;
  });
  return std::accumulate(sums.begin(), sums.end(), 0.0);
}

}  // namespace

double sliced_wasserstein(const TableView& a, const TableView& b, int projections, std::uint64_t seed, Pool& pool) {
  require_comparable(a, b);
  const int count = a.columns == 1 ? 1 : projections;  // with one column all directions give the same
  const std::vector<Moments> unit = pooled_moments(a, b);
  const Eigen::MatrixXd along = directions(count, a.columns, seed);
  std::vector<double> distances(count);
  pool.run(count, [&](int p, int) {
    distances[p] = wasserstein(sorted_projection(a, unit, along.row(p)), sorted_projection(b, unit, along.row(p)));
  });
  return std::accumulate(distances.begin(), distances.end(), 0.0) / count;
}

double energy_distance(const TableView& a, const TableView& b, Eigen::Index most_rows, std::uint64_t seed, Pool& pool) {
  require_comparable(a, b);
  const std::vector<Moments> unit = pooled_moments(a, b);
  const Eigen::ArrayXXd x = standardised(a, unit, draw_rows(a.rows, most_rows, seed_of_part(seed, 0)));
  const Eigen::ArrayXXd y = standardised(b, unit, draw_rows(b.rows, most_rows, seed_of_part(seed, 1)));
  const auto n = static_cast<double>(x.rows()), m = static_cast<double>(y.rows());
  return 2 * sum_of_distances(x, y, pool) / (n * m) - sum_of_distances(x, x, pool) / (n * (n - 1)) -
         sum_of_distances(y, y, pool) / (m * (m - 1));
}

}  // namespace nf::compare
