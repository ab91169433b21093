#pragma once
// log s = r / (1 + |r| / ln 1000), the smooth bound that every trained scale s has: from 1/1000 to 1000, never NaN.
#include <algorithm>
#include <cmath>

#include "nf/kernels/kernels.h"

namespace nf {

using kernels::kLogScaleBound;

// log s is r times it, d log s / dr its square.
template <class T>
T shrink(T r) {
  return 1 / (1 + std::abs(r) / static_cast<T>(kLogScaleBound));
}
template <class T>
T log_scale(T r) {
  if (std::isinf(r)) return std::copysign(static_cast<T>(kLogScaleBound), r);
  return r * shrink(r);
}
// The r of a log s, which is kept a little within the bound.
inline double unbounded(double log_s) {
  const double inside = std::clamp(log_s, -0.99 * kLogScaleBound, 0.99 * kLogScaleBound);
  return inside / (1 - std::abs(inside) / kLogScaleBound);
}

}  // namespace nf
