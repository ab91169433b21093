#pragma once
// What one tile's journey through a flow needs. Layers are const; all that changes stands here, one Pass a thread.
#include <cstdint>

#include "nf/core/stack.h"
#include "nf/core/types.h"

namespace nf {
inline namespace NF_PRECISION {

struct Pass {
  const Real* theta = nullptr;
  Real* dtheta = nullptr;         // gradients are added here; null: frozen, none are computed
  const Real* context = nullptr;  // tile of standardised context columns; null for an unconditional flow
  int rows = kTile;               // real rows of the tile
  bool training = false;          // batch_norm collects statistics
  double* stats = nullptr;        //   here: sums over rows at each layer's place, added to
  // Guided distillation: a layer with a conditioner copies the conditioner's outputs to phi, and in its backward pass
  // adds dphi to their gradient. Null: neither.
  Real* phi = nullptr;
  const Real* dphi = nullptr;
  Stack* tape = nullptr;     // a forward pass pushes, its backward pass pops; null: no backward will follow
  Stack* scratch = nullptr;  // never null
};

// Columns j .. j + n - 1 of a tile.
inline Tile columns(Tile t, int j, int n) { return Tile(t.data() + kTile * j, kTile, n); }
inline TileIn columns(TileIn t, int j, int n) { return TileIn(t.data() + kTile * j, kTile, n); }
inline TileIn in(const Tile& t) { return TileIn(t.data(), kTile, t.cols()); }

// On the tape, if there is one, for the backward pass, which gets it back.
inline void keep(Pass& pass, TileIn x) {
  const int n = static_cast<int>(x.cols());
  if (pass.tape) Tile(pass.tape->push(n), kTile, n) = x;
}
inline TileIn kept(Pass& pass, int columns) { return TileIn(pass.tape->pop(columns), kTile, columns); }

// Memory that the backward pass will pop from the tape, or, without a tape, that ends with the scope.
class Record {
 public:
  explicit Record(Pass& pass) : scratch_(*pass.scratch), tape_(pass.tape) {}
  Real* get(int n) { return tape_ ? tape_->push(n) : scratch_.get(n); }
  Tile tile(int n) { return Tile(get(n), kTile, n); }

 private:
  Scratch scratch_;
  Stack* tape_;
};

}  // namespace NF_PRECISION
}  // namespace nf
