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
// "explicit": "decode" has the steps lead from noise to data and the inverse back: a sample costs no more than the
// steps. "log_det": "map" takes log|det| of the steps' own map, by a gradient a column, be the steps few and long.
// Such steps may lead from several places to one: the density is then that of the place that is found, a lower bound.
// It has no gradient of its own; such flows learn by matching or from a teacher.
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
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "nf/core/factor.h"
#include "nf/core/random.h"
#include "nf/layers/implicit.h"
#include "nf/nets/along_field.h"

namespace nf {
inline namespace NF_PRECISION {
namespace {

constexpr int kMostRounds = 30, kMostNewton = 50;  // of an inverse
constexpr Real kEnough = sizeof(Real) == 8 ? Real(1e-14) : Real(1e-6);
constexpr Real kFound = 1000;    // times enough
constexpr int kMostExact = 256;  // columns
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
        along_(*field_, site.dim),
        solver_(tableau_of(spec.word("solver", "rk4", {"rk4", "midpoint", "euler", "dopri5"}))),
        train_solver_(adapts() ? rk4_tableau() : solver_),
        steps_(adapts() ? 0 : static_cast<int>(spec.integer("steps", 16, 1, kMostSteps))),
        train_steps_(static_cast<int>(spec.integer("train_steps", 8, 1, kMostSteps))),
        tolerance_(adapts() ? std::max(spec.number("tolerance", 1e-5, 1e-13, 0.1), kLeastTolerance) : 0),
        kinetic_(spec.number("kinetic", 0, 0, 1e6)),
        pieces_(static_cast<int>(spec.integer("brownian", 0, 0, kMostSteps))),
        stream_(site.wants.streams.add(1)),
        exact_(spec.word("log_det", "solver", {"solver", "map"}) == "map") {
    turned_ = spec.word("explicit", "encode", {"encode", "decode"}) == "decode";
    for (int j = 0; j < dim_; ++j)
      if (site.manifold(j) != Manifold::kLine) spec.fail("a column is no line");
    spec.replace("field", field_->spec());
    if (exact_ && adapts()) spec.fail("'log_det' of the map needs a solver of fixed steps");
    if (exact_ && dim_ > kMostExact) spec.fail(fmt::format("'log_det' of the map is for up to {} columns", kMostExact));
    if (exact_ && std::int64_t{steps_} * solver_.stages * dim_ > 1 << 16)
      spec.fail("with 'log_det' of the map steps, times stages, times columns are more than 65536");
    if (pieces_ > 0) {
      if (adapts()) spec.fail("'brownian' needs a solver of fixed steps");
      if (std::int64_t{dim_} * pieces_ > 1 << 16) spec.fail("'brownian' times the columns are more than 65536");
      if (kinetic_ > 0) spec.fail("'kinetic' is for flows without 'brownian'");
      if (steps_ % pieces_ != 0 || train_steps_ % pieces_ != 0)
        spec.fail("'steps' and 'train_steps' have to be multiples of 'brownian'");
      start_ = static_cast<Real>(spec.number("sigma", 0.1, 0, 1e6));
      path_stream_ = site.wants.streams.add(1);
      sigma_ = site.add("sigma", 1, dim_).offset;
    }
    spec_ = spec.canonical();
    traits_.approximate = !exact_;
    traits_.ld_gradient = traits_.one_to_one = !exact_;
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
    if (exact_ || !pass.wants_ld) {
      go(course, x, z, nullptr);
      if (pass.wants_ld) Jacobian(*this, course, x, scratch).add_log_det(1, ld);
      return;
    }
    Sums sums;
    go(course, x, z, &sums);
    ld += sums.divergence - sums.penalty;
    if (pass.error) add_error(course, x, sums);
  }

  // Runs back from y to where the map would give z, y moved by what is missing, until that is nothing, or rounding
  // errors that no longer shrink. A row that is there stays as it is, whatever the others need.
  void solve(Pass& pass, TileIn z, Tile x, LogDet& ld) const override {
    Scratch scratch(*pass.scratch);
    const Course course = course_of(pass, scratch);
    if (exact_) return solve_by_newton(course, z, x, ld);
    Tile y = scratch.tile(dim_), again = scratch.tile(dim_), best = scratch.tile(dim_);
    y = z;
    std::array<Real, kTile> least;
    std::array<bool, kTile> done = {};
    least.fill(std::numeric_limits<Real>::infinity());
    if (course.tolerance > 0) along_.adapt(course, z, x, end(), begin(), nullptr);
    else along_.run(course, given(pass).reversed(), z, x, nullptr);
    for (int round = 0; round < kMostRounds; ++round) {
      const Times there = go(course, in(x), again, nullptr);
      for (int r = 0; r < kTile; ++r) {
        if (done[r]) continue;
        const Real miss = (z.row(r) - again.row(r)).cwiseAbs().maxCoeff(), enough = enough_of(z, r);
        if (round == 0 || miss < least[r]) best.row(r) = x.row(r);
        done[r] = !(miss > enough) || ((course.tolerance > 0 || miss <= 100 * enough) && miss > least[r] / 2);
        least[r] = std::min(least[r], miss);
        y.row(r) += z.row(r) - again.row(r);
      }
      if (std::find(done.begin(), done.end(), false) == done.end()) break;
      along_.run(course, there.reversed(), in(y), x, nullptr);
    }
    x = best;
    if (!pass.wants_ld) return;
    Sums sums;
    go(course, in(x), again, &sums);
    ld -= sums.divergence + sums.penalty;
    for (int r = 0; turned_ && course.tolerance == 0 && r < kTile; ++r)
      if (!(least[r] <= kFound * enough_of(z, r))) ld(r) = nowhere();
    if (pass.error) add_error(course, in(x), sums);
  }

  void gradient(Pass& pass, TileIn x, TileIn dz, const LogDet& dld, Tile dx) const override {
    Scratch scratch(*pass.scratch);
    const Course course = course_of(pass, scratch);
    if (exact_ && (dld != 0).any())
      throw Error("continuous: with 'log_det' of the map a flow is scored, not trained by its density");
    along_.run_back(course, times_from(course, x), x, dz, &dld, dx);
  }

  // J^-T u, by the gradient of the way back and what that misses.
  void solve_transposed(Pass& pass, TileIn x, TileIn u, Tile dz) const override {
    Scratch scratch(*pass.scratch);
    Pass frozen = pass;
    frozen.dtheta = frozen.dcontext = nullptr;
    const Course course = course_of(frozen, scratch);
    if (exact_) {
      dz = u;
      return Jacobian(*this, course, x, scratch).solve_transposed(dz);
    }
    const Times times = times_from(course, x), back = times.reversed();
    Tile z = scratch.tile(dim_), missing = scratch.tile(dim_), step = scratch.tile(dim_);
    along_.run(course, times, x, z, nullptr);
    missing = u;
    dz.setZero();
    for (int round = 0; round < kMostRounds; ++round) {
      along_.run_back(course, back, in(z), in(missing), nullptr, step);
      dz += step;
      along_.run_back(course, times, x, in(dz), nullptr, step);
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
  // The map's at x, which costs a gradient a column. It may be far from 1, so that elimination has to pivot, by row.
  class Jacobian {
   public:
    Jacobian(const Continuous& a, const Course& course, TileIn x, Scratch& scratch)
        : dim_(a.dim_), rows_(scratch.get(dim_ * dim_)) {
      Scratch own(*course.pass.scratch);
      Pass frozen = course.pass;
      frozen.dtheta = frozen.dcontext = nullptr;
      const Course still{frozen, course.method, 0, 0, course.path};
      const Times times = a.given(frozen);
      Tile one = own.tile(dim_);
      for (int i = 0; i < dim_; ++i) {
        one.setZero();
        one.col(i).setOnes();
        a.along_.run_back(still, times, x, in(one), nullptr, row(i));
      }
    }
    void add_log_det(double sign, LogDet& ld) const {
      for (int r = 0; r < kTile; ++r) ld(r) += sign * log_abs_determinant(of(r));
    }
    void solve(Tile x) const {
      for (int r = 0; r < kTile; ++r) x.row(r) = solution(of(r), value(x, r)).transpose().cast<Real>();
    }
    void solve_transposed(Tile x) const {
      for (int r = 0; r < kTile; ++r) x.row(r) = solution(of(r).transpose(), value(x, r)).transpose().cast<Real>();
    }

   private:
    static Eigen::VectorXd value(const Tile& x, int r) { return x.row(r).transpose().cast<double>(); }
    Tile row(int i) const { return Tile(rows_ + std::ptrdiff_t{kTile} * dim_ * i, kTile, dim_); }
    Eigen::MatrixXd of(int r) const {
      Eigen::MatrixXd j(dim_, dim_);
      for (int i = 0; i < dim_; ++i) j.row(i) = row(i).row(r).cast<double>();
      return j;
    }
    int dim_;
    Real* rows_;
  };

  // Few and long steps are far from those back: Newton's from there on, halved where they lead away. Where nothing is
  // found, no x was seen to lead to z: the density there is 0.
  void solve_by_newton(const Course& course, TileIn z, Tile x, LogDet& ld) const {
    Pass& pass = course.pass;
    Scratch scratch(*pass.scratch);
    Tile tried = scratch.tile(dim_), there = scratch.tile(dim_), step = scratch.tile(dim_), next = scratch.tile(dim_);
    along_.run(course, given(pass).reversed(), z, tried, nullptr);
    x = tried;
    std::array<Real, kTile> least, share;
    std::array<bool, kTile> done = {};
    least.fill(std::numeric_limits<Real>::infinity());
    for (int round = 0; round < kMostNewton; ++round) {
      Scratch own(*pass.scratch);
      go(course, in(tried), there, nullptr);
      next = z - there;
      for (int r = 0; r < kTile; ++r) there(r, 0) = next.row(r).cwiseAbs().maxCoeff();
      Jacobian(*this, course, in(tried), own).solve(next);
      for (int r = 0; r < kTile; ++r) {
        if (done[r]) continue;
        const Real miss = there(r, 0), enough = enough_of(z, r);
        if (miss < least[r] || round == 0) {
          x.row(r) = tried.row(r);
          step.row(r) = next.row(r);
          least[r] = miss;
          share[r] = 1;
        } else {
          done[r] = least[r] <= 100 * enough;  // what is left is rounding
          share[r] /= 2;
        }
        done[r] = done[r] || !(least[r] > enough);
        tried.row(r) = x.row(r);
        if (!done[r]) tried.row(r) += share[r] * step.row(r);
      }
      if (std::find(done.begin(), done.end(), false) == done.end()) break;
    }
    if (!pass.wants_ld) return;
    LogDet own = LogDet::Zero();
    Jacobian(*this, course, in(x), scratch).add_log_det(-1, own);
    for (int r = 0; r < kTile; ++r)
      ld(r) += least[r] <= kFound * enough_of(z, r) && std::isfinite(own(r)) ? own(r) : nowhere();
  }
  // What a solution that was not found adds to -ld: a density of 0, where the solution is the noise.
  double nowhere() const { return (turned_ ? -1 : 1) * std::numeric_limits<double>::infinity(); }
  static Real enough_of(TileIn z, int r) { return kEnough * (1 + z.row(r).cwiseAbs().maxCoeff()); }

  bool adapts() const { return solver_.embedded; }
  double begin() const { return turned_ ? 0 : 1; }
  double end() const { return 1 - begin(); }

  Course course_of(Pass& pass, Scratch& scratch) const {
    Course course{.pass = pass, .method = pass.training ? train_solver_ : solver_};
    course.tolerance = pass.training ? 0 : tolerance_;
    course.kinetic = pass.training ? kinetic_ : 0;
    if (pieces_ == 0) return course;
    Real* const xi = scratch.get(pieces_ * dim_);
    pass.noise.normals(path_stream_, pieces_ * dim_, xi);
    course.path = {pieces_, sigma_, xi};
    return course;
  }
  // Of the steps of equal length: the solver's or, in training, others, moved by what is drawn, unless the map is to
  // be that of the steps.
  Times given(Pass& pass) const {
    Times times = even(pass.training && !exact_ ? train_steps_ : steps_);
    if (pass.training && !exact_) shift(pass, times);
    return times;
  }
  Times even(int steps) const {
    Times times;
    times.steps = steps;
    for (int n = 0; n <= steps; ++n) times.common[n] = begin() + (end() - begin()) * n / steps;
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
    if (course.tolerance == 0) {
      const int steps = given(course.pass).steps,
                other = steps % (2 * std::max(pieces_, 1)) == 0 ? steps / 2 : 2 * steps;
      Scratch scratch(*course.pass.scratch);
      Tile unused = scratch.tile(dim_);
      Sums others;
      along_.run(course, even(other), x, unused, &others);
      error = (sums.divergence - others.divergence) /
              (1 - std::pow(static_cast<double>(steps) / other, course.method.order));
    }
    *course.pass.error += error.square();
    if (field_->exact(course.pass)) return;
    // And, where the field estimates its divergence, from what other draws add.
    Pass again = course.pass;
    again.noise.seed = scrambled(again.noise.seed + 1);
    const Course other{again, course.method, course.tolerance, course.kinetic, course.path};
    Scratch scratch(*again.scratch);
    Tile unused = scratch.tile(dim_);
    Sums others;
    go(other, x, unused, &others);
    *course.pass.error += (sums.divergence - others.divergence).square() / 2;
  }

  // From begin to end; the times it took. sums: null, or gets the integrals.
  Times go(const Course& course, TileIn x, Tile z, Sums* sums) const {
    if (course.tolerance > 0) return along_.adapt(course, x, z, begin(), end(), sums);
    const Times times = given(course.pass);
    along_.run(course, times, x, z, sums);
    return times;
  }
  Times times_from(const Course& course, TileIn x) const {
    if (course.tolerance == 0) return given(course.pass);
    Scratch scratch(*course.pass.scratch);
    Tile unused = scratch.tile(dim_);
    return along_.adapt(course, x, unused, begin(), end(), nullptr);
  }

  std::unique_ptr<Field> field_;
  AlongField along_;
  Tableau solver_, train_solver_;
  int steps_, train_steps_;
  double tolerance_, kinetic_;
  int pieces_, stream_, path_stream_ = 0;
  std::size_t sigma_ = 0;
  Real start_ = 0;
  bool exact_;
};

}  // namespace

std::unique_ptr<Layer> make_continuous(SpecReader& spec, const Site& site) {
  return std::make_unique<Continuous>(spec, site);
}

}  // namespace NF_PRECISION
}  // namespace nf
