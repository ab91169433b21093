#pragma once
// What a model's log p is the logarithm of.
#include <string>

#include "nf/model/model.h"

namespace nf {
inline namespace NF_PRECISION {

// "probability of b, kind times density of a, c, given d, at least": columns that are counted have probabilities, those
// that are measured densities, in their units.
std::string meaning(const Model& model);

}  // namespace NF_PRECISION
}  // namespace nf
