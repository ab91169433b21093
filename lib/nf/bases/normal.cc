// normal.cc -- independent standard normals.
#include <cmath>

#include "nf/bases/base.h"
#include "nf/core/constants.h"

namespace nf {
inline namespace NF_PRECISION {
namespace {

class Normal final : public Base {
 public:
  Normal(SpecReader& spec, int dim) : dim_(dim), spec_(spec.canonical()) {}
  Json spec() const override { return spec_; }
  void log_prob(Pass&, TileIn z, LogDet& lp) const override {
    LogDet squares = LogDet::Zero();
    kernels::sum_squares(z.data(), dim_, squares.data());
    lp -= 0.5 * squares + 0.5 * kLogTwoPi * dim_;
  }
  void backward(Pass&, TileIn z, const LogDet& dlp, Tile dz) const override {
    for (int j = 0; j < dim_; ++j) dz.col(j).array() -= dlp.cast<Real>() * z.col(j).array();
  }
  void sample(Pass&, const Random& random, Stream stream, std::uint64_t first_row, Tile z) const override {
    random.normals(stream, first_row, dim_, z.data());
  }
  std::optional<double> entropy() const override { return 0.5 * dim_ * (1 + kLogTwoPi); }
  bool scalable() const override { return true; }

 private:
  int dim_;
  Json spec_;
};

}  // namespace

std::unique_ptr<Base> make_normal(SpecReader& spec, const Site& site) {
  return std::make_unique<Normal>(spec, site.dim);
}

}  // namespace NF_PRECISION
}  // namespace nf
