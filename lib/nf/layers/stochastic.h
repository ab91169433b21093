#pragma once
// Layers that move rows at random: Wu, Koehler, Noe, Stochastic normalizing flows, 2020, arXiv:2002.06707.
//
// A move takes y to y' with the density q(y -> y') and adds log q(y' -> y) - log q(y -> y') to ld, towards noise and
// towards data alike: the layer is its own inverse. So log p~(x) - log p(z) + ld is the log-weight of a path from z to
// x, whose mean weight is the integral of p~, and log p(z) + ld of a path from x to z a lower bound of log p(x) in
// expectation, its mean density being p(x). Nothing of that depends on how well the moves do.
//
// Gradients run along the moves that were made. Where moves are made with some probability (`adjusts`), that has none;
// what it depends on, the steps' length and lambda, would be led astray without it and is not learned.
#include "nf/layers/layer.h"
#include "nf/layers/tempered.h"

namespace nf {
inline namespace NF_PRECISION {

class Stochastic : public Layer {
 public:
  void forward(Pass& pass, TileIn x, Tile z, LogDet& ld) const override { draw(pass, 0, x, z, ld); }
  void inverse(Pass& pass, TileIn z, Tile x, LogDet& ld) const override { draw(pass, 1, z, x, ld); }
  void backward(Pass& pass, TileIn dz, const LogDet& dld, Tile dx) const override { undo(pass, dz, dld, dx); }
  void inverse_backward(Pass& pass, TileIn dx, const LogDet& dld, Tile dz) const override { undo(pass, dx, dld, dz); }

  // `moves` moves with this noise: normals, 64 x moves dim; uniforms, 64 x moves, if the layer adjusts.
  void move(Pass& pass, TileIn y, TileIn normals, TileIn uniforms, Tile to, LogDet& ld) const;

 protected:
  // step: the first length of a step; adjusts: moves are made with the probability of Metropolis and Hastings; memory:
  // columns that a move keeps for its backward pass.
  struct Kind {
    double step;
    bool adjusts;
    int memory;
  };
  Stochastic(SpecReader& spec, const Site& site, const Kind& kind);

  // From `from`, by `noise`, to `to`, which it asks about. Returns what the move adds to ld or, where the layer
  // adjusts, the logarithm of the probability that it is made. False in `good` of `to`: it is not.
  virtual LogDet propose(const Tempered& energy, Real step, const Point& from, TileIn noise, Point& to,
                         Real* memory) const = 0;
  // Adds to dfrom; dto is used up; dld is 0 where the layer adjusts. Returns the sums over rows of the derivatives by
  // log step and by lambda, if the layer does not adjust.
  struct Slopes {
    double log_step = 0, lambda = 0;
  };
  virtual Slopes propose_backward(const Tempered& energy, Real step, const Point& from, TileIn noise, const Point& to,
                                  Real* memory, Tile dto, const LogDet& dld, Tile dfrom) const = 0;

  int dim() const { return traits_.dim; }

 private:
  struct Trail;
  Real step(const Real* theta) const;
  double lambda(const Real* theta) const;
  void require_target(const Pass& pass) const;
  void draw(Pass& pass, int direction, TileIn y, Tile to, LogDet& ld) const;
  void run(Pass& pass, Trail& trail, TileIn y, TileIn uniforms, Tile to, LogDet& ld) const;
  void undo(Pass& pass, TileIn dto, const LogDet& dld, Tile dfrom) const;

  Kind kind_;
  double start_, lambda_, clip_;
  int moves_, stream_ = 0;
  std::size_t step_at_ = 0, lambda_at_ = 0;
};

}  // namespace NF_PRECISION
}  // namespace nf
