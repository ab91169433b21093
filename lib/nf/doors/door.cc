#include "nf/doors/door.h"

namespace nf {
inline namespace NF_PRECISION {

std::shared_ptr<const Door> plain_door(Manifold manifold) {
  static const std::shared_ptr<const Door> line = make_door("standardise", "door"),
                                           circle = make_door("circle", "door");
  return manifold == Manifold::kCircle ? circle : line;
}

}  // namespace NF_PRECISION
}  // namespace nf
