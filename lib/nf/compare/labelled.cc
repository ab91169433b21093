#include "nf/compare/labelled.h"

#include <algorithm>
#include <cmath>

#include "nf/core/factor.h"
#include "nf/core/random.h"

namespace nf::compare {
namespace {

constexpr double kClip = 10;
constexpr double kNormalRange = 3.29;   // of 5 to 95 %, in standard deviations of a normal
constexpr double kNoDirection = 1e-10;  // of the largest variance: below this columns repeat each other

double quantile(std::vector<double>& values, double share) {
  const auto at = values.begin() + static_cast<std::ptrdiff_t>(share * static_cast<double>(values.size() - 1));
  std::nth_element(values.begin(), at, values.end());
  return *at;
}

// For columns that are nearly always the same.
double spread(const std::vector<double>& values, double center) {
  double squares = 0;
  for (const double v : values) squares += (v - center) * (v - center);
  return squares > 0 ? std::sqrt(squares / static_cast<double>(values.size())) : 1;
}

// Columns of all rows, in the units that the rows `from` give.
Eigen::MatrixXd robust_units(const Labelled& data, const std::vector<std::size_t>& from) {
  Eigen::MatrixXd x(static_cast<Eigen::Index>(data.size()), data.columns);
  std::vector<double> values(from.size());
  for (int c = 0; c < data.columns; ++c) {
    for (std::size_t i = 0; i < from.size(); ++i) values[i] = data.row(from[i])[c];
    const double center = quantile(values, 0.5), low = quantile(values, 0.05), high = quantile(values, 0.95);
    const double scale = high > low ? (high - low) / kNormalRange : spread(values, center);
    for (std::size_t i = 0; i < data.size(); ++i)
      x(static_cast<Eigen::Index>(i), c) = std::clamp((data.row(i)[c] - center) / scale, -kClip, kClip);
  }
  return x;
}

// Principal components of the rows `from`, each with variance 1; those without variance are 0.
Eigen::MatrixXd decorrelated(const Eigen::MatrixXd& x, const std::vector<std::size_t>& from) {
  const auto rows = static_cast<double>(from.size());
  Eigen::RowVectorXd mean = Eigen::RowVectorXd::Zero(x.cols());
  for (const std::size_t i : from) mean += x.row(static_cast<Eigen::Index>(i)) / rows;
  Eigen::MatrixXd centred(static_cast<Eigen::Index>(from.size()), x.cols());
  for (std::size_t i = 0; i < from.size(); ++i)
    centred.row(static_cast<Eigen::Index>(i)) = x.row(static_cast<Eigen::Index>(from[i])) - mean;
  Eigen::VectorXd variances;
  Eigen::MatrixXd directions;
  if (!symmetric_eigen(centred.transpose() * centred / rows, variances, directions))
    throw Error("the correlations of the tables have no principal directions");
  const double least = kNoDirection * variances.maxCoeff();
  for (Eigen::Index k = 0; k < directions.cols(); ++k)
    directions.col(k) *= variances[k] > least ? 1 / std::sqrt(variances[k]) : 0;
  return ((x.rowwise() - mean) * directions).cwiseMax(-kClip).cwiseMin(kClip);
}

}  // namespace

Labelled::Labelled(const TableView& a, const TableView& b, Eigen::Index most_rows, int folds, std::uint64_t seed)
    : columns(a.columns) {
  add(a, most_rows, folds, seed_of_part(seed, 0));
  first_b = size();
  add(b, most_rows, folds, seed_of_part(seed, 1));
}

void Labelled::add(const TableView& table, Eigen::Index most_rows, int folds, std::uint64_t seed) {
  int next = 0;
  for (const Eigen::Index r : draw_rows(table.rows, most_rows, seed)) {
    values.insert(values.end(), table.values + r * columns, table.values + (r + 1) * columns);
    fold.push_back(next++ % folds);
  }
}

std::vector<float> network_inputs(const Labelled& data, const std::vector<std::size_t>& from) {
  const Eigen::MatrixXd x = robust_units(data, from), w = decorrelated(x, from);
  std::vector<float> inputs(data.size() * 2 * static_cast<std::size_t>(data.columns));
  float* at = inputs.data();
  for (Eigen::Index r = 0; r < x.rows(); ++r)
    for (const Eigen::MatrixXd* part : {&x, &w})
      for (Eigen::Index c = 0; c < x.cols(); ++c) *at++ = static_cast<float>((*part)(r, c));
  return inputs;
}

}  // namespace nf::compare
