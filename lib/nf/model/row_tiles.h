#pragma once
// Rows of a model, a tile at a time, on several threads.
#include <algorithm>
#include <cstdint>
#include <vector>

#include "nf/core/parallel.h"
#include "nf/model/model.h"

namespace nf {
inline namespace NF_PRECISION {

// Calls what(pass, first row, rows that are real) for every tile; the pass has the rows' context, `c` in data units, a
// row after another. prepared: Flow::prepare's; memory: one a thread; noise: of the first row.
template <class What>
void for_row_tiles(const Model& model, const Vector& prepared, Pool& pool, std::vector<Stack>& memory, int rows,
                   const double* c, const Noise& noise, What what) {
  pool.run((rows + kTile - 1) / kTile, [&](int task, int worker) {
    const int first = task * kTile, real = std::min(kTile, rows - first), width = model.flow.context();
    Stack& stack = memory[worker];
    Scratch scratch(stack);
    Tile context = scratch.tile(width);
    const Noise own{noise.seed, noise.first_row + static_cast<std::uint64_t>(first)};
    const auto columns = static_cast<std::ptrdiff_t>(model.context.size());
    if (width > 0) enter_context(model.context, own, c + first * columns, real, context, stack);
    Pass pass{.theta = model.theta.data(),
              .context = context.data(),
              .rows = real,
              .noise = own,
              .prepared = prepared.data(),
              .scratch = &stack};
    what(pass, first, real);
  });
}

}  // namespace NF_PRECISION
}  // namespace nf
