#pragma once
#include <cmath>
#include <numbers>

namespace nf {

inline constexpr double kPi = std::numbers::pi, kTwoPi = 2 * std::numbers::pi;
inline const double kLogTwoPi = std::log(kTwoPi);  // of a normal density's normaliser

}  // namespace nf
