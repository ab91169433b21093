#include "nf/layers/tempered.h"

#include <cmath>
#include <limits>

#include "nf/core/density.h"

namespace nf {
inline namespace NF_PRECISION {
namespace {

using Rows = Eigen::Array<Real, kTile, 1>;

Rows length(TileIn a) { return a.rowwise().norm().array(); }

}  // namespace

// Targets are asked for finite rows alone: one that is not may not cost its neighbours their answer.
void Tempered::ask(Point& at) const {
  at.u.setZero();
  at.du.setZero();
  for (int r = 0; r < kTile; ++r) {
    const bool finite = at.y.row(r).allFinite();
    if (!finite) at.y.row(r).setZero();
    at.good(r) = finite && r < pass_.rows;
  }
  if (lambda_ == 0) return;
  LogDet lp = LogDet::Zero();
  pass_.target->log_density(pass_, in(at.y), lp, at.du);
  for (int r = 0; r < kTile; ++r) {
    at.good(r) = at.good(r) && std::isfinite(lp(r)) && at.du.row(r).allFinite();
    at.u(r) = at.good(r) ? -lp(r) : 0;
    if (at.good(r)) at.du.row(r) *= -1;
    else at.du.row(r).setZero();
  }
}

LogDet Tempered::energy(const Point& at) const {
  const LogDet noise = at.y.cast<double>().rowwise().squaredNorm().array() / 2;
  return lambda_ == 0 ? noise : (1 - lambda_) * noise + lambda_ * at.u;
}

void Tempered::gradient(const Point& at, Tile g) const {
  g = at.y;
  if (lambda_ != 0) g = static_cast<Real>(1 - lambda_) * g + static_cast<Real>(lambda_) * at.du;
}

Rows Tempered::shortening(TileIn du) const {
  if (clip_ == 0) return Rows::Ones();
  return (static_cast<Real>(clip_) / length(du).max(std::numeric_limits<Real>::min())).min(Real(1));
}

void Tempered::drift(const Point& at, Tile g) const {
  gradient(at, g);
  if (clip_ == 0 || lambda_ == 0) return;
  const Rows less = static_cast<Real>(lambda_) * (1 - shortening(in(at.du)));
  for (int j = 0; j < g.cols(); ++j) g.col(j).array() -= less * at.du.col(j).array();
}

double Tempered::drift_backward(const Point& at, TileIn dg, Tile dy) const {
  dy += static_cast<Real>(1 - lambda_) * dg;
  if (lambda_ == 0) return 0;
  Scratch scratch(*pass_.scratch);
  Tile a = scratch.tile(static_cast<int>(dg.cols()));
  const Rows k = shortening(in(at.du));
  const Rows away = (dg.array() * at.du.array()).rowwise().sum();
  const double by_lambda = (dg.array() * (at.du.array().colwise() * k - at.y.array())).cast<double>().sum();
  // A shortened gradient keeps its length: what turns it counts.
  const Rows square = length(in(at.du)).square().max(std::numeric_limits<Real>::min());
  const Rows along = (k < 1).select(away / square, Rows::Zero());
  a = (dg.array() - at.du.array().colwise() * along).colwise() * (k * static_cast<Real>(lambda_));
  add_curvature(in(at.y), a, dy);
  return by_lambda;
}

// sum += H direction, H the second derivatives of u at y: symmetric, so those along a direction.
void Tempered::add_curvature(TileIn y, Tile direction, Tile sum) const {
  const int dim = static_cast<int>(y.cols());
  Scratch scratch(*pass_.scratch);
  Point above{scratch.tile(dim), scratch.tile(dim)}, below{scratch.tile(dim), scratch.tile(dim)};
  const Rows size = length(in(direction));
  const Rows h = length(y).max(Real(1)) * std::cbrt(std::numeric_limits<Real>::epsilon());
  const Rows step = (size > 0).select(h / size, Rows::Zero());
  for (int j = 0; j < dim; ++j) {
    const Rows away = step * direction.col(j).array();
    above.y.col(j) = (y.col(j).array() + away).matrix();
    below.y.col(j) = (y.col(j).array() - away).matrix();
  }
  ask(above);
  ask(below);
  for (int r = 0; r < kTile; ++r)
    if (step(r) > 0 && above.good(r) && below.good(r))
      sum.row(r) += (above.du.row(r) - below.du.row(r)) / (2 * step(r));
}

}  // namespace NF_PRECISION
}  // namespace nf
