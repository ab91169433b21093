#pragma once
// What layers with a transformer and a conditioner share: options, clamped reading, gradients of both.
#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "nf/bijections/bijection.h"
#include "nf/transformers/transformer.h"

namespace nf {
inline namespace NF_PRECISION {

// "transformer": a word or an object; canonical afterwards.
std::unique_ptr<Transformer> read_transformer(SpecReader& spec);
// A permutation of 0 .. dim - 1: a list, "identity", "reverse", or "random" (drawn from "seed"); a list afterwards.
std::vector<int> read_order(SpecReader& spec, const char* key, int dim);
// "clip": conditioners read their inputs clamped to +-clip, so one outlier cannot drive a net far outside its data.
Real read_clip(SpecReader& spec);
// Output bias of a net, or phi itself, at which every feature's map is the identity.
Vector identity_bias(const Transformer& map, int features);

inline void clamp_columns(const Real* from, int columns, Real clip, Real* to) {
  for (int i = 0; i < kTile * columns; ++i) to[i] = std::min(std::max(from[i], -clip), clip);
}
// dx += dseen where x was read unclamped.
inline void add_clamped(const Real* x, Real clip, const Real* dseen, Real* dx) {
  for (int r = 0; r < kTile; ++r) dx[r] += x[r] > -clip && x[r] < clip ? dseen[r] : Real(0);
}
inline void broadcast(const LogDet& dld, Tile to) {
  for (int j = 0; j < to.cols(); ++j) to.col(j) = dld.matrix().cast<Real>();
}

}  // namespace NF_PRECISION
}  // namespace nf
