#pragma once
#include <cmath>

#include "nf/core/constants.h"

namespace nf {

// What a feature's values are, for the maps, conditioners and bases that meet it.
enum class Manifold : unsigned char {
  kLine,
  kCircle,  // angles in (-pi, pi], the ends joined: maps take the circle onto itself, its noise is uniform
  kLevels,  // whole numbers from 0 on, of which only equality means something; their noise is uniform on (0, 1)
};

inline constexpr int kMostLevels = 256;  // of a column

// A column of what a flow sees.
struct Feature {
  Manifold manifold = Manifold::kLine;
  int levels = 0;  // how many, of kLevels
  int gate = -1;   // where >= 0: the kLevels column at whose level 0 alone this one is there; else it is 0
};

// The shorter way round, where there are two, given the difference of two features.
template <class T>
T shortest(Manifold manifold, T difference) {
  constexpr T kTurn = static_cast<T>(kTwoPi);
  return manifold == Manifold::kCircle ? difference - kTurn * std::round(difference / kTurn) : difference;
}

}  // namespace nf
