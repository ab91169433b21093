#include "nf/compare/columns.h"

#include "nf/core/constants.h"

#include <algorithm>
#include <cmath>

namespace nf::compare {
namespace {

std::vector<double> sorted_column(const TableView& table, int column) {
  std::vector<double> values(table.rows);
  for (Eigen::Index r = 0; r < table.rows; ++r) values[r] = table(r, column);
  std::sort(values.begin(), values.end());
  return values;
}

// The distributions are compared behind each value, when all that equal it have been counted.
double ks_distance(const std::vector<double>& a, const std::vector<double>& b) {
  const auto n = static_cast<double>(a.size()), m = static_cast<double>(b.size());
  double most = 0;
  for (std::size_t i = 0, j = 0; i < a.size() && j < b.size();) {
    const double value = std::min(a[i], b[j]);
    while (i < a.size() && a[i] == value) ++i;
    while (j < b.size() && b[j] == value) ++j;
    most = std::max(most, std::abs(static_cast<double>(i) / n - static_cast<double>(j) / m));
  }
  return most;
}

Eigen::MatrixXd correlations(const TableView& table) {
  constexpr Eigen::Index kBlock = 4096;
  const std::vector<Moments> columns = moments(table);
  Eigen::MatrixXd sums = Eigen::MatrixXd::Zero(table.columns, table.columns), block;
  for (Eigen::Index first = 0; first < table.rows; first += kBlock) {
    block.resize(std::min(kBlock, table.rows - first), table.columns);
    for (int c = 0; c < table.columns; ++c) {
      const Moments& m = columns[c];
      const double scale = m.sd > 0 ? 1 / m.sd : 0;
      for (Eigen::Index r = 0; r < block.rows(); ++r) block(r, c) = (table(first + r, c) - m.mean) * scale;
    }
    sums.noalias() += block.transpose() * block;
  }
  return sums / static_cast<double>(table.rows);
}

}  // namespace

// Two series for the same function: the first converges fast for large x, the second, its theta transform, for small.
double kolmogorov_survival(double x) {
  if (x <= 0) return 1;
  double sum = 0;
  if (x > 1) {
    for (int k = 1; k <= 6; ++k) sum += (k % 2 ? 2 : -2) * std::exp(-2.0 * k * k * x * x);
    return sum;
  }
  for (int k = 1; k <= 11; k += 2) sum += std::exp(-k * k * kPi * kPi / (8 * x * x));
  return 1 - std::sqrt(kTwoPi) / x * sum;
}

std::vector<KsResult> ks(const TableView& a, const TableView& b, Pool& pool) {
  require_comparable(a, b);
  const auto n = static_cast<double>(a.rows), m = static_cast<double>(b.rows);
  std::vector<KsResult> results(a.columns);
  pool.run(a.columns, [&](int column, int) {
    KsResult& result = results[column];
    result.distance = ks_distance(sorted_column(a, column), sorted_column(b, column));
    result.p_value = kolmogorov_survival(std::sqrt(n * m / (n + m)) * result.distance);
  });
  return results;
}

CorrelationDifference correlation_difference(const TableView& a, const TableView& b) {
  require_comparable(a, b);
  const Eigen::MatrixXd difference = correlations(b) - correlations(a);
  CorrelationDifference result;
  double squares = 0;
  for (int i = 0; i < a.columns; ++i)
    for (int j = i + 1; j < a.columns; ++j) {
      const double d = difference(i, j);
      squares += d * d;
      if (result.first >= 0 && std::abs(d) <= std::abs(result.largest)) continue;
      result.largest = d;
      result.first = i;
      result.second = j;
    }
  if (a.columns > 1) result.rms = std::sqrt(2 * squares / (a.columns * (a.columns - 1.0)));
  return result;
}

}  // namespace nf::compare
