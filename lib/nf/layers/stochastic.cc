#include "nf/layers/stochastic.h"

#include <algorithm>
#include <cmath>

#include "nf/core/density.h"
#include "nf/kernels/log_scale.h"

namespace nf {
inline namespace NF_PRECISION {
namespace {

// Of what a layer draws, towards noise (0) and towards data (1): rows of a sample are scored with numbers of their own.
int normals_of(int direction) { return direction; }
int uniforms_of(int direction) { return 2 + direction; }
constexpr int kStreams = 4;

}  // namespace

// The places of a tile's rows before, between and after the moves, and what the moves keep: on the tape.
struct Stochastic::Trail {
  static int width(const Stochastic& a) { return a.moves_ * (3 * a.dim() + 1 + a.kind_.memory) + 2 * a.dim(); }
  Trail(const Stochastic& a, Real* at) : dim(a.dim()), moves(a.moves_), memories(a.kind_.memory), block(at) {}
  Point point(int k) const { return {tile(2 * k * dim, dim), tile((2 * k + 1) * dim, dim)}; }
  Tile normals() const { return tile(2 * (moves + 1) * dim, moves * dim); }
  TileIn normals(int m) const { return in(tile(2 * (moves + 1) * dim + m * dim, dim)); }
  Tile made(int m) const { return tile((3 * moves + 2) * dim + m, 1); }  // 1 or 0
  Tile memory(int m) const { return tile((3 * moves + 2) * dim + moves + m * memories, memories); }
  Tile tile(int column, int columns) const { return Tile(block + kTile * column, kTile, columns); }

  int dim, moves, memories;
  Real* block;
};

Stochastic::Stochastic(SpecReader& spec, const Site& site, const Kind& kind)
    : kind_(kind),
      start_(spec.number("step", kind.step, 1e-9, 1e6)),
      lambda_(spec.number("lambda", 0, 0, 1)),
      clip_(spec.number("clip", 0, 0, 1e12)),
      moves_(static_cast<int>(spec.integer("moves", 1, 1, 1000))) {
  constexpr std::int64_t kMostKept = 1 << 18;  // columns a tile
  if (moves_ * (std::int64_t{3} * site.dim + 1 + kind.memory) > kMostKept)
    spec.fail("so many moves of so many columns keep more than 2^18 numbers a row");
  if (lambda_ > 0 && std::count(site.name.begin(), site.name.end(), '.') > 1)
    spec.fail("'lambda' above 0: layers within other layers know of no target");
  if (!kind.adjusts) {
    step_at_ = site.add("log_step", 1, 1).offset;
    lambda_at_ = site.add("log_odds", 1, 1).offset;
  }
  stream_ = site.wants.streams.add(kStreams);
  spec_ = spec.canonical();
  traits_ = {.dim = site.dim, .noise_dim = site.dim, .exact = false, .exact_inverse = false};
}

Real Stochastic::step(const Real* theta) const {
  if (kind_.adjusts) return static_cast<Real>(start_);
  return static_cast<Real>(start_ * std::exp(log_scale(static_cast<double>(theta[step_at_]))));
}
// With the odds of the start times what is learned: 0 and 1 stay.
double Stochastic::lambda(const Real* theta) const {
  if (kind_.adjusts) return lambda_;
  return lambda_ / (lambda_ + (1 - lambda_) * std::exp(-static_cast<double>(theta[lambda_at_])));
}

void Stochastic::require_target(const Pass& pass) const {
  if (lambda_ == 0 || (pass.target && pass.target->dim() == dim())) return;
  const std::string kind = spec_["kind"];
  if (!pass.target) throw Error(kind + ": a layer that moves rows towards a target, and there is none");
  throw Error(kind + ": a layer of " + std::to_string(dim()) + " columns that moves rows towards a target of " +
              std::to_string(pass.target->dim()));
}

void Stochastic::draw(Pass& pass, int direction, TileIn y, Tile to, LogDet& ld) const {
  Record record(pass);
  Trail trail(*this, record.get(Trail::width(*this)));
  Scratch scratch(*pass.scratch);
  Tile uniforms = scratch.tile(kind_.adjusts ? moves_ : 0);
  pass.noise.normals(stream_ + normals_of(direction), moves_ * dim(), trail.normals().data());
  pass.noise.uniforms(stream_ + uniforms_of(direction), static_cast<int>(uniforms.cols()), uniforms.data());
  run(pass, trail, y, in(uniforms), to, ld);
}

void Stochastic::move(Pass& pass, TileIn y, TileIn normals, TileIn uniforms, Tile to, LogDet& ld) const {
  Record record(pass);
  Trail trail(*this, record.get(Trail::width(*this)));
  trail.normals() = normals;
  run(pass, trail, y, uniforms, to, ld);
}

void Stochastic::run(Pass& pass, Trail& trail, TileIn y, TileIn uniforms, Tile end, LogDet& ld) const {
  require_target(pass);
  const Tempered energy(pass, lambda(pass.theta), clip_);
  const Real step = this->step(pass.theta);
  Point start = trail.point(0);
  start.y = y;
  energy.ask(start);
  LogDet u = start.u;
  auto good = start.good;
  for (int m = 0; m < moves_; ++m) {
    Point from = trail.point(m), to = trail.point(m + 1);
    from.u = u, from.good = good;
    LogDet added = propose(energy, step, from, trail.normals(m), to, trail.memory(m).data());
    Eigen::Array<bool, kTile, 1> made = from.good && to.good && added.isFinite();
    if (kind_.adjusts) {
      made = made && uniforms.col(m).array().cast<double>().log() < added;
      added = energy.energy(to) - energy.energy(from);
    }
    for (int r = 0; r < kTile; ++r) {
      trail.made(m)(r, 0) = made(r) ? 1 : 0;
      if (made(r)) {
        ld(r) += added(r);
        continue;
      }
      to.y.row(r) = from.y.row(r);
      to.du.row(r) = from.du.row(r);
      to.u(r) = from.u(r);
      to.good(r) = from.good(r);
      trail.memory(m).row(r).setZero();
    }
    u = to.u, good = to.good;
  }
  for (int r = 0; r < kTile; ++r) end.row(r) = y.row(r);
  const Point last = trail.point(moves_);
  for (int r = 0; r < kTile; ++r)
    if (y.row(r).allFinite()) end.row(r) = last.y.row(r);
}

void Stochastic::undo(Pass& pass, TileIn dto, const LogDet& dld, Tile dfrom) const {
  const Trail trail(*this, pass.tape->pop(Trail::width(*this)));
  const double lambda = this->lambda(pass.theta);
  const Tempered energy(pass, lambda, clip_);
  Scratch scratch(*pass.scratch);
  Tile d = scratch.tile(dim()), g = scratch.tile(dim());
  dfrom = dto;
  Slopes sum;
  for (int m = moves_ - 1; m >= 0; --m) {
    const Point from = trail.point(m), to = trail.point(m + 1);
    LogDet dadded = dld;
    d = dfrom;
    for (int r = 0; r < kTile; ++r) {
      if (trail.made(m)(r, 0) == 1) {
        dfrom.row(r).setZero();
      } else {
        d.row(r).setZero();
        dadded(r) = 0;
      }
    }
    if (kind_.adjusts) {
      const auto weight = dadded.cast<Real>().eval();
      energy.gradient(to, g);
      d.array() += g.array().colwise() * weight;
      energy.gradient(from, g);
      dfrom.array() -= g.array().colwise() * weight;
      dadded.setZero();
    }
    const Slopes own = propose_backward(energy, step(pass.theta), from, trail.normals(m), to, trail.memory(m).data(), d,
                                        dadded, dfrom);
    sum.log_step += own.log_step;
    sum.lambda += own.lambda;
  }
  if (!pass.dtheta || kind_.adjusts) return;
  const double narrow = shrink(static_cast<double>(pass.theta[step_at_]));
  pass.dtheta[step_at_] += static_cast<Real>(sum.log_step * narrow * narrow);
  pass.dtheta[lambda_at_] += static_cast<Real>(sum.lambda * lambda * (1 - lambda));
}

}  // namespace NF_PRECISION
}  // namespace nf
