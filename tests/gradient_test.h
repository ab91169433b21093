#pragma once
// Gradients of a flow, both ways, against differences.
#include <vector>

#include "real_test.h"

namespace nf {

using Map = void (Flow::*)(Pass&, TileIn, Tile, LogDet&) const;
using MapBackward = void (Flow::*)(Pass&, TileIn, const LogDet&, Tile) const;

// A direction of a flow: its maps, and the columns it starts from and arrives at.
struct Way {
  Map map;
  MapBackward back;
  int from, to;
};
inline std::vector<Way> ways(const Flow& flow) {
  return {{&Flow::encode, &Flow::encode_backward, flow.dim(), flow.noise_dim()},
          {&Flow::decode, &Flow::decode_backward, flow.noise_dim(), flow.dim()}};
}

// Along a direction of (x, theta, context), v of x and a random one of the others, the loss sum(a z) + sum(b ld)
// changes as the gradients say: the error of that, relative to 1 and to the change. numbers: x's.
inline double gradient_error(Bench& bench, const Way& way, Vector numbers, const Tile& v, const Tile& a) {
  Vector mz, md, mc, mu;
  Tile z = bench.tile(mz, way.to), dx = bench.tile(md, way.from);
  Tile dc = bench.tile(mc, bench.flow.context()), u = random_tile(mu, bench.flow.context(), 12);
  LogDet b = LogDet::LinSpaced(kTile, -1, 1);
  if (!bench.flow.traits().ld_gradient) b.setZero();
  LogDet ld = LogDet::Zero();
  Pass pass = bench.pass(true);
  Vector dtheta = Vector::Zero(bench.theta.size());
  pass.dtheta = dtheta.data();
  pass.dcontext = dc.data();
  (bench.flow.*way.map)(pass, TileIn(numbers.data(), kTile, way.from), z, ld);
  (bench.flow.*way.back)(pass, in(a), b, dx);
  BOOST_TEST(bench.tape.empty());
  BOOST_TEST(bench.scratch.empty());
  Vector direction = Vector::Zero(bench.theta.size());
  Uniforms random(7, Stream::kTest);
  for (const Range& range : bench.flow.params().ranges(std::size_t{1} << 30))
    for (std::size_t i = 0; i < range.length; ++i)
      direction[static_cast<Eigen::Index>(range.offset + i)] = static_cast<Real>(2 * random.next() - 1);
  const Vector theta = bench.theta, x0 = numbers, c0 = bench.context_memory;
  const auto loss = [&](double h) {
    bench.theta = theta + static_cast<Real>(h) * direction;
    Tile(numbers.data(), kTile, way.from) = TileIn(x0.data(), kTile, way.from) + static_cast<Real>(h) * v;
    bench.context_memory = c0 + static_cast<Real>(h) * mu;
    LogDet sum = LogDet::Zero();
    Pass plain = bench.pass();
    (bench.flow.*way.map)(plain, TileIn(numbers.data(), kTile, way.from), z, sum);
    // By rows, so that one row at a kink does not spoil the others.
    return (LogDet((z.array() * a.array()).rowwise().sum().cast<double>()) + b * sum).eval();
  };
  const double h = 1e-6;
  const LogDet difference = (loss(h) - loss(-h)) / (2 * h);
  bench.theta = theta;
  bench.context_memory = c0;
  const double analytic =
      static_cast<double>((dx.array() * v.array()).sum() + dtheta.dot(direction) + (dc.array() * u.array()).sum());
  return std::abs(difference.sum() - analytic) / (1 + std::abs(analytic));
}

}  // namespace nf
