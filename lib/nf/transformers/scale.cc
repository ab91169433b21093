// scale.cc -- y = x exp(s): NICE's diagonal rescaling, where it stands in an elementwise layer.
// Dinh, Krueger, Bengio, NICE, 2014, arXiv:1410.8516, section 3.3.
#include <algorithm>
#include <cmath>

#include "nf/kernels/affine.h"
#include "nf/transformers/kernel_map.h"

namespace nf {
inline namespace NF_PRECISION {
namespace {

// phi = r, s = r / (1 + |r| / ln 1000) as in affine.
class Scale final : public KernelMap<kernels::Scale> {
 public:
  explicit Scale(SpecReader& spec) : KernelMap({}, spec) {}
  void identity(Real* phi) const override { phi[0] = 0; }
};

}  // namespace

std::unique_ptr<Transformer> make_scale(SpecReader& spec) { return std::make_unique<Scale>(spec); }

}  // namespace NF_PRECISION
}  // namespace nf
