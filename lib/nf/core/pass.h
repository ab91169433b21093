#pragma once
// What one tile's journey through a flow needs. Layers are const; all that changes stands here, one Pass a thread.
#include <cstdint>

#include "nf/core/stack.h"
#include "nf/core/types.h"

namespace nf {
inline namespace NF_PRECISION {

class Density;

// Randomness by place: what a layer draws for a row is a function of the seed, the layer and the row's number.
struct Noise {
  std::uint64_t seed = 0, first_row = 0;  // of the tile's first row
  // `columns` columns of the layer's own stream (Wants::streams): standard normal, or uniform on (0, 1).
  void normals(int stream, int columns, Real* tile) const;
  void uniforms(int stream, int columns, Real* tile) const;
};

struct Pass {
  const Real* theta = nullptr;
  Real* dtheta = nullptr;           // gradients are added here; null: frozen, none are computed
  const Real* context = nullptr;    // tile of standardised context columns; null for an unconditional flow
  Real* dcontext = nullptr;         // tile to which the gradient by the context is added; null: not wanted
  int rows = kTile;                 // real rows of the tile
  bool training = false;            // a step of training: solvers take fewer steps, at other times in every tile
  Noise noise = {};                 // what layers draw is theirs and the row's
  const Real* prepared = nullptr;   // what Flow::prepare made of theta; null: made anew for each call
  double* stats = nullptr;          // in training: sums over rows at each layer's place, added to
  const Density* target = nullptr;  // what the flow is fitted to, where layers need it
  bool wants_ld = true;             // else layers may leave ld as it is, where that spares work
  // Where layers approximate what they add to ld (Traits::approximate), they add the square of its standard error here.
  // Null: not wanted.
  LogDet* error = nullptr;
  // 1 or 0 a column and row: where a feature is not there, layers that keep gaps leave its 0 and add nothing. Null: all
  // are there.
  const Real* present = nullptr;
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
