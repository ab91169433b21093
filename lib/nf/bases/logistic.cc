// logistic.cc -- independent standard logistics: p(z) = e^-z / (1 + e^-z)^2, the base of NICE.
#include <cmath>
#include <limits>

#include "nf/bases/base.h"

namespace nf {
inline namespace NF_PRECISION {
namespace {

class Logistic final : public Base {
 public:
  Logistic(SpecReader& spec, int dim) : dim_(dim), spec_(spec.canonical()) {}
  Json spec() const override { return spec_; }
  // log p = -z - 2 softplus(-z) = z - 2 softplus(z): even in z, so both tails are exact.
  void log_prob(Pass& pass, TileIn z, LogDet& lp) const override {
    Scratch scratch(*pass.scratch);
    Tile value = scratch.tile(dim_);
    kernels::softplus(z.data(), value.data(), z.size());
    value = z - Real(2) * value;
    kernels::sum_columns(value.data(), dim_, lp.data());
  }
  // d log p / dz = 1 - 2 sigmoid(z).
  void backward(Pass& pass, TileIn z, const LogDet& dlp, Tile dz) const override {
    Scratch scratch(*pass.scratch);
    Tile value = scratch.tile(dim_);
    kernels::sigmoid(z.data(), value.data(), z.size());
    for (int j = 0; j < dim_; ++j) dz.col(j).array() += dlp.cast<Real>() * (Real(1) - Real(2) * value.col(j).array());
  }
  void sample(Pass& pass, const Random& random, Stream stream, std::uint64_t first_row, Tile z) const override {
    Scratch scratch(*pass.scratch);
    Tile u = scratch.tile(dim_);
    random.uniforms(stream, first_row, dim_, u.data());
    // The uniforms are at most 1 - 2^-33, which a float rounds to 1; 1 - 2^-24 stands in for what is above it.
    u = u.cwiseMin(Real(1) - std::numeric_limits<Real>::epsilon() / 2);
    kernels::log(u.data(), z.data(), u.size());
    u = (Real(1) - u.array()).matrix();
    kernels::log(u.data(), u.data(), u.size());
    z -= u;
  }
  std::optional<double> entropy() const override { return 2.0 * dim_; }

 private:
  int dim_;
  Json spec_;
};

}  // namespace

std::unique_ptr<Base> make_logistic(SpecReader& spec, const Site& site) {
  return std::make_unique<Logistic>(spec, site.dim);
}

}  // namespace NF_PRECISION
}  // namespace nf
