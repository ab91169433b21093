#pragma once
// Probabilities of columns of levels, one after another: each a softmax of what MADE makes of the context and of those
// before it. Germain, Gregor, Murray, Larochelle 2015, arXiv:1502.03509.
#include <string>
#include <vector>

#include "nf/layers/conditioned.h"
#include "nf/nets/made.h"

namespace nf {
inline namespace NF_PRECISION {

class LevelModel {
 public:
  // counts: levels of each column. gates: the earlier column at whose level 0 alone a column is there, else it is 0
  // with certainty; -1: it always is. The context is clamped to +-clip.
  LevelModel(int context, std::vector<int> counts, std::vector<int> gates, const NetSpec& net, Real clip,
             Params& params, const std::string& name);

  int columns() const { return static_cast<int>(counts_.size()); }
  int count(int i) const { return counts_[i]; }
  int all() const { return at_.back(); }                 // levels of all columns
  int seen_columns() const { return context_ + all(); }  // of the context and the levels as one-hot columns
  int state_columns() const { return seen_columns() + made_.mlp().columns() + all() + columns(); }

  // What both directions leave for their backward, and the layers behind see: state_columns() columns of memory.
  struct State {
    State(Real* block, const LevelModel& model);
    Real* seen;
    Real* memory;
    Tile shares, v;  // the softmax; where in its interval each column's noise lies
  };

  // levels to u, uniform between the probabilities of the levels below and those up to it, drawn by state.v, uniform on
  // (0, 1); adds log P to lp, of columns where `counted` is 1.
  void encode(const Pass& pass, TileIn levels, TileIn counted, State& state, Tile u, LogDet& lp) const;
  // The levels in whose intervals u lies; takes log P from lp.
  void decode(const Pass& pass, TileIn u, State& state, Tile levels, LogDet& lp) const;
  // Of sum(dlp log P) + sum(du u), after either; du has no columns where u was given.
  void backward(Pass& pass, const State& state, TileIn levels, const LogDet& dlp, TileIn du) const;

  void see(const Pass& pass, TileIn levels, Real* seen) const;
  void add_context_gradient(Pass& pass, const Real* dseen) const;
  // The level that a number is, or 0.
  int level(Real value, int i) const {
    return value >= 0 && value < static_cast<Real>(counts_[i]) ? static_cast<int>(value) : 0;
  }

  template <class Levels>
  bool is_there(const Levels& levels, int r, int i) const {
    return gates_[i] < 0 || levels(r, gates_[i]) == 0;
  }

  void init(Real* theta, Uniforms& random) const;
  void start(Real* theta, const std::vector<std::vector<double>>& shares) const;  // the columns' own, of some rows

 private:
  Tile of(Tile all, int i) const { return nf::columns(all, at_[i], counts_[i]); }
  void see_context(const Pass& pass, Real* seen) const;
  void see_level(TileIn levels, int i, Real* seen) const;

  int context_;
  std::vector<int> counts_, gates_, at_;  // and where each one's levels begin among all, and the end
  Real clip_;
  Made made_;
};

}  // namespace NF_PRECISION
}  // namespace nf
