#pragma once
#include "nf/bijections/bijection.h"

namespace nf {
inline namespace NF_PRECISION {

// The layer f^-1 for a layer f: an IAF is an inverted autoregressive layer (Kingma, Salimans, Jozefowicz, Chen,
// Sutskever, Welling, Improved variational inference with inverse autoregressive flow, 2016, arXiv:1606.04934).
std::unique_ptr<Bijection> invert(std::unique_ptr<Bijection> layer);

}  // namespace NF_PRECISION
}  // namespace nf
