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
//
// The solver dopri5 chooses times for each row by itself (Dormand, Prince, A family of embedded Runge-Kutta formulae,
// 1980), from the row alone. The gradient is that of the steps it took, and the inverse as close as the tolerance,
// since rows that are nearly equal may take other steps. In training its place is taken by rk4.
//
// "brownian": n adds noise that is constant in each n-th of the time, its scale learned by column: the flow is a
// stochastic differential equation whose Brownian path, made of n straight pieces, is drawn; given it all is as above,
// and the density is the mean over paths. Hodgkinson, van der Heide, Roosta, Mahoney, Stochastic normalizing flows,
// 2020, arXiv:2002.09547.
//
// "kinetic": k has training pay k times the integral of |v|^2, so that ways are straight. Finlay, Jacobsen, Nurbekyan,
// Oberman, How to train your neural ODE, 2020, arXiv:2002.02798.
#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <vector>

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
constexpr double kLeastTolerance = sizeof(Real) == 8 ? 1e-13 : 1e-6;

Tableau tableau_of(const std::string& solver) {
  if (solver == "euler") return euler_tableau();
  if (solver == "midpoint") return midpoint_tableau();
  return solver == "rk4" ? rk4_tableau() : dopri5_tableau();
}

class Continuous final : public Implicit {
 public:
  Continuous(SpecReader& spec, const Site& site)
      : Implicit(site.dim),
        field_(make_field(spec.value("field", "bilinear"), site)),
        solver_(tableau_of(spec.word("solver", "rk4", {"rk4", "midpoint", "euler", "dopri5"}))),
        train_solver_(adapts() ? rk4_tableau() : solver_),
        steps_(adapts() ? 0 : static_cast<int>(spec.integer("steps", 16, 1, kMostSteps))),
        train_steps_(static_cast<int>(spec.integer("train_steps", 8, 1, kMostSteps))),
        tolerance_(adapts() ? std::max(spec.number("tolerance", 1e-5, 1e-13, 0.1), kLeastTolerance) : 0),
        kinetic_(spec.number("kinetic", 0, 0, 1e6)),
        pieces_(static_cast<int>(spec.integer("brownian", 0, 0, kMostSteps))),
        stream_(site.wants.streams.add(1)) {
    for (int j = 0; j < dim_; ++j)
      if (site.manifold(j) != Manifold::kLine) spec.fail("a column is no line");
    spec.replace("field", field_->spec());
    if (pieces_ > 0) {
      if (adapts()) spec.fail("'brownian' needs a solver of fixed steps");
      if (kinetic_ > 0) spec.fail("'kinetic' is for flows without 'brownian'");
      if (steps_ % pieces_ != 0 || train_steps_ % pieces_ != 0)
        spec.fail("'steps' and 'train_steps' have to be multiples of 'brownian'");
      start_ = static_cast<Real>(spec.number("sigma", 0.1, 0, 1e6));
      path_stream_ = site.wants.streams.add(1);
      sigma_ = site.add("sigma", 1, dim_).offset;
    }
    spec_ = spec.canonical();
    traits_.approximate = true;
    traits_.exact = traits_.exact_inverse = pieces_ == 0;
  }

  void init(Real* theta, Uniforms& random) const override {
    field_->init(theta, random);
    if (pieces_ > 0) std::fill_n(theta + sigma_, dim_, start_);
  }
  void prepare(Pass& pass, Real* prepared) const override { field_->prepare(pass, prepared); }
  const Field* field() const override { return field_.get(); }

 protected:
  void map(Pass& pass, TileIn x, Tile z, LogDet& ld) const override {
    Scratch scratch(*pass.scratch);
    const Course course = course_of(pass, scratch);
    Sums sums;
    to_noise(course, x, z, &sums);
    ld += sums.divergence - sums.penalty;
    if (pass.error) add_error(course, x, sums);
  }

  // Runs back from y to where the map would give z, y moved by what is missing, until that is nothing, or rounding
  // errors that no longer shrink. A row that is there stays as it is, whatever the others need.
  void solve(Pass& pass, TileIn z, Tile x, LogDet& ld) const override {
    Scratch scratch(*pass.scratch);
    const Course course = course_of(pass, scratch);
    Tile y = scratch.tile(dim_), again = scratch.tile(dim_), best = scratch.tile(dim_);
    y = z;
    std::array<Real, kTile> least;
    std::array<bool, kTile> done = {};
    least.fill(std::numeric_limits<Real>::infinity());
    Times back = course.even.reversed();
    if (course.adapts) adapt(course, z, x, 0, 1, nullptr);
    else run(course, back, z, x, nullptr, nullptr);
    for (int round = 0; round < kMostRounds; ++round) {
      const Times there = to_noise(course, in(x), again, nullptr);
      for (int r = 0; r < kTile; ++r) {
        if (done[r]) continue;
        const Real miss = (z.row(r) - again.row(r)).cwiseAbs().maxCoeff(),
                   scale = kEnough * (1 + z.row(r).cwiseAbs().maxCoeff());
        if (round == 0 || miss < least[r]) best.row(r) = x.row(r);
        done[r] = !(miss > scale) || ((course.adapts || miss <= 100 * scale) && miss > least[r] / 2);
        least[r] = std::min(least[r], miss);
        y.row(r) += z.row(r) - again.row(r);
      }
      if (std::find(done.begin(), done.end(), false) == done.end()) break;
      if (course.adapts) back = there.reversed();
      run(course, back, in(y), x, nullptr, nullptr);
    }
    x = best;
    Sums sums;
    to_noise(course, in(x), again, &sums);
    ld -= sums.divergence + sums.penalty;
    if (pass.error) add_error(course, in(x), sums);
  }

  void gradient(Pass& pass, TileIn x, TileIn dz, const LogDet& dld, Tile dx) const override {
    Scratch scratch(*pass.scratch);
    const Course course = course_of(pass, scratch);
    run_back(course, times_from(course, x), x, dz, &dld, dx);
  }

  // J^-T u, by the gradient of the way back and what that misses.
  void solve_transposed(Pass& pass, TileIn x, TileIn u, Tile dz) const override {
    Scratch scratch(*pass.scratch);
    Pass frozen = pass;
    frozen.dtheta = frozen.dcontext = nullptr;
    const Course course = course_of(frozen, scratch);
    const Times times = times_from(course, x), back = times.reversed();
    Tile z = scratch.tile(dim_), missing = scratch.tile(dim_), step = scratch.tile(dim_);
    run(course, times, x, z, nullptr, nullptr);
    missing = u;
    dz.setZero();
    for (int round = 0; round < kMostRounds; ++round) {
      run_back(course, back, in(z), in(missing), nullptr, step);
      dz += step;
      run_back(course, times, x, in(dz), nullptr, step);
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
  // When each step begins, and the last one ends: for all rows, or, where they adapt, by row.
  struct Times {
    int steps = 0;
    std::array<double, kMostSteps + 1> common;
    std::vector<LogDet> own = {};
    LogDet at(int n) const { return own.empty() ? LogDet::Constant(common[n]) : own[n]; }
    LogDet length(int n) const { return at(n + 1) - at(n); }
    Times reversed() const {
      Times other = *this;
      std::reverse(other.common.begin(), other.common.begin() + steps + 1);
      std::reverse(other.own.begin(), other.own.end());
      return other;
    }
  };
  // What a call's runs share.
  struct Course {
    Pass& pass;
    const Tableau& solver;
    bool adapts;
    Times even;        // unless it adapts
    const Real* path;  // the Brownian path's pieces, dim columns each; null: none
  };
  // Along a way, a number a row.
  struct Sums {
    LogDet divergence = LogDet::Zero(), penalty = LogDet::Zero(), error = LogDet::Zero();
  };

  bool adapts() const { return solver_.embedded; }

  Course course_of(Pass& pass, Scratch& scratch) const {
    const bool adapt = adapts() && !pass.training;
    Course course{pass, pass.training ? train_solver_ : solver_, adapt, {}, nullptr};
    if (!adapt) course.even = even(pass.training ? train_steps_ : steps_);
    if (pass.training) shift(pass, course.even);
    if (pieces_ == 0) return course;
    Real* const path = scratch.get(pieces_ * dim_);
    pass.noise.normals(path_stream_, pieces_ * dim_, path);
    course.path = path;
    return course;
  }
  static Times even(int steps) {
    Times times;
    times.steps = steps;
    for (int n = 0; n <= steps; ++n) times.common[n] = 1 - static_cast<double>(n) / steps;
    return times;
  }
  // Moves the times between steps, but not those at which pieces of a Brownian path end.
  void shift(Pass& pass, Times& times) const {
    const int steps = times.steps, piece = pieces_ > 0 ? steps / pieces_ : steps;
    if (steps == 1) return;
    constexpr double kReach = 0.4;  // of a step
    Scratch scratch(*pass.scratch);
    Tile u = scratch.tile(steps - 1);
    pass.noise.uniforms(stream_, steps - 1, u.data());
    for (int n = 1; n < steps; ++n)
      if (n % piece != 0) times.common[n] += kReach * (2 * static_cast<double>(u(0, n - 1)) - 1) / steps;
  }

  // What the integral is off by: for steps of equal length, from that with half as many (Richardson 1911), or twice.
  void add_error(const Course& course, TileIn x, const Sums& sums) const {
    LogDet error = sums.error;
    if (!course.adapts) {
      const int steps = course.even.steps, other = steps % (2 * std::max(pieces_, 1)) == 0 ? steps / 2 : 2 * steps;
      Scratch scratch(*course.pass.scratch);
      Tile unused = scratch.tile(dim_);
      Sums others;
      run(course, even(other), x, unused, &others, nullptr);
      error = (sums.divergence - others.divergence) /
              (1 - std::pow(static_cast<double>(steps) / other, course.solver.order));
    }
    *course.pass.error += error.square();
    if (field_->exact(course.pass)) return;
    // And, where the field estimates its divergence, from what other draws add.
    Pass again = course.pass;
    again.noise.seed = scrambled(again.noise.seed + 1);
    const Course other{again, course.solver, course.adapts, course.even, course.path};
    Scratch scratch(*again.scratch);
    Tile unused = scratch.tile(dim_);
    Sums others;
    to_noise(other, x, unused, &others);
    *course.pass.error += (sums.divergence - others.divergence).square() / 2;
  }

  // A step's stages: their memory, velocities and divergences.
  struct Stages {
    Stages(Scratch& scratch, const Continuous& a, int count, bool kept, bool traced) : dim(a.dim_) {
      for (int i = 0; i < count; ++i) {
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
  // to += weight times v, by row.
  static void add(const LogDet& weight, TileIn v, Tile to) {
    const Rows w = weight.cast<Real>();
    for (int k = 0; k < v.cols(); ++k) to.col(k).array() += w * v.col(k).array();
  }
  void evaluate(const Course& course, const LogDet& t, const LogDet& h, TileIn x, const Stages& s, int count) const {
    const Tableau& m = course.solver;
    for (int i = 0; i < count; ++i) {
      Tile at(s.at, kTile, dim_);
      at = x;
      for (int j = 0; j < i; ++j)
        if (m.a[i][j] != 0) add(h * m.a[i][j], in(s.velocity(j)), at);
      Eigen::Map<Rows>(s.time) = (t + m.c[i] * h).cast<Real>();
      field_->forward(course.pass, s.time, in(at), s.memory[i], s.velocity(i), s.q[i]);
      if (course.path) add_noise(course, t(0) + h(0) / 2, s.velocity(i));
    }
  }
  // The Brownian path's slope in the piece of that time.
  const Real* slope(const Course& course, double time) const {
    return course.path + kTile * dim_ * std::min(static_cast<int>(time * pieces_), pieces_ - 1);
  }
  void add_noise(const Course& course, double time, Tile v) const {
    const Real *const xi = slope(course, time), *const sigma = course.pass.theta + sigma_;
    for (int k = 0; k < dim_; ++k)
      v.col(k) += std::sqrt(static_cast<Real>(pieces_)) * sigma[k] * TileIn(xi, kTile, dim_).col(k);
  }

  // From 1 to 0; the times it took. sums: null, or gets the integrals.
  Times to_noise(const Course& course, TileIn x, Tile z, Sums* sums) const {
    if (course.adapts) return adapt(course, x, z, 1, 0, sums);
    run(course, course.even, x, z, sums, nullptr);
    return course.even;
  }
  Times times_from(const Course& course, TileIn x) const {
    if (!course.adapts) return course.even;
    Scratch scratch(*course.pass.scratch);
    Tile unused = scratch.tile(dim_);
    return adapt(course, x, unused, 1, 0, nullptr);
  }

  // With steps by row, as long as the results of orders 5 and 4 agree in all columns and in the divergence's integral.
  // A row's last step of all that it may take goes to the end.
  Times adapt(const Course& course, TileIn from, Tile to, double begin, double end, Sums* sums) const {
    const Tableau& m = course.solver;
    Scratch scratch(*course.pass.scratch);
    const Stages s(scratch, *this, m.stages + 1, false, true);
    Tile next = scratch.tile(dim_), off = scratch.tile(dim_);
    to = from;
    Times times;
    times.own = {LogDet::Constant(begin)};
    LogDet t = times.own[0], h = LogDet::Constant(0.1 * (end - begin)), integral = LogDet::Zero();
    std::array<int, kTile> taken = {};
    while ((t != end).any()) {
      for (int r = 0; r < kTile; ++r) {
        const double rest = end - t(r);
        if (std::abs(h(r)) >= 0.99 * std::abs(rest) || taken[r] + 1 == kMostSteps) h(r) = rest;
      }
      const LogDet then = (h == end - t).select(end, t + h);
      h = then - t;
      evaluate(course, t, h, in(to), s, m.stages + 1);
      next = to;
      off.setZero();
      LogDet gain = LogDet::Zero(), away = LogDet::Zero();
      for (int i = 0; i <= m.stages; ++i) {
        if (m.b[i] != 0) add(h * m.b[i], in(s.velocity(i)), next);
        if (m.e[i] != 0) add(h * m.e[i], in(s.velocity(i)), off);
        const Eigen::Map<const Rows> q(s.q[i]);
        gain += h * m.b[i] * q.cast<double>();
        away += h * m.e[i] * q.cast<double>();
      }
      for (int r = 0; r < kTile; ++r) {
        if (h(r) == 0) continue;
        double error = std::abs(away(r)) / (1 + std::abs(integral(r)));
        for (int k = 0; k < dim_; ++k)
          error = std::max(error, static_cast<double>(std::abs(off(r, k)) / (1 + std::abs(to(r, k)))));
        error /= tolerance_;
        const bool last = taken[r] + 1 == kMostSteps || std::abs(h(r)) < 1e-6;
        const double factor = error > 0 ? std::clamp(0.9 * std::pow(error, -0.2), 0.2, 5.0) : 5;  // also of a NaN
        if (!(error > 1) || last) {
          to.row(r) = next.row(r);
          integral(r) += gain(r);
          if (sums) sums->error(r) += std::abs(away(r));
          t(r) = then(r);
          if (++taken[r] == static_cast<int>(times.own.size())) times.own.push_back(LogDet::Constant(end));
          times.own[taken[r]](r) = t(r);
        }
        h(r) *= factor;
      }
    }
    if (sums) sums->divergence += integral;
    times.steps = static_cast<int>(times.own.size()) - 1;
    return times;
  }

  // Along the times. sums: null, or gets the integrals; states: null, or gets where each step begins.
  void run(const Course& course, const Times& times, TileIn from, Tile to, Sums* sums, Real* states) const {
    const Tableau& m = course.solver;
    Scratch scratch(*course.pass.scratch);
    const Stages s(scratch, *this, m.stages, false, sums != nullptr);
    to = from;
    for (int n = 0; n < times.steps; ++n) {
      const LogDet h = times.length(n);
      if (states) Tile(states + kTile * dim_ * static_cast<std::ptrdiff_t>(n), kTile, dim_) = to;
      evaluate(course, times.at(n), h, in(to), s, m.stages);
      for (int i = 0; i < m.stages; ++i) {
        if (m.b[i] == 0) continue;
        add(h * m.b[i], in(s.velocity(i)), to);
        if (!sums) continue;
        sums->divergence += h * m.b[i] * Eigen::Map<const Rows>(s.q[i]).cast<double>();
        if (pays(course))
          sums->penalty += kinetic_ * h.abs() * m.b[i] * s.velocity(i).cast<double>().rowwise().squaredNorm().array();
      }
    }
  }
  bool pays(const Course& course) const { return kinetic_ > 0 && course.pass.training; }

  // The gradient of sum(dto to) + sum(dld ld), dld null: 0, by `from`; and by what the pass wants. What training pays
  // counts as a loss whose weight is that of dld.
  void run_back(const Course& course, const Times& times, TileIn from, TileIn dto, const LogDet* dld,
                Tile dfrom) const {
    Pass& pass = course.pass;
    const Tableau& m = course.solver;
    Scratch scratch(*pass.scratch);
    const bool traced = dld && (*dld != 0).any();
    Real* const states = scratch.get(times.steps * dim_);
    Tile unused = scratch.tile(dim_), d = scratch.tile(dim_), dv = scratch.tile(dim_);
    run(course, times, from, unused, nullptr, states);
    std::array<Real*, Tableau::kMostStages> dx = {};
    for (int i = 0; i < m.stages; ++i) dx[i] = scratch.get(dim_);
    Real *const dq = scratch.get(1), *const gathered = scratch.get((field_->gathered() + kTile - 1) / kTile);
    std::fill_n(gathered, field_->gathered(), Real(0));
    d = dto;
    for (int n = times.steps - 1; n >= 0; --n) {
      const LogDet h = times.length(n);
      Scratch within(*pass.scratch);
      const Stages s(within, *this, m.stages, true, traced);
      const TileIn x(states + kTile * dim_ * static_cast<std::ptrdiff_t>(n), kTile, dim_);
      evaluate(course, times.at(n), h, x, s, m.stages);
      for (int i = m.stages - 1; i >= 0; --i) {
        dv.setZero();
        add(h * m.b[i], in(d), dv);
        for (int j = i + 1; j < m.stages; ++j)
          if (m.a[j][i] != 0) add(h * m.a[j][i], TileIn(dx[j], kTile, dim_), dv);
        const bool weighs = traced && m.b[i] != 0;
        if (weighs) Eigen::Map<Rows>(dq, kTile) = (h * m.b[i] * *dld).cast<Real>();
        if (weighs && pays(course)) add(2 * kinetic_ * h.abs() * m.b[i] * dld->abs(), in(s.velocity(i)), dv);
        if (course.path && pass.dtheta) add_noise_gradient(course, times.at(n)(0) + h(0) / 2, in(dv));
        field_->backward(pass, s.memory[i], in(dv), weighs ? dq : nullptr, Tile(dx[i], kTile, dim_), gathered);
      }
      for (int i = 0; i < m.stages; ++i) d += TileIn(dx[i], kTile, dim_);
    }
    if (pass.dtheta && traced) field_->fold(pass, gathered);
    dfrom = d;
  }
  void add_noise_gradient(const Course& course, double time, TileIn dv) const {
    const TileIn xi(slope(course, time), kTile, dim_);
    for (int k = 0; k < dim_; ++k)
      course.pass.dtheta[sigma_ + k] += std::sqrt(static_cast<Real>(pieces_)) * dv.col(k).dot(xi.col(k));
  }

  std::unique_ptr<Field> field_;
  Tableau solver_, train_solver_;
  int steps_, train_steps_;
  double tolerance_, kinetic_;
  int pieces_, stream_, path_stream_ = 0;
  std::size_t sigma_ = 0;
  Real start_ = 0;
};

}  // namespace

std::unique_ptr<Layer> make_continuous(SpecReader& spec, const Site& site) {
  return std::make_unique<Continuous>(spec, site);
}

}  // namespace NF_PRECISION
}  // namespace nf
