#include "nf/train/straight_ways.h"

#include <cmath>

#include "nf/core/random.h"
#include "nf/nets/field.h"

namespace nf {
inline namespace NF_PRECISION {

std::string without_ways(const Flow& flow) {
  const auto& layers = flow.layers();
  if (layers.empty() || !layers.back()->field()) return "its last layer is not a continuous one";
  for (std::size_t l = 0; l + 1 < layers.size(); ++l)
    if (!layers[l]->traits().bijective() || layers[l]->field())
      return "a layer before its last one is drawn or continuous";
  return "";
}

StraightWays::StraightWays(const Flow& flow) : flow_(flow) {
  if (const std::string why = without_ways(flow); !why.empty())
    throw Error("the flow has no straight ways to learn: " + why);
}

void StraightWays::arrive(const Pass& pass, TileIn x, Tile data) const {
  Scratch scratch(*pass.scratch);
  Tile at = scratch.tile(flow_.dim());
  Pass frozen = pass;
  frozen.tape = nullptr;
  frozen.dtheta = frozen.dcontext = nullptr;
  LogDet unused = LogDet::Zero();
  data = x;
  for (std::size_t l = 0; l + 1 < flow_.layers().size(); ++l) {
    at = data;
    flow_.layers()[l]->forward(frozen, in(at), data, unused);
  }
}

LogDet StraightWays::losses(Pass& pass, TileIn data, TileIn z, const LogDet* weight) const {
  const Field& field = *flow_.layers().back()->field();
  Scratch scratch(*pass.scratch);
  Real *const t = scratch.get(1), *const memory = scratch.get(field.columns());
  Tile at = scratch.tile(flow_.dim()), error = scratch.tile(flow_.dim());
  Random{pass.noise.seed}.uniforms(Stream::kMatchTime, pass.noise.first_row, 1, t);
  // Denser near the data, where the field is hardest to learn.
  for (int r = 0; r < kTile; ++r) {
    const double even = (r % pass.rows + static_cast<double>(t[r])) / pass.rows;
    t[r] = static_cast<Real>(1 - std::pow(1 - even, 1.5));
    at.row(r) = (1 - t[r]) * z.row(r) + t[r] * data.row(r);
  }
  field.forward(pass, t, in(at), memory, error, nullptr);
  error += z - data;
  LogDet squares = error.cast<double>().array().square().rowwise().sum();
  if (!weight) return squares;
  for (int r = 0; r < kTile; ++r) error.row(r) *= (*weight)(r) != 0 ? static_cast<Real>(2 * (*weight)(r)) : Real(0);
  field.backward(pass, memory, in(error), nullptr, at, nullptr);
  return squares;
}

}  // namespace NF_PRECISION
}  // namespace nf
