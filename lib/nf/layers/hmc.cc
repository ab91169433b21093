// hmc.cc -- Hamiltonian Monte Carlo: with a velocity v, standard normal, `leaps` steps of the leapfrog
//   v -= eps / 2 grad u(y), y += eps v, v -= eps / 2 grad u(y),
// made with the probability min(1, exp(h(y, v) - h(y', v'))), h = u(y) + |v|^2 / 2; else the row stays. In detailed
// balance log q(y' -> y) - log q(y -> y') = u(y') - u(y). The leapfrog keeps volumes and runs backwards whatever drives
// it, so a shortened gradient costs acceptance and nothing else.
// Duane, Kennedy, Pendleton, Roweth, Hybrid Monte Carlo, 1987; as a layer: Wu, Koehler, Noe, Stochastic normalizing
// flows, 2020, arXiv:2002.06707.
#include "nf/layers/stochastic.h"

namespace nf {
inline namespace NF_PRECISION {
namespace {

class Hmc final : public Stochastic {
 public:
  Hmc(SpecReader& spec, const Site& site, int leaps)
      : Stochastic(spec, site, {.step = 0.1, .adjusts = true, .memory = 2 * (leaps - 1) * site.dim}), leaps_(leaps) {}

 protected:
  LogDet propose(const Tempered& energy, Real step, const Point& from, TileIn noise, Point& to,
                 Real* memory) const override {
    Scratch scratch(energy.scratch());
    Tile g = scratch.tile(dim()), v = scratch.tile(dim());
    auto good = from.good;
    energy.drift(from, g);
    v = noise - step / 2 * g;
    to.y = from.y + step * v;
    for (int l = 1; l < leaps_; ++l) {
      Point at = between(memory, l);
      at.y = to.y;
      energy.ask(at);
      good = good && at.good;
      energy.drift(at, g);
      v -= step * g;
      to.y += step * v;
    }
    energy.ask(to);
    to.good = to.good && good;
    energy.drift(to, g);
    v -= step / 2 * g;
    return energy.energy(from) - energy.energy(to) + (square(noise) - square(in(v))) / 2;
  }

  Slopes propose_backward(const Tempered& energy, Real step, const Point& from, TileIn, const Point&, Real* memory,
                          Tile dto, const LogDet&, Tile dfrom) const override {
    Scratch scratch(energy.scratch());
    Tile dv = scratch.tile(dim()), dg = scratch.tile(dim());
    dv.setZero();
    for (int l = leaps_ - 1; l >= 0; --l) {
      const Point at = l == 0 ? Point{from.y, from.du} : between(memory, l);
      dv += step * dto;
      dg = (l == 0 ? -step / 2 : -step) * dv;
      energy.drift_backward(at, in(dg), dto);
    }
    dfrom += dto;
    return {};
  }

 private:
  static LogDet square(TileIn a) { return a.cast<double>().rowwise().squaredNorm().array(); }
  // Places after leaps 1 to leaps - 1.
  Point between(Real* memory, int l) const {
    Real* at = memory + kTile * dim() * 2 * (l - 1);
    return {Tile(at, kTile, dim()), Tile(at + kTile * dim(), kTile, dim())};
  }

  int leaps_;
};

}  // namespace

std::unique_ptr<Layer> make_hmc(SpecReader& spec, const Site& site) {
  const int leaps = static_cast<int>(spec.integer("leaps", 5, 1, 1000));
  return std::make_unique<Hmc>(spec, site, leaps);
}

}  // namespace NF_PRECISION
}  // namespace nf
