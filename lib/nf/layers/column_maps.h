#pragma once
// The transformers of a layer: one for all its features, or some with their own. "override": {"3": {"kind": ...}} names
// data columns; a column that is a circle gets, without an override, a periodic rq_spline.
//
// Features are numbered by their place in the layer; their parameters stand side by side in phi.
#include <memory>
#include <vector>

#include "nf/layers/layer.h"
#include "nf/transformers/transformer.h"

namespace nf {
inline namespace NF_PRECISION {

class ColumnMaps {
 public:
  // Reads "transformer" and "override"; columns[i] is the data column at place i. Throws Error where a circle would be
  // mapped off itself, or a line onto a circle.
  ColumnMaps(SpecReader& spec, const Site& site, std::vector<int> columns);

  int features() const { return static_cast<int>(columns_.size()); }
  int at(int i) const { return at_[i]; }  // place i's first column of phi; all: at(features())
  int num_params(int i) const { return at(i + 1) - at(i); }
  int num_params() const { return at_.back(); }
  Vector identity() const;              // phi of all features, one after another
  std::vector<int> log_scales() const;  // columns of phi that are log-scales of affine maps

  // All features at once; shapes as in transformer.h.
  void forward(Pass& pass, TileIn x, TileIn phi, Tile y, Tile logd) const;
  void inverse(Pass& pass, TileIn y, TileIn phi, Tile x, Tile logd) const;
  void backward(Pass& pass, TileIn x, TileIn phi, TileIn dy, TileIn dlogd, Tile dx, Tile dphi) const;
  void inverse_backward(Pass& pass, TileIn x, TileIn phi, TileIn dx, TileIn dlogd, Tile dy, Tile dphi) const;
  // The map at place i.
  const Transformer& operator[](int i) const { return *maps_[kind_[i]]; }

 private:
  // Neighbours with the same map, which one call can serve.
  struct Run {
    int map, begin, end;
  };
  template <auto apply>
  void map(Pass& pass, TileIn from, TileIn phi, Tile to, Tile logd) const;
  template <auto apply>
  void gradient(Pass& pass, TileIn x, TileIn phi, TileIn dto, TileIn dlogd, Tile dfrom, Tile dphi) const;

  std::vector<int> columns_;
  std::vector<std::unique_ptr<Transformer>> maps_;  // 0: the one without a name
  std::vector<int> kind_, at_;
  std::vector<Run> runs_;
};

}  // namespace NF_PRECISION
}  // namespace nf
