#pragma once
#include "nf/transformers/transformer.h"

namespace nf {
inline namespace NF_PRECISION {

// The map f^-1 for a map f: forward and inverse change places.
std::unique_ptr<Transformer> invert(std::unique_ptr<Transformer> map);

}  // namespace NF_PRECISION
}  // namespace nf
