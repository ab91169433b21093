#include "nf/model/importance.h"

#include <algorithm>
#include <cmath>

namespace nf {
inline namespace NF_PRECISION {
namespace {

// Shape of a generalised Pareto distribution fitted to ascending values above 0: the posterior mean of Zhang and
// Stephens over a grid of its other parameter, drawn towards 1/2 with the weight of ten values.
double pareto_shape(const std::vector<double>& x) {
  const auto n = static_cast<double>(x.size());
  const int grid = 30 + static_cast<int>(std::sqrt(n));
  const double quartile = x[static_cast<std::size_t>(n / 4 + 0.5) - 1];
  const auto shape_at = [&](double theta) {
    double sum = 0;
    for (const double v : x) sum += std::log1p(-theta * v);
    return sum / n;
  };
  std::vector<double> theta, likelihood;
  for (int i = 1; i <= grid; ++i) {
    theta.push_back(1 / x.back() + (1 - std::sqrt(grid / (i - 0.5))) / 3 / quartile);
    const double k = shape_at(theta.back());
    likelihood.push_back(n * (std::log(-theta.back() / k) - k - 1));
  }
  const double most = *std::max_element(likelihood.begin(), likelihood.end());
  double sum = 0, mean = 0;
  for (std::size_t i = 0; i < theta.size(); ++i) {
    const double w = std::exp(likelihood[i] - most);
    sum += w;
    mean += w * theta[i];
  }
  return (n * shape_at(mean / sum) + 5) / (n + 10);
}

}  // namespace

ImportanceReport importance_report(std::vector<double> log_weights) {
  ImportanceReport report{static_cast<std::int64_t>(log_weights.size()), NAN, NAN, NAN, NAN};
  const auto bad = [](double w) { return std::isnan(w) || w == INFINITY; };
  if (log_weights.empty() || std::any_of(log_weights.begin(), log_weights.end(), bad)) return report;
  std::sort(log_weights.begin(), log_weights.end());
  const double most = log_weights.back();
  if (most == -INFINITY) return report;
  double sum = 0, squares = 0;
  for (double& w : log_weights) {  // weights from here on, the largest 1
    w = std::exp(w - most);
    sum += w;
    squares += w * w;
  }
  const auto n = static_cast<double>(log_weights.size());
  report.log_normaliser = most + std::log(sum / n);
  report.effective_share = sum * sum / (n * squares);
  report.log_normaliser_error = std::sqrt(std::max(0.0, 1 / report.effective_share - 1) / n);
  const auto tail = static_cast<std::size_t>(std::ceil(std::min(0.2 * n, 3 * std::sqrt(n))));
  if (tail < 5 || tail >= log_weights.size()) return report;
  const double cut = log_weights[log_weights.size() - tail - 1];
  std::vector<double> beyond;
  for (auto w = log_weights.end() - static_cast<std::ptrdiff_t>(tail); w != log_weights.end(); ++w)
    if (*w > cut) beyond.push_back(*w - cut);
  // Equal weights have no tail.
  report.pareto_k = beyond.size() < 5 || beyond.back() <= 1e-12 * cut ? -INFINITY : pareto_shape(beyond);
  return report;
}

}  // namespace NF_PRECISION
}  // namespace nf
