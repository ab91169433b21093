#pragma once
#include <string>
#include <vector>

#include "nf/core/params.h"

namespace nf {

// Where a layer or a base is built: the flow's width, its context's, the slots, the unit's name ("layers.3", "base"),
// and which columns are circles: angles in (-pi, pi], which a layer maps onto themselves (empty: none is).
struct Site {
  int dim = 0, context = 0;
  Params& params;
  std::string name;
  std::vector<bool> circles = {};
  bool is_circle(int column) const { return !circles.empty() && circles[static_cast<std::size_t>(column)]; }
};

}  // namespace nf
