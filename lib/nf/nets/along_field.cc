#include "nf/nets/along_field.h"

#include <cmath>

namespace nf {
inline namespace NF_PRECISION {
namespace {

using Rows = Eigen::Array<Real, kTile, 1>;  // a number a row

// to += weight times v, by row.
void add(const LogDet& weight, TileIn v, Tile to) {
  const Rows w = weight.cast<Real>();
  for (int k = 0; k < v.cols(); ++k) to.col(k).array() += w * v.col(k).array();
}

}  // namespace

// A step's stages: their memory, velocities and divergences.
struct AlongField::Stages {
  Stages(Scratch& scratch, const AlongField& a, int count, bool kept, bool traced) : dim(a.dim_) {
    for (int i = 0; i < count; ++i) {
      memory[i] = i == 0 || kept ? scratch.get(a.field_.columns()) : memory[0];
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
void AlongField::evaluate(const Course& course, const LogDet& t, const LogDet& h, TileIn x, const Stages& s,
                          int count) const {
  const Tableau& m = course.method;
  for (int i = 0; i < count; ++i) {
    Tile at(s.at, kTile, dim_);
    at = x;
    for (int j = 0; j < i; ++j)
      if (m.a[i][j] != 0) add(h * m.a[i][j], in(s.velocity(j)), at);
    Eigen::Map<Rows>(s.time) = (t + m.c[i] * h).cast<Real>();
    field_.forward(course.pass, s.time, in(at), s.memory[i], s.velocity(i), s.q[i]);
    if (course.path.pieces > 0) add_noise(course, t(0) + h(0) / 2, s.velocity(i));
  }
}
// The path's slope in the piece of that time.
TileIn AlongField::slope(const Course& course, double time) const {
  const int piece = std::min(static_cast<int>(time * course.path.pieces), course.path.pieces - 1);
  return TileIn(course.path.xi + kTile * dim_ * static_cast<std::ptrdiff_t>(piece), kTile, dim_);
}
void AlongField::add_noise(const Course& course, double time, Tile v) const {
  const Real *const sigma = course.pass.theta + course.path.sigma_at,
                    scale = std::sqrt(static_cast<Real>(course.path.pieces));
  const TileIn xi = slope(course, time);
  for (int k = 0; k < dim_; ++k) v.col(k) += scale * sigma[k] * xi.col(k);
}
void AlongField::add_noise_gradient(const Course& course, double time, TileIn dv) const {
  const Real scale = std::sqrt(static_cast<Real>(course.path.pieces));
  const TileIn xi = slope(course, time);
  for (int k = 0; k < dim_; ++k) course.pass.dtheta[course.path.sigma_at + k] += scale * dv.col(k).dot(xi.col(k));
}

// A row's last step of all that it may take goes to the end.
Times AlongField::adapt(const Course& course, TileIn from, Tile to, double begin, double end, Sums* sums) const {
  const Tableau& m = course.method;
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
      error /= course.tolerance;
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

void AlongField::run(const Course& course, const Times& times, TileIn from, Tile to, Sums* sums, Real* states) const {
  const Tableau& m = course.method;
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
      if (course.kinetic > 0)
        sums->penalty +=
            course.kinetic * h.abs() * m.b[i] * s.velocity(i).cast<double>().rowwise().squaredNorm().array();
    }
  }
}

void AlongField::run_back(const Course& course, const Times& times, TileIn from, TileIn dto, const LogDet* dld,
                          Tile dfrom) const {
  Pass& pass = course.pass;
  const Tableau& m = course.method;
  Scratch scratch(*pass.scratch);
  const bool traced = dld && (*dld != 0).any();
  Real* const states = scratch.get(times.steps * dim_);
  Tile d = scratch.tile(dim_), dv = scratch.tile(dim_);
  Times but_last = times;  // where the last step leads is not asked
  --but_last.steps;
  run(course, but_last, from, Tile(states + kTile * dim_ * std::ptrdiff_t{but_last.steps}, kTile, dim_), nullptr,
      states);
  std::array<Real*, Tableau::kMostStages> dx = {};
  for (int i = 0; i < m.stages; ++i) dx[i] = scratch.get(dim_);
  Real *const dq = scratch.get(1), *const gathered = scratch.get((field_.gathered() + kTile - 1) / kTile);
  std::fill_n(gathered, field_.gathered(), Real(0));
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
      if (weighs && course.kinetic > 0) add(2 * course.kinetic * h.abs() * m.b[i] * dld->abs(), in(s.velocity(i)), dv);
      if (course.path.pieces > 0 && pass.dtheta) add_noise_gradient(course, times.at(n)(0) + h(0) / 2, in(dv));
      field_.backward(pass, s.memory[i], in(dv), weighs ? dq : nullptr, Tile(dx[i], kTile, dim_), gathered);
    }
    for (int i = 0; i < m.stages; ++i) d += TileIn(dx[i], kTile, dim_);
  }
  if (pass.dtheta && traced) field_.fold(pass, gathered);
  dfrom = d;
}

}  // namespace NF_PRECISION
}  // namespace nf
