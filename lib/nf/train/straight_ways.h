#pragma once
// What matching compares: a field with the straight way from noise to a row. Liu, Gong, Liu, Flow straight and fast,
// 2022, arXiv:2209.03003; Lipman, Chen, Ben-Hamu, Nickel, Le, Flow matching for generative modeling, 2022,
// arXiv:2210.02747.
#include <string>

#include "nf/flow/flow.h"

namespace nf {
inline namespace NF_PRECISION {

// Why a flow has no ways: its last layer is not a continuous one, or others are; "": it has.
std::string without_ways(const Flow& flow);

// Of a flow whose last layer is continuous; earlier layers stay as they are. Const; any thread may use it. flow must
// outlive it.
class StraightWays {
 public:
  // Throws Error with without_ways().
  explicit StraightWays(const Flow& flow);
  // x as the last layer gets it.
  void arrive(const Pass& pass, TileIn x, Tile data) const;
  // |v(x_t, t) - (data - z)|^2 a row, x_t = (1 - t) z + t data, t drawn from pass.noise, one in each 64th of the
  // tile's. weight: null, or the gradient of sum(weight loss) is added to pass.dtheta and pass.dcontext.
  LogDet losses(Pass& pass, TileIn data, TileIn z, const LogDet* weight) const;

 private:
  const Flow& flow_;
};

}  // namespace NF_PRECISION
}  // namespace nf
