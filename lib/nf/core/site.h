#pragma once
#include <cstddef>
#include <string>
#include <vector>

#include "nf/core/params.h"

namespace nf {

// Where a slot's numbers stand in theta.
struct Place {
  std::size_t offset = 0;
  std::ptrdiff_t ld = 0;
  std::size_t at(int row, int col = 0) const { return offset + row * ld + col; }
};

// Where a layer or a base is built: the flow's width, its context's, the slots, the unit's name ("layers.3", "base"),
// and which columns are circles: angles in (-pi, pi], which a layer maps onto themselves (empty: none is).
struct Site {
  int dim = 0, context = 0;
  Params& params;
  std::string name;
  std::vector<bool> circles = {};
  bool is_circle(int column) const { return !circles.empty() && circles[column]; }
  // A slot of this unit, "layers.3.mean" for "mean".
  Place add(const char* what, int rows, int cols, bool trainable = true) const {
    const Slot& slot =
        params[params.add({.name = name + "." + what, .rows = rows, .cols = cols, .trainable = trainable})];
    return {slot.offset, slot.ld};
  }
};

}  // namespace nf
