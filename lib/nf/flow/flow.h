#pragma once
// A flow: layers and a base over standardised columns. log p(x) = log p_base(encode(x)) + what the layers add: log|det
// d encode / dx| where all are bijections. Columns listed in "circle" are angles in (-pi, pi]: every layer maps them
// onto themselves, their noise is uniform; those in "levels" are whole numbers. Rezende, Papamakarios, Racaniere,
// Albergo, Kanwar, Shanahan, Cranmer, Normalizing flows on tori and spheres, 2020, arXiv:2002.02428.
//
// Holds shapes; theta is handed in with the Pass. Const after construction, so any number of threads may use one flow,
// each with its own Pass. Tapes are pushed and popped as in layer.h.
#include <algorithm>
#include <memory>
#include <vector>

#include "nf/bases/base.h"
#include "nf/layers/sequence.h"
#include "nf/core/params.h"
#include "nf/core/spec.h"

namespace nf {

inline namespace NF_PRECISION {

class Flow {
 public:
  // {"dim": 6, "context": 0, "base": ..., "layers": [...]}; throws Error. params: empty, its limits kept.
  explicit Flow(const Json& spec, Params params = Params());
  Json spec() const;                // canonical: every default and every drawn order is written out
  int dim() const { return dim_; }  // columns of x
  int noise_dim() const { return layers_->traits().noise_dim; }  //   and of z
  int context() const { return context_; }
  Manifold manifold(int column) const { return manifolds_.empty() ? Manifold::kLine : manifolds_[column]; }
  const Params& params() const { return params_; }
  const Base& base() const { return *base_; }
  const std::vector<std::unique_ptr<Layer>>& layers() const { return layers_->layers(); }
  // Of all layers together. exact: log_prob is log p(x); else a lower bound in expectation, over pass.noise.
  const Traits& traits() const { return layers_->traits(); }
  bool learns_base() const;  // the base has trainable numbers of its own

  void encode(Pass& pass, TileIn x, Tile z, LogDet& ld) const;  // adds to ld
  void decode(Pass& pass, TileIn z, Tile x, LogDet& ld) const;
  void encode_backward(Pass& pass, TileIn dz, const LogDet& dld, Tile dx) const;
  void decode_backward(Pass& pass, TileIn dx, const LogDet& dld, Tile dz) const;
  void log_prob(Pass& pass, TileIn x, Tile z, LogDet& lp) const;  // adds to lp

  // The same with what lies between the ends, for guided distillation. taps: num_taps() columns, which encode and
  // decode fill alike: the states between the layers in the order of the layers, then the outputs of their
  // conditioners. dtaps: gradients of the same columns, added on the way back. Null: as above.
  int num_taps() const { return num_state_taps() + traits().outputs; }
  int num_state_taps() const { return layers_->num_states(); }
  void encode(Pass& pass, TileIn x, Tile z, LogDet& ld, Real* taps) const;
  void decode(Pass& pass, TileIn z, Tile x, LogDet& ld, Real* taps) const;
  void encode_backward(Pass& pass, TileIn dz, const LogDet& dld, Tile dx, const Real* dtaps) const;
  void decode_backward(Pass& pass, TileIn dx, const LogDet& dld, Tile dz, const Real* dtaps) const;

  Vector init(std::uint64_t seed) const;  // theta
  // Data-dependent starts, layer by layer, then the base's: each sees its input over all rows of x (and context c, or
  // no columns).
  // `collected_only`: just the layers that keep statistics (batch_norm), for re-estimating them.
  void init_data(Vector& theta, const Batch& x, const Batch& c, bool collected_only = false) const;
  // What layers make of theta alone, for Pass::prepared: once a step or a model; theta must not change until then.
  void prepare(const Real* theta, Stack& scratch, Vector& prepared) const;
  int num_stats() const { return wants_.stats.size; }
  void after_step(Real* theta, const double* stats) const;  // of training; stats: num_stats() sums

 private:
  // The pass with prepared numbers, its own or made here for this call, and with taps.
  Pass ready(const Pass& pass, Scratch& scratch, Real* taps, const Real* dtaps) const;

  int dim_ = 0, context_ = 0;
  std::vector<Manifold> manifolds_;  // of each column; empty: lines
  Params params_;
  Wants wants_;
  std::unique_ptr<Sequence> layers_;
  std::unique_ptr<Base> base_;
  int layer_slots_ = 0;  // the base's slots come after its layers'
};

}  // namespace NF_PRECISION
}  // namespace nf
