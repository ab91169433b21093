#pragma once
// A density's gradient by the row, with its numbers held fast.
#include "nf/flow/flow.h"

namespace nf {
inline namespace NF_PRECISION {

// lp += log p(x) by the flow, dx = weight d(log p)/dx. Of `pass` the numbers, the context, the rows, the noise and the
// memory are used; its tape, if it has one, is left as it was.
void score(const Flow& flow, const Pass& pass, TileIn x, const LogDet& weight, LogDet& lp, Tile dx);

}  // namespace NF_PRECISION
}  // namespace nf
