#pragma once
// A flow: layers and a base over standardised columns. log p(x) = log p_base(encode(x)) + log|det d encode / dx|.
// Columns listed in "circle" are angles in (-pi, pi]: every layer maps them onto themselves, their noise is uniform.
// Rezende, Papamakarios, Racaniere, Albergo, Kanwar, Shanahan, Cranmer, Normalizing flows on tori and spheres, 2020,
// arXiv:2002.02428.
//
// Holds shapes; theta is handed in with the Pass. Const after construction, so any number of threads may use one flow,
// each with its own Pass. Tapes are pushed and popped as in bijection.h.
#include <algorithm>
#include <memory>
#include <vector>

#include "nf/bases/base.h"
#include "nf/bijections/bijection.h"
#include "nf/core/params.h"
#include "nf/core/spec.h"

namespace nf {

inline constexpr int kMostColumns = 1 << 16;  // of a flow, and as many of its context

inline namespace NF_PRECISION {

class Flow {
 public:
  // {"dim": 6, "context": 0, "base": ..., "layers": [...]}; throws Error. params: empty, its limits kept.
  explicit Flow(const Json& spec, Params params = Params());
  Json spec() const;  // canonical: every default and every drawn order is written out
  int dim() const { return dim_; }
  int context() const { return context_; }
  bool is_circle(int column) const { return !circles_.empty() && circles_[column]; }
  const Params& params() const { return params_; }
  const Base& base() const { return *base_; }
  const std::vector<std::unique_ptr<Bijection>>& layers() const { return layers_; }
  bool fast_encode() const;  // no layer is sequential in this direction
  bool fast_decode() const;
  bool learns_base() const;  // the base has trainable numbers of its own

  void encode(Pass& pass, TileIn x, Tile z, LogDet& ld) const;  // adds to ld
  void decode(Pass& pass, TileIn z, Tile x, LogDet& ld) const;
  void encode_backward(Pass& pass, TileIn dz, const LogDet& dld, Tile dx) const;
  void decode_backward(Pass& pass, TileIn dx, const LogDet& dld, Tile dz) const;
  void log_prob(Pass& pass, TileIn x, Tile z, LogDet& lp) const;  // adds to lp

  // The same with what lies between the ends, for guided distillation. taps: num_taps() columns, which encode and
  // decode fill alike: the states between the layers in the order of the layers, then the outputs of their
  // conditioners. dtaps: gradients of the same columns, added on the way back. Null: as above.
  int num_taps() const { return num_taps_; }
  int num_state_taps() const { return dim_ * std::max(0, static_cast<int>(layers_.size()) - 1); }
  void encode(Pass& pass, TileIn x, Tile z, LogDet& ld, Real* taps) const;
  void decode(Pass& pass, TileIn z, Tile x, LogDet& ld, Real* taps) const;
  void encode_backward(Pass& pass, TileIn dz, const LogDet& dld, Tile dx, const Real* dtaps) const;
  void decode_backward(Pass& pass, TileIn dx, const LogDet& dld, Tile dz, const Real* dtaps) const;

  Vector init(std::uint64_t seed) const;  // theta
  // Data-dependent starts, layer by layer, then the base's: each sees its input over all rows of x (and context c, or
  // no columns).
  // `collected_only`: just the layers that keep statistics (batch_norm), for re-estimating them.
  void init_data(Vector& theta, const Batch& x, const Batch& c, bool collected_only = false) const;
  int num_stats() const { return num_stats_; }
  void update(Real* theta, const double* stats) const;

 private:
  int dim_ = 0, context_ = 0;
  std::vector<bool> circles_;  // of each column; empty: none
  Params params_;
  std::vector<std::unique_ptr<Bijection>> layers_;
  std::unique_ptr<Base> base_;
  // State l: between layers l and l + 1.
  template <class T>
  T* state_tap(T* taps, int l) const {
    return taps + kTile * dim_ * l;
  }
  template <class T>
  T* phi_tap(T* taps, int l) const {
    return taps + kTile * phi_at_[l];
  }

  int num_stats_ = 0, num_taps_ = 0, layer_slots_ = 0;  // the base's slots come after its layers'
  std::vector<int> phi_at_;                             // of each layer, among the taps
};

// Rows first .. of a batch as a tile; the last row is repeated where the batch ends. Returns how many are real.
int load_tile(const Batch& rows, Eigen::Index first, Tile tile);

}  // namespace NF_PRECISION
}  // namespace nf
