#pragma once
// What layers with a transformer and a conditioner share: options, and what the conditioner sees of the features.
#include <memory>
#include <string>
#include <vector>

#include "nf/layers/layer.h"
#include "nf/transformers/transformer.h"

namespace nf {
inline namespace NF_PRECISION {

// "transformer": a word or an object; canonical afterwards. For layers with one map, and no circles.
std::unique_ptr<Transformer> read_transformer(SpecReader& spec);
// A permutation of 0 .. dim - 1: a list, "identity", "reverse", or "random" (drawn from "seed"); a list afterwards.
std::vector<int> read_order(SpecReader& spec, const char* key, int dim);
// "clip": conditioners read their inputs clamped to +-clip, so one outlier cannot drive a net far outside its data.
Real read_clip(SpecReader& spec);

// A conditioner's input: the context and some features, clamped to +-clip; a circle by its cosine and sine.
class Seen {
 public:
  // features[i]: the data column at place i.
  Seen(const Site& site, const std::vector<int>& features, Real clip);
  int columns() const { return at_.back(); }
  int at(int i) const { return at_[i]; }  // place i's first column
  std::vector<int> widths() const;        // columns of each place

  void write_context(const Real* context, Real* seen) const;
  void write(int i, const Real* x, Real* seen) const;                          // x: the feature at place i
  void add_gradient(int i, const Real* x, const Real* dseen, Real* dx) const;  // to that of x
  void add_context_gradient(Pass& pass, const Real* dseen) const;              // to pass.dcontext, if it is wanted

 private:
  bool circle(int i) const { return at(i + 1) - at(i) == 2; }
  Real clip_;
  std::vector<int> at_;
};

// What Pass::phi and Pass::dphi ask for.
inline void tap(const Pass& pass, const Tile& phi) {
  if (pass.phi) Tile(pass.phi, kTile, phi.cols()) = phi;
}
inline void add_tapped(const Pass& pass, Tile dphi) {
  if (pass.dphi) dphi += TileIn(pass.dphi, kTile, dphi.cols());
}
// 0 where the feature is not there; features[i]: the one at place i.
inline void mask(const Pass& pass, int feature, Tile one) {
  if (pass.present) one.array() *= TileIn(pass.present + kTile * feature, kTile, 1).array();
}
inline void mask(const Pass& pass, const std::vector<int>& features, Tile all) {
  for (std::size_t i = 0; i < features.size(); ++i) mask(pass, features[i], columns(all, static_cast<int>(i), 1));
}
inline void broadcast(const LogDet& dld, Tile to) {
  for (int j = 0; j < to.cols(); ++j) to.col(j) = dld.matrix().cast<Real>();
}

}  // namespace NF_PRECISION
}  // namespace nf
