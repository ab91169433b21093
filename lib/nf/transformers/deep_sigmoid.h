#pragma once
// What deep_sigmoid and deep_dense_sigmoid share: both are layers of sigmoids, one or several.
#include "nf/kernels/deep_sigmoid.h"
#include "nf/transformers/kernel_map.h"

namespace nf {
inline namespace NF_PRECISION {

class DeepSigmoid final : public KernelMap<kernels::DeepSigmoid> {
 public:
  using KernelMap::KernelMap;
  void identity(Real* phi) const override;
};

}  // namespace NF_PRECISION
}  // namespace nf
