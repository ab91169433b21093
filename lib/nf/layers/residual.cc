// residual.cc -- z = x + g(x; c), |g(x) - g(y)| <= lipschitz |x - y|, so that it is one-to-one. Behrmann, Grathwohl,
// Chen, Duvenaud, Jacobsen, Invertible residual networks, 2018, arXiv:1811.00995; Chen, Behrmann, Duvenaud, Jacobsen,
// Residual flows for invertible generative modeling, 2019, arXiv:1906.02735.
//
// log|det| = log det(I + J), J = dg / dx. Exact: J from dim products a row, I + J = L U without exchanges (its
// symmetric part is positive), which give the determinant, its gradient (I + J)^-T and Newton's steps for the inverse.
// Otherwise by series that end at random (power_series.h): right in the mean, in value and in gradient. `log_det` says
// which: in training alone up to kMostExact columns, where scores are exact in any case, and always beyond.
#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "nf/kernels/row_lu.h"
#include "nf/layers/implicit.h"
#include "nf/layers/power_series.h"
#include "nf/nets/lipschitz_net.h"

namespace nf {
inline namespace NF_PRECISION {
namespace {

constexpr int kMostExact = 64, kMostFactored = 256;  // unasked, and at all: dim^2 numbers a row
constexpr int kMostNewton = 100, kMostPlain = 3000;  // rounds of an inverse
constexpr Real kEnough = sizeof(Real) == 8 ? Real(1e-14) : Real(5e-7);

class Residual final : public Implicit {
 public:
  Residual(SpecReader& spec, const Site& site) : Implicit(site.dim), net_(spec, site) {
    for (int j = 0; j < dim_; ++j)
      if (site.manifold(j) != Manifold::kLine) spec.fail("a column is no line");
    exact_ = spec.word("log_det", dim_ <= kMostExact ? "exact" : "roulette", {"exact", "roulette"}) == "exact";
    if (exact_ && dim_ > kMostFactored) spec.fail("'log_det' \"exact\" is for up to 256 columns");
    train_.always = static_cast<int>(spec.integer("train_terms", 2, 0, 1000));
    score_.always = static_cast<int>(spec.integer("terms", 20, 0, 1000));
    train_.p = score_.p = spec.number("p", 0.5, 0.01, 1);
    probes_ = static_cast<int>(spec.integer("probes", 4, 2, 1000));
    if (!exact_) stream_ = site.wants.streams.add(probes_);
    traits_.approximate = !exact_ && dim_ > kMostExact;
    spec_ = spec.canonical();
  }

  void init(Real* theta, Uniforms& random) const override { net_.init(theta, random); }
  void after_step(Real* theta, const double* /*stats*/) const override { net_.project(theta); }

 protected:
  void map(Pass& pass, TileIn x, Tile z, LogDet& ld) const override {
    Scratch scratch(*pass.scratch);
    const Point at(*this, pass, x, scratch);
    z = x + at.g;
    add_log_det(pass, at, 1, ld);
  }

  // By Newton's steps, halved where they would lead away, or x = z - g(x), again and again. A row that has arrived
  // stays, whatever the others need.
  void solve(Pass& pass, TileIn z, Tile x, LogDet& ld) const override {
    const bool newton = dim_ <= kMostExact;
    Scratch scratch(*pass.scratch);
    Tile tried = scratch.tile(dim_), step = scratch.tile(dim_), next = scratch.tile(dim_);
    std::array<Real, kTile> least, share;
    std::array<bool, kTile> done = {};
    least.fill(std::numeric_limits<Real>::infinity());
    x = tried = z;
    for (int round = 0; round < (newton ? kMostNewton : kMostPlain); ++round) {
      Scratch own(*pass.scratch);
      const Point at(*this, pass, in(tried), own);
      next = z - tried - at.g;
      const Rows miss = next.rowwise().norm(), enough = kEnough * (1 + z.rowwise().norm().array());
      if (newton) kernels::lu_solve(factors(pass, at, nullptr, own), dim_, next.data());
      for (int r = 0; r < kTile; ++r) {
        if (done[r]) continue;
        if (miss(r) < least[r] || round == 0) {
          x.row(r) = tried.row(r);
          step.row(r) = next.row(r);
          least[r] = miss(r);
          share[r] = 1;
        } else {
          done[r] = least[r] <= 100 * enough(r);  // what is left is rounding
          share[r] /= 2;
        }
        done[r] = done[r] || !(least[r] > enough(r));
        tried.row(r) = x.row(r);
        if (!done[r]) tried.row(r) += share[r] * step.row(r);
      }
      if (std::find(done.begin(), done.end(), false) == done.end()) break;
    }
    if (!pass.wants_ld) return;
    const Point at(*this, pass, in(x), scratch);
    add_log_det(pass, at, -1, ld);
  }

  void gradient(Pass& pass, TileIn x, TileIn dz, const LogDet& dld, Tile dx) const override {
    Scratch scratch(*pass.scratch);
    const Point at(*this, pass, x, scratch);
    Tile dl = scratch.tile(1);
    dl = dld.matrix().cast<Real>();
    LipschitzNet::Directions directions;
    Real* djv = nullptr;
    if ((dld != 0).any() && exact(pass)) {
      // d log det = tr((I + J)^-1 dJ): column j of dJ has the weights (I + J)^-T e_j.
      directions = {.count = dim_, .sums = scratch.get(dim_ * net_.sum_columns())};
      const Real* const lu = factors(pass, at, directions.sums, scratch);
      djv = scratch.get(dim_ * dim_);
      std::fill_n(djv, kTile * dim_ * dim_, Real(0));
      for (int j = 0; j < dim_; ++j) {
        Real* const column = djv + kTile * dim_ * j;
        std::copy_n(dl.data(), kTile, column + kTile * j);
        kernels::lu_solve_transposed(lu, dim_, column);
      }
    } else if ((dld != 0).any()) {
      const Draw draw = drawn(pass, 0, scratch);
      directions = {.count = 1, .v = draw.signs, .sums = scratch.get(net_.sum_columns())};
      net_.along(pass, at.memory, directions, scratch.get(dim_));
      Tile w = scratch.tile(dim_);
      neumann_series(pass, net_, at.memory, roulette(pass), draw, w);
      w.array().colwise() *= dl.col(0).array();
      djv = w.data();
    }
    net_.backward(pass, at.memory, dz, directions, djv, dx);
    dx += dz;
  }

  // J^-T u; beyond kMostExact columns w = u - (dg/dx)' w, again and again.
  void solve_transposed(Pass& pass, TileIn x, TileIn u, Tile dz) const override {
    Scratch scratch(*pass.scratch);
    const Point at(*this, pass, x, scratch);
    dz = u;
    if (dim_ <= kMostExact) return kernels::lu_solve_transposed(factors(pass, at, nullptr, scratch), dim_, dz.data());
    Tile next = scratch.tile(dim_);
    std::array<bool, kTile> done = {};
    for (int round = 0; round < kMostPlain && std::find(done.begin(), done.end(), false) != done.end(); ++round) {
      net_.transposed(pass, at.memory, in(dz), next);
      next = u - next;
      for (int r = 0; r < kTile; ++r) {
        if (done[r]) continue;
        done[r] = !((next.row(r) - dz.row(r)).norm() > kEnough * (1 + u.row(r).norm()));
        dz.row(r) = next.row(r);
      }
    }
  }

 private:
  // Where the net is asked.
  struct Point {
    Point(const Residual& a, Pass& pass, TileIn x, Scratch& scratch)
        : memory(scratch.get(a.net_.columns())), g(scratch.tile(a.dim_)) {
      a.net_.forward(pass, x, memory, g);
    }
    Real* memory;
    Tile g;
  };

  bool exact(const Pass& pass) const { return exact_ || (dim_ <= kMostExact && !pass.training); }
  const Roulette& roulette(const Pass& pass) const { return pass.training ? train_ : score_; }

  // L and U of I + J. sums: null, or keeps what LipschitzNet::backward wants.
  Real* factors(Pass& pass, const Point& at, Real* sums, Scratch& scratch) const {
    Real* const lu = scratch.get(dim_ * dim_);
    net_.along(pass, at.memory, {.count = dim_, .sums = sums}, lu);
    kernels::lu_of_one_plus(lu, dim_);
    return lu;
  }

  void add_log_det(Pass& pass, const Point& at, double sign, LogDet& ld) const {
    Scratch scratch(*pass.scratch);
    LogDet sum = LogDet::Zero();
    if (exact(pass)) {
      const Real* const lu = factors(pass, at, nullptr, scratch);
      Real* const pivots = scratch.get(dim_);
      for (int j = 0; j < dim_; ++j)
        kernels::log(lu + kTile * (dim_ + 1) * static_cast<std::ptrdiff_t>(j), pivots + kTile * j, kTile);
      kernels::sum_columns(pivots, dim_, sum.data());
      ld += sign * sum;
      return;
    }
    // The mean over probes, in scores, and the square of its error by their spread; in training one probe.
    const int probes = pass.training ? 1 : probes_;
    LogDet squares = LogDet::Zero();
    for (int i = 0; i < probes; ++i) {
      Scratch own(*pass.scratch);
      LogDet one = LogDet::Zero();
      add_log_det_series(pass, net_, at.memory, roulette(pass), drawn(pass, i, own), one);
      sum += one;
      squares += one.square();
    }
    ld += sign / probes * sum;
    if (pass.error && probes > 1)
      *pass.error += ((squares - sum.square() / probes) / (static_cast<double>(probes) * (probes - 1))).max(0);
  }

  // Signs and the number of terms, of the row's own.
  Draw drawn(Pass& pass, int probe, Scratch& scratch) const {
    Real* const u = scratch.get(dim_ + 1);
    pass.noise.uniforms(stream_ + probe, dim_ + 1, u);
    Draw draw{.signs = u};
    for (int r = 0; r < kTile; ++r) draw.terms[r] = roulette(pass).terms(static_cast<double>(u[kTile * dim_ + r]));
    for (int i = 0; i < kTile * dim_; ++i) u[i] = u[i] < Real(0.5) ? Real(-1) : Real(1);
    return draw;
  }

  LipschitzNet net_;
  bool exact_ = true;
  Roulette train_, score_;
  int probes_ = 0, stream_ = 0;
};

}  // namespace

std::unique_ptr<Layer> make_residual(SpecReader& spec, const Site& site) {
  return std::make_unique<Residual>(spec, site);
}

}  // namespace NF_PRECISION
}  // namespace nf
