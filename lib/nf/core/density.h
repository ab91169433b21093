#pragma once
#include <string>

#include "nf/core/pass.h"

namespace nf {
inline namespace NF_PRECISION {

// An unnormalised density over R^dim. Const and shared by all threads.
class Density {
 public:
  virtual ~Density() = default;
  virtual int dim() const = 0;
  // lp = log p~(x) and dx = its gradient, for the first pass.rows rows of the tile; the others get anything.
  virtual void log_density(Pass& pass, TileIn x, LogDet& lp, Tile dx) const = 0;
};

}  // namespace NF_PRECISION
}  // namespace nf
