// uniform.cc -- independent uniforms on [low, high]. Outside, the log-density is -inf and its gradient 0.
#include <cmath>
#include <limits>

#include "nf/bases/base.h"

namespace nf {
inline namespace NF_PRECISION {
namespace {

class Uniform final : public Base {
 public:
  Uniform(SpecReader& spec, int dim)
      : dim_(dim),
        low_(spec.number("low", 0, -1e6, 1e6)),
        high_(spec.number("high", 1, -1e6, 1e6)),
        spec_(spec.canonical()) {
    if (!(low_ < high_)) spec.fail("'low' is not below 'high'");
  }
  Json spec() const override { return spec_; }
  void log_prob(Pass&, TileIn z, LogDet& lp) const override {
    lp -= dim_ * std::log(high_ - low_);
    for (int j = 0; j < dim_; ++j)
      for (int r = 0; r < kTile; ++r) {
        const double value = static_cast<double>(z(r, j));
        if (!(value >= low_ && value <= high_)) lp(r) = -std::numeric_limits<double>::infinity();
      }
  }
  void backward(Pass&, TileIn, const LogDet&, Tile) const override {}
  void sample(Pass&, const Random& random, Stream stream, std::uint64_t first_row, Tile z) const override {
    random.uniforms(stream, first_row, dim_, z.data());
    z = (z.array() * static_cast<Real>(high_ - low_) + static_cast<Real>(low_)).matrix();
    z = z.cwiseMin(static_cast<Real>(high_)).cwiseMax(static_cast<Real>(low_));  // what rounding put outside
  }
  bool smooth() const override { return false; }
  std::optional<double> entropy() const override { return dim_ * std::log(high_ - low_); }

 private:
  int dim_;
  double low_, high_;
  Json spec_;
};

}  // namespace

std::unique_ptr<Base> make_uniform(SpecReader& spec, const Site& site) {
  return std::make_unique<Uniform>(spec, site.dim);
}

}  // namespace NF_PRECISION
}  // namespace nf
