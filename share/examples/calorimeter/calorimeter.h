// The detector that simulate.cc and encode.cc share: three layers of rectangular cells, read out above a threshold.
#pragma once

#include <array>
#include <cstddef>
#include <string>

struct Layer {
  int rows, columns;  // of cells, row-major
  double from, to;    // depth in radiation lengths
  std::size_t cells() const { return static_cast<std::size_t>(rows * columns); }
};

// Strips before the shower's maximum, fine cells around it, coarse cells behind.
inline constexpr std::array<Layer, 3> kLayers = {{{3, 8, 0, 5}, {6, 6, 5, 15}, {4, 4, 15, 25}}};
inline constexpr double kHalfWidth = 2;   // every layer covers [-2, 2] x [-2, 2] Moliere radii
inline constexpr double kThreshold = 20;  // MeV; a cell below it reads 0

// energy,c0_0,c0_1,...: GeV, then MeV.
inline std::string cell_names() {
  std::string names;
  for (std::size_t l = 0; l < kLayers.size(); ++l)
    for (std::size_t i = 0; i < kLayers[l].cells(); ++i) names += ",c" + std::to_string(l) + "_" + std::to_string(i);
  return names;
}
