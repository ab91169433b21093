// gaussian_mixture.cc -- sum_k w_k N(z; m_k, diag(s_k)^2), weights, means and scales learned: modes that a flow, being
// continuous, would have to tear out of one.
// Stimper, Schoelkopf, Hernandez-Lobato, Resampling base distributions of normalizing flows, 2022, arXiv:2110.15828,
// compare it with other bases of several modes.
#include <algorithm>
#include <cmath>

#include "nf/bases/base.h"
#include "nf/core/constants.h"
#include "nf/kernels/log_scale.h"

namespace nf {
inline namespace NF_PRECISION {
namespace {

// theta: `weight`, the weights' logits; `mean` and `r`, a row a component, s = exp(r / (1 + |r| / ln 1000)).
class GaussianMixture final : public Base {
 public:
  GaussianMixture(SpecReader& spec, const Site& site)
      : dim_(site.dim), count_(static_cast<int>(spec.integer("components", 8, 1, 1000))), spec_(spec.canonical()) {
    weight_ = site.add("weight", 1, count_).offset;
    mean_ = site.add("mean", count_, dim_);
    r_ = site.add("r", count_, dim_);
  }
  Json spec() const override { return spec_; }

  // Components of equal weight, drawn apart: the mean of each from N(0, 1/4), the variance in all of 1.
  void init(Real* theta, Uniforms& random) const override {
    for (int k = 0; k < count_; ++k)
      for (int j = 0; j < dim_; ++j) {
        const double radius = std::sqrt(-2 * std::log(random.next()));
        const double normal = radius * std::cos(kTwoPi * random.next());
        theta[mean_.at(k, j)] = static_cast<Real>(count_ > 1 ? 0.5 * normal : 0.0);
        theta[r_.at(k, j)] = static_cast<Real>(unbounded(count_ > 1 ? 0.5 * std::log(0.75) : 0.0));
      }
  }

  void log_prob(Pass& pass, TileIn z, LogDet& lp) const override {
    Scratch scratch(*pass.scratch);
    Tile share = scratch.tile(count_);
    LogDet sum;
    components(pass, z, share, sum);
    lp += sum;
  }

  // With u = (z - m_k) / s_k and shares a_k: d log p / dm_k = a_k u / s_k, / dlog s_k = a_k (u^2 - 1), / dlogit_k =
  // a_k - w_k, / dz = -sum_k a_k u / s_k.
  void backward(Pass& pass, TileIn z, const LogDet& dlp, Tile dz) const override {
    Scratch scratch(*pass.scratch);
    Tile share = scratch.tile(count_);
    LogDet sum;
    components(pass, z, share, sum);
    const double log_weights = log_total(pass.theta);
    for (int k = 0; k < count_; ++k) {
      auto a = share.col(k).array();
      if (pass.dtheta) {
        const double w = std::exp(static_cast<double>(pass.theta[weight_ + k]) - log_weights);
        pass.dtheta[weight_ + k] += static_cast<Real>((dlp * (a.template cast<double>() - w)).sum());
      }
      a *= dlp.cast<Real>();
      for (int j = 0; j < dim_; ++j) {
        const Scale s = scale(pass.theta, k, j);
        const auto u = ((z.col(j).array() - pass.theta[mean_.at(k, j)]) * s.inverse).eval();
        dz.col(j).array() -= a * u * s.inverse;
        if (!pass.dtheta) continue;
        pass.dtheta[mean_.at(k, j)] += s.inverse * (a * u).sum();
        pass.dtheta[r_.at(k, j)] += s.slope * (a * (u * u - 1)).sum();
      }
    }
  }

  // The component by one more uniform, of the column after the last block of four that the normals come from.
  void sample(Pass& pass, const Random& random, Stream stream, std::uint64_t first_row, Tile z) const override {
    alignas(64) double u[4 * kTile];
    random.normals(stream, first_row, dim_, z.data());
    random.uniforms(stream, first_row, (dim_ + 3) / 4 * 4, 1, u);
    const double log_weights = log_total(pass.theta);
    for (int r = 0; r < kTile; ++r) {
      int k = 0;
      for (double below = 0; k < count_ - 1; ++k) {
        below += std::exp(static_cast<double>(pass.theta[weight_ + k]) - log_weights);
        if (u[r] < below) break;
      }
      for (int j = 0; j < dim_; ++j) z(r, j) = z(r, j) / scale(pass.theta, k, j).inverse + pass.theta[mean_.at(k, j)];
    }
  }

 private:
  struct Scale {
    Real inverse, log, slope;  // 1 / s, log s, dlog s / dr
  };
  Scale scale(const Real* theta, int k, int j) const {
    const Real r = theta[r_.at(k, j)];
    return {std::exp(-log_scale(r)), log_scale(r), shrink(r) * shrink(r)};
  }
  double log_total(const Real* theta) const {
    double most = -INFINITY, sum = 0;
    for (int k = 0; k < count_; ++k) most = std::max(most, static_cast<double>(theta[weight_ + k]));
    for (int k = 0; k < count_; ++k) sum += std::exp(static_cast<double>(theta[weight_ + k]) - most);
    return most + std::log(sum);
  }

  // share_k = w_k N_k / p and log p.
  void components(Pass& pass, TileIn z, Tile share, LogDet& log_p) const {
    const double log_weights = log_total(pass.theta), constant = 0.5 * dim_ * kLogTwoPi;
    for (int k = 0; k < count_; ++k) {
      auto value = share.col(k).array();
      double log_scales = 0;
      value.setZero();
      for (int j = 0; j < dim_; ++j) {
        const Scale s = scale(pass.theta, k, j);
        log_scales += static_cast<double>(s.log);
        value -= ((z.col(j).array() - pass.theta[mean_.at(k, j)]) * s.inverse).square();
      }
      const double logit = static_cast<double>(pass.theta[weight_ + k]);
      value = Real(0.5) * value + static_cast<Real>(logit - log_weights - log_scales - constant);
      value = value.max(static_cast<Real>(-1e30));  // infinitely far from all components, shares stay numbers
    }
    const auto most = share.rowwise().maxCoeff().array().eval();
    share.colwise() -= most.matrix();
    kernels::exp(share.data(), share.data(), share.size());
    const auto sum = share.rowwise().sum().array().eval();
    for (int k = 0; k < count_; ++k) share.col(k).array() /= sum;
    log_p = most.template cast<double>() + sum.template cast<double>().log();
  }

  int dim_, count_;
  std::size_t weight_ = 0;
  Place mean_, r_;
  Json spec_;
};

}  // namespace

std::unique_ptr<Base> make_gaussian_mixture(SpecReader& spec, const Site& site) {
  return std::make_unique<GaussianMixture>(spec, site);
}

}  // namespace NF_PRECISION
}  // namespace nf
