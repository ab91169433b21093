// batch_norm.cc -- z = (x - mean) / sqrt(var + eps) exp(gamma) + beta, with stored mean and variance.
// Ioffe, Szegedy, Batch normalization, 2015, arXiv:1502.03167; as a flow layer: Dinh et al., Real NVP, 2016,
// arXiv:1605.08803, appendix E, and Papamakarios et al., MAF, 2017, arXiv:1705.07057, section 3.5.
//
// The stored statistics normalise in training and evaluation alike and are constants in backward, so a row's density
// never depends on its neighbours. Tiles add up (n, sum, sum of squares); after a step the stored values move.
#include <cmath>

#include "nf/layers/layer.h"

namespace nf {
inline namespace NF_PRECISION {
namespace {

class BatchNorm final : public Layer {
 public:
  BatchNorm(SpecReader& spec, const Site& site)
      : dim_(site.dim),
        momentum_(spec.number("momentum", 0.1, 0, 1)),
        epsilon_(spec.number("epsilon", 1e-5, 1e-12, 1)) {
    mean_ = site.add("mean", 1, dim_, false).offset;
    variance_ = site.add("variance", 1, dim_, false).offset;
    gamma_ = site.add("gamma", 1, dim_).offset;
    beta_ = site.add("beta", 1, dim_).offset;
    prepared_ = site.prepare(4 * dim_);
    stats_ = site.wants.stats.add(1 + 2 * dim_);
    spec_ = spec.canonical();
    traits_ = {.dim = dim_, .noise_dim = dim_, .wants_data = true, .collects = true};
  }

  void init(Real* theta, Uniforms&) const override {
    for (int j = 0; j < dim_; ++j) theta[variance_ + j] = static_cast<Real>(1 - epsilon_);  // the identity
  }
  // Inverted too: the statistics are those of the side that forward() reads; there they follow from the other side's.
  void init_data(Real* theta, const Start& start) const override {
    const Batch& x = start.x;
    for (int j = 0; j < dim_; ++j) {
      const auto column = x.col(j).template cast<double>();
      const double mean = column.mean(), variance = (column.array() - mean).square().mean();
      if (start.inverted) {
        // x arrives as this layer's output: standardise it by gamma and beta instead.
        theta[gamma_ + j] = static_cast<Real>(0.5 * std::log(variance + epsilon_));
        theta[beta_ + j] = static_cast<Real>(mean);
      } else {
        theta[mean_ + j] = static_cast<Real>(mean);
        theta[variance_ + j] = static_cast<Real>(variance);
      }
    }
  }

  void prepare(Pass& pass, Real* prepared) const override {
    for (int j = 0; j < dim_; ++j) {
      const Real log_scale =
          pass.theta[gamma_ + j] - Real(0.5) * std::log(pass.theta[variance_ + j] + static_cast<Real>(epsilon_));
      Real* to = prepared + prepared_ + 4 * j;
      to[0] = pass.theta[mean_ + j], to[1] = std::exp(log_scale), to[2] = log_scale, to[3] = pass.theta[beta_ + j];
    }
  }
  void after_step(Real* theta, const double* stats) const override {
    const double n = stats[stats_];
    if (!(n > 1)) return;
    for (int j = 0; j < dim_; ++j) {
      const double mean = stats[stats_ + 1 + j] / n;
      const double variance = std::max(stats[stats_ + 1 + dim_ + j] / n - mean * mean, 0.0);
      Real& m = theta[mean_ + j];
      Real& v = theta[variance_ + j];
      if (!std::isfinite(mean) || !std::isfinite(variance)) continue;
      m += static_cast<Real>(momentum_ * (mean - static_cast<double>(m)));
      v += static_cast<Real>(momentum_ * (variance - static_cast<double>(v)));
    }
  }

  void forward(Pass& pass, TileIn x, Tile z, LogDet& ld) const override {
    collect(pass, x);
    keep(pass, x);
    for (int j = 0; j < dim_; ++j) {
      const Column c = column(pass, j);
      z.col(j) = ((x.col(j).array() - c.mean) * c.scale + c.beta).matrix();
      ld += static_cast<double>(c.log_scale);
    }
  }
  void inverse(Pass& pass, TileIn z, Tile x, LogDet& ld) const override {
    for (int j = 0; j < dim_; ++j) {
      const Column c = column(pass, j);
      x.col(j) = ((z.col(j).array() - c.beta) / c.scale + c.mean).matrix();
      ld -= static_cast<double>(c.log_scale);
    }
    collect(pass, in(x));
    keep(pass, in(x));
  }
  void backward(Pass& pass, TileIn dz, const LogDet& dld, Tile dx) const override {
    const TileIn x = kept(pass, dim_);
    const Real sum_dld = static_cast<Real>(dld.sum());
    for (int j = 0; j < dim_; ++j) {
      const Column c = column(pass, j);
      dx.col(j) = dz.col(j) * c.scale;
      if (!pass.dtheta) continue;
      pass.dtheta[gamma_ + j] += (dx.col(j).array() * (x.col(j).array() - c.mean)).sum() + sum_dld;
      pass.dtheta[beta_ + j] += dz.col(j).sum();
    }
  }
  // x = (z - beta) / scale + mean, ld = -log scale: dgamma = -sum dx (x - mean) - dld, dbeta = -sum dx / scale.
  void inverse_backward(Pass& pass, TileIn dx, const LogDet& dld, Tile dz) const override {
    const TileIn x = kept(pass, dim_);
    const Real sum_dld = static_cast<Real>(dld.sum());
    for (int j = 0; j < dim_; ++j) {
      const Column c = column(pass, j);
      dz.col(j) = dx.col(j) / c.scale;
      if (!pass.dtheta) continue;
      pass.dtheta[gamma_ + j] -= (dx.col(j).array() * (x.col(j).array() - c.mean)).sum() + sum_dld;
      pass.dtheta[beta_ + j] -= dz.col(j).sum();
    }
  }

 private:
  struct Column {
    Real mean, scale, log_scale, beta;
  };
  Column column(const Pass& pass, int j) const {
    const Real* at = pass.prepared + prepared_ + 4 * j;
    return {at[0], at[1], at[2], at[3]};
  }
  void collect(Pass& pass, TileIn x) const {
    if (!pass.stats) return;
    double* stats = pass.stats + stats_;
    stats[0] += pass.rows;
    for (int j = 0; j < dim_; ++j)
      for (int r = 0; r < pass.rows; ++r) {
        const double value = static_cast<double>(x(r, j));
        stats[1 + j] += value;
        stats[1 + dim_ + j] += value * value;
      }
  }

  int dim_;
  double momentum_, epsilon_;
  std::size_t mean_ = 0, variance_ = 0, gamma_ = 0, beta_ = 0;
  int prepared_ = 0, stats_ = 0;
};

}  // namespace

std::unique_ptr<Layer> make_batch_norm(SpecReader& spec, const Site& site) {
  return std::make_unique<BatchNorm>(spec, site);
}

}  // namespace NF_PRECISION
}  // namespace nf
