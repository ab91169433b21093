#pragma once
// What a model's log p is the logarithm of.
#include <string>
#include <vector>

#include "nf/model/model.h"

namespace nf {
inline namespace NF_PRECISION {

// "probability of b, kind times density of a, c, given d, at least": columns that are counted have probabilities, those
// that are measured densities, in their units.
std::string meaning(const Model& model);
// Of some of its columns.
std::string meaning(const Model& model, const std::vector<bool>& columns);

}  // namespace NF_PRECISION
}  // namespace nf
