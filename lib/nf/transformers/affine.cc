// affine.cc -- y = x exp(s) + t: the map of RealNVP and MAF.
// Dinh, Sohl-Dickstein, Bengio, Density estimation using Real NVP, 2016, arXiv:1605.08803;
// Papamakarios, Pavlakou, Murray, Masked autoregressive flow for density estimation, 2017, arXiv:1705.07057.
#include <algorithm>
#include <cmath>

#include "nf/kernels/log_scale.h"
#include "nf/kernels/affine.h"
#include "nf/transformers/kernel_map.h"

namespace nf {
inline namespace NF_PRECISION {
namespace {

// phi = (t, r), s = r / (1 + |r| / ln 1000): a smooth bound, scales stay within 1/1000 .. 1000 when a net strays.
class Affine final : public KernelMap<kernels::Affine> {
 public:
  explicit Affine(SpecReader& spec) : KernelMap({}, spec) {}
  int log_scale_at() const override { return 1; }
  void identity(Real* phi) const override { phi[0] = phi[1] = 0; }

  // Mean 0 and variance 1.
  bool start(std::span<const double> sorted, bool inverted, Real* phi) const override {
    double mean = 0, squares = 0;
    for (const double value : sorted) mean += value / static_cast<double>(sorted.size());
    for (const double value : sorted) squares += (value - mean) * (value - mean) / static_cast<double>(sorted.size());
    const double r = unbounded((inverted ? 1 : -1) * std::log(std::max(std::sqrt(squares), 1e-3)));
    phi[0] = static_cast<Real>(inverted ? mean : -mean * std::exp(log_scale(r)));
    phi[1] = static_cast<Real>(r);
    return true;
  }
};

}  // namespace

std::unique_ptr<Transformer> make_affine(SpecReader& spec) { return std::make_unique<Affine>(spec); }

}  // namespace NF_PRECISION
}  // namespace nf
