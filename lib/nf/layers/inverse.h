#pragma once
#include "nf/layers/layer.h"

namespace nf {
inline namespace NF_PRECISION {

// The layer f^-1 for a layer f: an IAF is an inverted autoregressive layer (Kingma, Salimans, Jozefowicz, Chen,
// Sutskever, Welling, Improved variational inference with inverse autoregressive flow, 2016, arXiv:1606.04934).
std::unique_ptr<Layer> invert(std::unique_ptr<Layer> layer, Json spec);

}  // namespace NF_PRECISION
}  // namespace nf
