#pragma once
// The standard normal distribution in double, whatever Real is.
#include <algorithm>
#include <cmath>
#include <numbers>

#include "nf/core/constants.h"
#include "nf/kernels/kernels.h"
#include "nf/kernels/mixture_cdf.h"

namespace nf {

inline double log_normal(double n) { return -(n * n + kLogTwoPi) / 2; }
inline double normal_probability(double n) { return std::erfc(-n / std::numbers::sqrt2) / 2; }

// kernels::kRows at a time, p in (0, 1).
inline void normal_quantiles(const double* p, double* n) {
  alignas(64) double log_p[kernels::kRows], lower[kernels::kRows];
  for (int i = 0; i < kernels::kRows; ++i) log_p[i] = std::log(std::min(p[i], 1 - p[i]));
  kernels::normal_lower_quantile(log_p, lower);
  for (int i = 0; i < kernels::kRows; ++i) n[i] = p[i] < 0.5 ? lower[i] : -lower[i];
}
inline double normal_quantile(double p) {
  double all[kernels::kRows], n[kernels::kRows];
  std::fill_n(all, kernels::kRows, p);
  normal_quantiles(all, n);
  return n[0];
}

}  // namespace nf
