#pragma once
#include <cmath>
#include <numbers>

namespace nf {

inline constexpr double kPi = std::numbers::pi, kTwoPi = 2 * std::numbers::pi;
inline const double kLogTwoPi = std::log(kTwoPi);  // of a normal density's normaliser

inline constexpr int kMostColumns = 1 << 16;  // of a flow, on each side of every layer, and as many of its context

}  // namespace nf
