// langevin.cc -- a step down the energy u, and noise: y' = y - eps grad u(y) + sqrt(2 eps) e, e standard normal. The
// step from y' to y would have drawn e' = sqrt(eps / 2) (grad u(y) + grad u(y')) - e, so what is added is
// (|e|^2 - |e'|^2) / 2, whatever eps is, and u(y') - u(y) in the limit eps -> 0.
// Wu, Koehler, Noe, Stochastic normalizing flows, 2020, arXiv:2002.06707, section 5.
#include <cmath>

#include "nf/layers/stochastic.h"

namespace nf {
inline namespace NF_PRECISION {
namespace {

class Langevin final : public Stochastic {
 public:
  Langevin(SpecReader& spec, const Site& site)
      : Stochastic(spec, site, {.step = 0.02, .adjusts = false, .memory = 0}) {}

 protected:
  LogDet propose(const Tempered& energy, Real step, const Point& from, TileIn noise, Point& to, Real*) const override {
    Scratch scratch(energy.scratch());
    Tile g = scratch.tile(dim()), back = scratch.tile(dim());
    energy.drift(from, g);
    to.y = from.y - step * g + std::sqrt(2 * step) * noise;
    energy.ask(to);
    energy.drift(to, back);
    back = std::sqrt(step / 2) * (g + back) - noise;
    return (square(noise) - square(in(back))) / 2;
  }

  // With a = -dld e' sqrt(eps / 2), what e' asks of both gradients.
  Slopes propose_backward(const Tempered& energy, Real step, const Point& from, TileIn noise, const Point& to, Real*,
                          Tile dto, const LogDet& dld, Tile dfrom) const override {
    Scratch scratch(energy.scratch());
    Tile g = scratch.tile(dim()), both = scratch.tile(dim()), a = scratch.tile(dim());
    energy.drift(from, g);
    energy.drift(to, both);
    both += g;
    a = std::sqrt(step / 2) * both - noise;
    a.array().colwise() *= dld.cast<Real>() * -std::sqrt(step / 2);
    Slopes slopes{.log_step = sum(in(a), in(both)) / 2};
    slopes.lambda = energy.drift_backward(to, in(a), dto);
    slopes.log_step += std::sqrt(step / 2) * sum(in(dto), noise) - step * sum(in(dto), in(g));
    dfrom += dto;
    a -= step * dto;
    slopes.lambda += energy.drift_backward(from, in(a), dfrom);
    return slopes;
  }

 private:
  static LogDet square(TileIn a) { return a.cast<double>().rowwise().squaredNorm().array(); }
  static double sum(TileIn a, TileIn b) { return (a.array() * b.array()).cast<double>().sum(); }
};

}  // namespace

std::unique_ptr<Layer> make_langevin(SpecReader& spec, const Site& site) {
  return std::make_unique<Langevin>(spec, site);
}

}  // namespace NF_PRECISION
}  // namespace nf
