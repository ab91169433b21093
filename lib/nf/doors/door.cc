#include "nf/doors/door.h"

#include <numeric>

namespace nf {
inline namespace NF_PRECISION {

std::shared_ptr<const Door> plain_door(Manifold manifold) {
  static const auto every_level = [] {
    std::vector<int> levels(kMostLevels);
    std::iota(levels.begin(), levels.end(), 0);
    return levels;
  };
  static const std::shared_ptr<const Door> line = make_door("standardise", "door"),
                                           circle = make_door("circle", "door"),
                                           levels = make_door({{"kind", "ordinal"}, {"values", every_level()}}, "door");
  return manifold == Manifold::kLine ? line : manifold == Manifold::kCircle ? circle : levels;
}

}  // namespace NF_PRECISION
}  // namespace nf
