// continuous.cc -- the rows flow along a velocity field, dx/dt = v(x, t, c), from noise at t = 0 to data at t = 1:
// log p(x(1)) = log p(x(0)) - the integral of div v along the way. Chen, Rubanova, Bettencourt, Duvenaud, Neural
// ordinary differential equations, 2018, arXiv:1806.07366; Grathwohl, Chen, Bettencourt, Sutskever, Duvenaud, FFJORD,
// 2018, arXiv:1810.01367.
//
// The map is what a solver of `steps` fixed steps makes of it, and so is its gradient: that of the computation itself,
// not of an ordinary differential equation solved backwards. The inverse is the inverse of that map: the steps run
// backwards, and what they miss is corrected until nothing is left. Only log|det| is that of the field instead of the
// map: the solver's integral of the divergence.
//
// In training the steps are `train_steps`, at times that are drawn anew for every tile: a fixed grid's error would be
// learned, the training loss falling while the density is ruined.
#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "nf/core/random.h"
#include "nf/core/tableau.h"
#include "nf/layers/implicit.h"
#include "nf/nets/field.h"

namespace nf {
inline namespace NF_PRECISION {
namespace {

constexpr int kMostSteps = 1024;
constexpr int kMostRounds = 30;  // of an inverse
constexpr Real kEnough = sizeof(Real) == 8 ? Real(1e-14) : Real(1e-6);

class Continuous final : public Implicit {
 public:
  Continuous(SpecReader& spec, const Site& site)
      : Implicit(site.dim),
        field_(make_field(spec.value("field", "bilinear"), site)),
        tableau_(spec.word("solver", "rk4", {"rk4", "midpoint"}) == "rk4" ? rk4_tableau() : midpoint_tableau()),
        steps_(static_cast<int>(spec.integer("steps", 16, 1, kMostSteps))),
        train_steps_(static_cast<int>(spec.integer("train_steps", 8, 1, kMostSteps))),
        stream_(site.wants.streams.add(1)) {
    for (int j = 0; j < dim_; ++j)
      if (site.manifold(j) != Manifold::kLine) spec.fail("a column is no line");
    spec.replace("field", field_->spec());
    spec_ = spec.canonical();
    traits_.approximate = true;
  }

  void init(Real* theta, Uniforms& random) const override { field_->init(theta, random); }
  void prepare(Pass& pass, Real* prepared) const override { field_->prepare(pass, prepared); }
  const Field* field() const override { return field_.get(); }

 protected:
  void map(Pass& pass, TileIn x, Tile z, LogDet& ld) const override {
    LogDet added = LogDet::Zero();
    run(pass, to_noise(pass), x, z, &added, nullptr);
    ld += added;
    if (pass.error) add_error(pass, x, added), add_probes_error(pass, x, added);
  }

  // Runs back from y to where the map would give z, y moved by what is missing, until that is nothing, or rounding
  // errors that no longer shrink. A row that is there stays as it is, whatever the others need.
  void solve(Pass& pass, TileIn z, Tile x, LogDet& ld) const override {
    Scratch scratch(*pass.scratch);
    const Grid grid = to_noise(pass), back = grid.reversed();
    Tile y = scratch.tile(dim_), again = scratch.tile(dim_), best = scratch.tile(dim_);
    y = z;
    std::array<Real, kTile> least;
    std::array<bool, kTile> done = {};
    least.fill(std::numeric_limits<Real>::infinity());
    for (int round = 0; round < kMostRounds; ++round) {
      run(pass, back, in(y), x, nullptr, nullptr);
      run(pass, grid, in(x), again, nullptr, nullptr);
      for (int r = 0; r < kTile; ++r) {
        if (done[r]) continue;
        const Real miss = (z.row(r) - again.row(r)).cwiseAbs().maxCoeff(),
                   scale = kEnough * (1 + z.row(r).cwiseAbs().maxCoeff());
        if (round == 0 || miss < least[r]) best.row(r) = x.row(r);
        done[r] = !(miss > scale) || (miss <= 100 * scale && miss > least[r] / 2);
        least[r] = std::min(least[r], miss);
        y.row(r) += z.row(r) - again.row(r);
      }
      if (std::find(done.begin(), done.end(), false) == done.end()) break;
    }
    x = best;
    LogDet added = LogDet::Zero();
    run(pass, grid, in(x), again, &added, nullptr);
    ld -= added;
    if (pass.error) add_error(pass, in(x), added), add_probes_error(pass, in(x), added);
  }

  void gradient(Pass& pass, TileIn x, TileIn dz, const LogDet& dld, Tile dx) const override {
    run_back(pass, to_noise(pass), x, dz, &dld, dx);
  }

  // J^-T u, by the gradient of the way back and what that misses.
  void solve_transposed(Pass& pass, TileIn x, TileIn u, Tile dz) const override {
    Scratch scratch(*pass.scratch);
    Pass frozen = pass;
    frozen.dtheta = frozen.dcontext = nullptr;
    const Grid grid = to_noise(pass), back = grid.reversed();
    Tile z = scratch.tile(dim_), missing = scratch.tile(dim_), step = scratch.tile(dim_);
    run(frozen, grid, x, z, nullptr, nullptr);
    missing = u;
    dz.setZero();
    for (int round = 0; round < kMostRounds; ++round) {
      run_back(frozen, back, in(z), in(missing), nullptr, step);
      dz += step;
      run_back(frozen, grid, x, in(dz), nullptr, step);
      missing = u - step;
      bool done = true;
      for (int r = 0; r < kTile; ++r) {
        if (missing.row(r).cwiseAbs().maxCoeff() > kEnough * (1 + u.row(r).cwiseAbs().maxCoeff())) done = false;
        else missing.row(r).setZero();
      }
      if (done) break;
    }
  }

 private:
  // The solver's times.
  struct Grid {
    int steps = 0;
    std::array<double, kMostSteps + 1> at;
    double step(int n) const { return at[n + 1] - at[n]; }
    Grid reversed() const {
      Grid other = *this;
      std::reverse(other.at.begin(), other.at.begin() + steps + 1);
      return other;
    }
  };
  Grid to_noise(Pass& pass) const { return grid(pass, pass.training ? train_steps_ : steps_); }
  Grid grid(Pass& pass, int steps) const {
    Grid grid;
    grid.steps = steps;
    for (int n = 0; n <= grid.steps; ++n) grid.at[n] = 1 - static_cast<double>(n) / grid.steps;
    if (!pass.training || grid.steps == 1) return grid;
    constexpr double kReach = 0.4;  // of a step
    Scratch scratch(*pass.scratch);
    Tile u = scratch.tile(grid.steps - 1);
    pass.noise.uniforms(stream_, grid.steps - 1, u.data());
    for (int n = 1; n < grid.steps; ++n) grid.at[n] += kReach * (2 * static_cast<double>(u(0, n - 1)) - 1) / grid.steps;
    return grid;
  }

  // What the integral, `added` to ld, is off by: from that with half the steps (Richardson 1911).
  void add_error(Pass& pass, TileIn x, const LogDet& added) const {
    if (steps_ == 1) return;
    Scratch scratch(*pass.scratch);
    Tile unused = scratch.tile(dim_);
    const int fewer = steps_ / 2;
    LogDet rough = LogDet::Zero();
    run(pass, grid(pass, fewer), x, unused, &rough, nullptr);
    const double share = std::pow(static_cast<double>(steps_) / fewer, tableau_.order) - 1;
    *pass.error += ((added - rough) / share).square();
  }

  // And, where the field estimates its divergence, from what other draws add.
  void add_probes_error(Pass& pass, TileIn x, const LogDet& added) const {
    if (field_->exact(pass)) return;
    Scratch scratch(*pass.scratch);
    Tile unused = scratch.tile(dim_);
    LogDet other = LogDet::Zero();
    Pass again = pass;
    again.noise.seed = scrambled(pass.noise.seed + 1);
    run(again, to_noise(pass), x, unused, &other, nullptr);
    *pass.error += (added - other).square() / 2;
  }

  // A step's stages: their memory, velocities and divergences.
  struct Stages {
    Stages(Scratch& scratch, const Continuous& a, bool kept, bool traced) : dim(a.dim_) {
      for (int i = 0; i < a.tableau_.stages; ++i) {
        memory[i] = i == 0 || kept ? scratch.get(a.field_->columns()) : memory[0];
        v[i] = scratch.get(dim);
        q[i] = traced ? scratch.get(1) : nullptr;
      }
      at = scratch.get(dim);
      time = scratch.get(1);
    }
    Tile velocity(int i) const { return Tile(v[i], kTile, dim); }
    int dim;
    std::array<Real*, Tableau::kMostStages> memory = {}, v = {}, q = {};
    Real *at, *time;
  };
  void evaluate(Pass& pass, double t, double h, TileIn x, const Stages& s) const {
    for (int i = 0; i < tableau_.stages; ++i) {
      Tile at(s.at, kTile, dim_);
      at = x;
      for (int j = 0; j < i; ++j)
        if (tableau_.a[i][j] != 0) at += static_cast<Real>(h * tableau_.a[i][j]) * s.velocity(j);
      std::fill_n(s.time, kTile, static_cast<Real>(t + tableau_.c[i] * h));
      field_->forward(pass, s.time, in(at), s.memory[i], s.velocity(i), s.q[i]);
    }
  }

  // Along the grid. ld: null, or gets the integral of the divergence; states: null, or gets where each step begins.
  void run(Pass& pass, const Grid& grid, TileIn from, Tile to, LogDet* ld, Real* states) const {
    Scratch scratch(*pass.scratch);
    const Stages s(scratch, *this, false, ld != nullptr);
    to = from;
    for (int n = 0; n < grid.steps; ++n) {
      const double h = grid.step(n);
      if (states) Tile(states + kTile * dim_ * static_cast<std::ptrdiff_t>(n), kTile, dim_) = to;
      evaluate(pass, grid.at[n], h, in(to), s);
      for (int i = 0; i < tableau_.stages; ++i) {
        if (tableau_.b[i] == 0) continue;
        to += static_cast<Real>(h * tableau_.b[i]) * s.velocity(i);
        for (int r = 0; ld && r < kTile; ++r) (*ld)(r) += h * tableau_.b[i] * static_cast<double>(s.q[i][r]);
      }
    }
  }

  // The gradient of sum(dto to) + sum(dld ld), dld null: 0, by `from`; and by what pass wants.
  void run_back(Pass& pass, const Grid& grid, TileIn from, TileIn dto, const LogDet* dld, Tile dfrom) const {
    Scratch scratch(*pass.scratch);
    const bool traced = dld && (*dld != 0).any();
    Real* const states = scratch.get(grid.steps * dim_);
    Tile unused = scratch.tile(dim_), d = scratch.tile(dim_), dv = scratch.tile(dim_);
    run(pass, grid, from, unused, nullptr, states);
    std::array<Real*, Tableau::kMostStages> dx = {};
    for (int i = 0; i < tableau_.stages; ++i) dx[i] = scratch.get(dim_);
    Real *const dq = scratch.get(1), *const gathered = scratch.get((field_->gathered() + kTile - 1) / kTile);
    std::fill_n(gathered, field_->gathered(), Real(0));
    d = dto;
    for (int n = grid.steps - 1; n >= 0; --n) {
      const double h = grid.step(n);
      Scratch within(*pass.scratch);
      const Stages s(within, *this, true, traced);
      const TileIn x(states + kTile * dim_ * static_cast<std::ptrdiff_t>(n), kTile, dim_);
      evaluate(pass, grid.at[n], h, x, s);
      for (int i = tableau_.stages - 1; i >= 0; --i) {
        dv = static_cast<Real>(h * tableau_.b[i]) * d;
        for (int j = i + 1; j < tableau_.stages; ++j)
          if (tableau_.a[j][i] != 0) dv += static_cast<Real>(h * tableau_.a[j][i]) * TileIn(dx[j], kTile, dim_);
        const bool weighs = traced && tableau_.b[i] != 0;
        for (int r = 0; weighs && r < kTile; ++r) dq[r] = static_cast<Real>(h * tableau_.b[i] * (*dld)(r));
        field_->backward(pass, s.memory[i], in(dv), weighs ? dq : nullptr, Tile(dx[i], kTile, dim_), gathered);
      }
      for (int i = 0; i < tableau_.stages; ++i) d += TileIn(dx[i], kTile, dim_);
    }
    if (pass.dtheta && traced) field_->fold(pass, gathered);
    dfrom = d;
  }

  std::unique_ptr<Field> field_;
  Tableau tableau_;
  int steps_, train_steps_, stream_;
};

}  // namespace

std::unique_ptr<Layer> make_continuous(SpecReader& spec, const Site& site) {
  return std::make_unique<Continuous>(spec, site);
}

}  // namespace NF_PRECISION
}  // namespace nf
