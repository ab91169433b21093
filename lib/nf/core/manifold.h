#pragma once
#include <cmath>

#include "nf/core/constants.h"

namespace nf {

// What a feature's values are, for the maps, conditioners and bases that meet it.
enum class Manifold : unsigned char {
  kLine,
  kCircle,  // angles in (-pi, pi], the ends joined: maps take the circle onto itself, its noise is uniform
};

// The shorter way round, where there are two, given the difference of two features.
template <class T>
T shortest(Manifold manifold, T difference) {
  constexpr T kTurn = static_cast<T>(kTwoPi);
  return manifold == Manifold::kCircle ? difference - kTurn * std::round(difference / kTurn) : difference;
}

}  // namespace nf
