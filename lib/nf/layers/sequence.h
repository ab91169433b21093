#pragma once
// Layers one after another: what a flow is made of, and a layer that holds others.
#include <memory>
#include <vector>

#include "nf/layers/layer.h"

namespace nf {
inline namespace NF_PRECISION {

class Sequence {
 public:
  // From a list of specs; the layers' names are "<site.name>.0", "<site.name>.1", ... Throws Error.
  Sequence(const Json& list, const Site& site);

  Json spec() const;                                // the list
  const Traits& traits() const { return traits_; }  // of all of them together
  const std::vector<std::unique_ptr<Layer>>& layers() const { return layers_; }

  // As Layer's. states: num_states() columns, which forward and inverse fill alike with what stands between the layers,
  // in their order; dstates: gradients of the same columns, added on the way back. Null: neither.
  int num_states() const { return num_states_; }
  void forward(const Pass& pass, TileIn x, Tile z, LogDet& ld, Real* states = nullptr) const;
  void inverse(const Pass& pass, TileIn z, Tile x, LogDet& ld, Real* states = nullptr) const;
  void backward(const Pass& pass, TileIn dz, const LogDet& dld, Tile dx, const Real* dstates = nullptr) const;
  void inverse_backward(const Pass& pass, TileIn dx, const LogDet& dld, Tile dz, const Real* dstates = nullptr) const;

  void init(Real* theta, Uniforms& random) const;
  // Each layer starts from what those before it make of the rows. `moved`, if wanted, gets what the last one makes.
  void init_data(Real* theta, const Start& start, Batch* moved = nullptr) const;
  void prepare(Pass& pass, Real* prepared) const;
  void after_step(Real* theta, const double* stats) const;

 private:
  int size() const { return static_cast<int>(layers_.size()); }
  bool wants(const Layer& layer, const Start& start) const;
  template <bool kBackwards, class Step>
  void chain(const Pass& pass, TileIn from, Tile to, Step step) const;
  template <class T>
  T* state(T* states, int l) const {  // between layers l and l + 1
    return states + kTile * state_at_[l];
  }

  std::vector<std::unique_ptr<Layer>> layers_;
  std::vector<int> widths_;             // of x, and of each layer's output
  std::vector<int> state_at_, phi_at_;  // where each layer's state and outputs begin
  int num_states_ = 0, prepared_ = 0;   // prepared_: how far the layers' prepared numbers reach
  Traits traits_;
};

}  // namespace NF_PRECISION
}  // namespace nf
