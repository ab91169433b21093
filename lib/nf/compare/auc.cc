#include "nf/compare/auc.h"

#include <algorithm>
#include <cmath>

namespace nf::compare {
namespace {

// The mean share of `others` below a score, ties counting half, and the variance of that mean.
struct Places {
  double mean = 0, variance = 0;
};

Places places(const std::vector<double>& scores, const std::vector<double>& sorted_others) {
  const auto n = static_cast<double>(scores.size());
  double sum = 0, squares = 0;
  for (const double score : scores) {
    const auto [first, last] = std::equal_range(sorted_others.begin(), sorted_others.end(), score);
    const auto below = static_cast<double>((first - sorted_others.begin()) + (last - sorted_others.begin())) / 2;
    const double place = below / static_cast<double>(sorted_others.size()) - 0.5;
    sum += place;
    squares += place * place;
  }
  return {sum / n + 0.5, std::max(0.0, squares - sum * sum / n) / (n - 1) / n};
}

}  // namespace

Auc auc(std::vector<double> a, std::vector<double> b) {
  std::sort(a.begin(), a.end());
  std::sort(b.begin(), b.end());
  const Places of_b = places(b, a), of_a = places(a, b);
  return {of_b.mean, std::sqrt(of_a.variance + of_b.variance)};
}

}  // namespace nf::compare
