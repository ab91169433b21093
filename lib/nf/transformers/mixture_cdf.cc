// mixture_cdf.cc -- y = Q(sum_k w_k F((x - m_k) / s_k)): the distribution function of a mixture, pulled back onto the
// line by the quantile function of one distribution.
// Ho, Chen, Srinivas, Duan, Abbeel, Flow++, 2019, arXiv:1902.00275 (logistics, to the logit); Meng, Song, Song, Ermon,
// Gaussianization flows, 2020, arXiv:2003.01941 (logistics, to the normal quantile). Normals to the normal quantile in
// an autoregressive layer are MADE's mixture of Gaussians: Papamakarios, Pavlakou, Murray, Masked autoregressive flow
// for density estimation, 2017, arXiv:1705.07057.
#include <algorithm>
#include <cmath>

#include "nf/core/constants.h"
#include "nf/kernels/log_scale.h"
#include "nf/kernels/mixture_cdf.h"
#include "nf/transformers/kernel_map.h"

namespace nf {
inline namespace NF_PRECISION {
namespace {

kernels::MixtureCdf read(SpecReader& spec) {
  kernels::MixtureCdf m;
  m.components = static_cast<int>(spec.integer("components", 8, 1, kernels::MixtureCdf::kMostComponents));
  m.normal = spec.word("component", "logistic", {"logistic", "normal"}) == "normal";
  m.to_normal = spec.word("to", "logit", {"logit", "normal"}) == "normal";
  return m;
}

class Mixture final : public KernelMap<kernels::MixtureCdf> {
 public:
  explicit Mixture(SpecReader& spec) : KernelMap(read(spec), spec) {}

  // Components side by side, a quarter of the variance between them, the mixture's variance that of Q's distribution:
  // equal components would have equal gradients for ever. One component alone is the identity, if F and Q match.
  void identity(Real* phi) const override {
    const int count = map().components;
    const double between = count > 1 ? 0.25 * variance(map().to_normal) : 0.0;
    const double step = count > 1 ? std::sqrt(12 * between / (static_cast<double>(count) * count - 1)) : 0.0;
    const double scale = std::sqrt((variance(map().to_normal) - between) / variance(map().normal));
    for (int k = 0; k < count; ++k)
      set(phi, k, step * (k - 0.5 * (count - 1)), map().normal == map().to_normal && count == 1 ? 1.0 : scale);
  }

  // Components at evenly spaced quantiles, with a standard deviation of 0.6 of their distances, at which a row of them
  // is just level: the column's own distribution, smoothed.
  bool start(std::span<const double> sorted, bool inverted, Real* phi) const override {
    if (inverted) return false;
    const int count = map().components;
    const auto quantile = [&](double p) {
      const double last = static_cast<double>(sorted.size() - 1), at = std::clamp(p, 0.0, 1.0) * last;
      const auto below = static_cast<std::size_t>(at);
      const double above = sorted[std::min(below + 1, sorted.size() - 1)];
      return sorted[below] + (at - static_cast<double>(below)) * (above - sorted[below]);
    };
    const double to_scale = 1 / std::sqrt(variance(map().normal)), half = 0.5 / count;
    const double whole = 0.5 * (quantile(0.84) - quantile(0.16));
    for (int k = 0; k < count; ++k) {
      const double p = (2 * k + 1) * half, reach = 0.3 * (quantile(p + 2 * half) - quantile(p - 2 * half));
      // Where values repeat, a component still has some width.
      set(phi, k, quantile(p), to_scale * std::max({reach, 0.01 * whole, 1e-3}));
    }
    return true;
  }

 private:
  static double variance(bool normal) { return normal ? 1.0 : kPi * kPi / 3; }
  void set(Real* phi, int k, double mean, double scale) const {
    phi[k] = 0;
    phi[map().components + k] = static_cast<Real>(mean);
    phi[2 * map().components + k] = static_cast<Real>(unbounded(std::log(scale)));
  }
};

}  // namespace

std::unique_ptr<Transformer> make_mixture_cdf(SpecReader& spec) { return std::make_unique<Mixture>(spec); }

}  // namespace NF_PRECISION
}  // namespace nf
