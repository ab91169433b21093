#include "nf/layers/power_series.h"

#include <algorithm>
#include <cmath>

namespace nf {
inline namespace NF_PRECISION {

int Roulette::terms(double u) const {
  if (p >= 1) return always + 1;
  return always + 1 + static_cast<int>(std::min(std::log(u) / std::log1p(-p), 1000.0));
}
double Roulette::weight(int k) const { return k <= always + 1 ? 1 : std::pow(1 - p, always + 1 - k); }

int Draw::most() const { return *std::max_element(terms.begin(), terms.end()); }

LogDet Draw::reaching(int k, double value) const {
  LogDet values;
  for (int r = 0; r < kTile; ++r) values(r) = k <= terms[r] ? value : 0;
  return values;
}

void add_log_det_series(Pass& pass, const LipschitzNet& net, const Real* memory, const Roulette& roulette,
                        const Draw& draw, LogDet& ld) {
  Scratch scratch(*pass.scratch);
  const TileIn e(draw.signs, kTile, net.dim());
  Tile power = scratch.tile(net.dim()), next = scratch.tile(net.dim());
  power = e;
  for (int k = 1, most = draw.most(); k <= most; ++k) {
    net.along(pass, memory, {.count = 1, .v = power.data()}, next.data());
    power = next;
    const double factor = (k % 2 == 1 ? 1 : -1) * roulette.weight(k) / k;
    ld += draw.reaching(k, factor) * e.cwiseProduct(power).rowwise().sum().cast<double>().array();
  }
}

void neumann_series(Pass& pass, const LipschitzNet& net, const Real* memory, const Roulette& roulette, const Draw& draw,
                    Tile w) {
  Scratch scratch(*pass.scratch);
  Tile power = scratch.tile(net.dim()), next = scratch.tile(net.dim());
  w = power = TileIn(draw.signs, kTile, net.dim());
  for (int k = 1, most = draw.most(); k <= most; ++k) {
    net.transposed(pass, memory, in(power), next);
    power = -next;
    const Rows weight = draw.reaching(k, roulette.weight(k)).cast<Real>();
    w.array() += power.array().colwise() * weight;
  }
}

}  // namespace NF_PRECISION
}  // namespace nf
