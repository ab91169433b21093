#include "nf/flow/score.h"

namespace nf {
inline namespace NF_PRECISION {

void score(const Flow& flow, const Pass& pass, TileIn x, const LogDet& weight, LogDet& lp, Tile dx) {
  Stack own;
  Scratch scratch(*pass.scratch);
  Tile z = scratch.tile(flow.noise_dim()), dz = scratch.tile(flow.noise_dim());
  Pass frozen{.theta = pass.theta,
              .context = pass.context,
              .rows = pass.rows,
              .noise = pass.noise,
              .prepared = pass.prepared,
              .tape = pass.tape ? pass.tape : &own,
              .scratch = pass.scratch};
  flow.log_prob(frozen, x, z, lp);
  dz.setZero();
  flow.base().backward(frozen, in(z), weight, dz);
  flow.encode_backward(frozen, in(dz), weight, dx);
}

}  // namespace NF_PRECISION
}  // namespace nf
