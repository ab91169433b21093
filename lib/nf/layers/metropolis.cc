// metropolis.cc -- a random walk that keeps exp(-u): y' = y + s e, e standard normal, made with the probability
// min(1, exp(u(y) - u(y'))); else the row stays. In detailed balance log q(y' -> y) - log q(y -> y') = u(y') - u(y).
// Metropolis, Rosenbluth, Rosenbluth, Teller, Teller, 1953; as a layer: Wu, Koehler, Noe, Stochastic normalizing flows,
// 2020, arXiv:2002.06707, section 5.
#include "nf/layers/stochastic.h"

namespace nf {
inline namespace NF_PRECISION {
namespace {

class Metropolis final : public Stochastic {
 public:
  Metropolis(SpecReader& spec, const Site& site)
      : Stochastic(spec, site, {.step = 0.3, .adjusts = true, .memory = 0}) {}

 protected:
  LogDet propose(const Tempered& energy, Real step, const Point& from, TileIn noise, Point& to, Real*) const override {
    to.y = from.y + step * noise;
    energy.ask(to);
    return energy.energy(from) - energy.energy(to);
  }
  Slopes propose_backward(const Tempered&, Real, const Point&, TileIn, const Point&, Real*, Tile dto, const LogDet&,
                          Tile dfrom) const override {
    dfrom += dto;
    return {};
  }
};

}  // namespace

std::unique_ptr<Layer> make_metropolis(SpecReader& spec, const Site& site) {
  return std::make_unique<Metropolis>(spec, site);
}

}  // namespace NF_PRECISION
}  // namespace nf
