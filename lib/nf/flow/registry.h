#pragma once
// The names of all units, from registry.def, and named flows ("presets") as specs.
#include <string>
#include <vector>

#include "nf/core/manifold.h"
#include "nf/core/spec.h"
#include "nf/core/types.h"

namespace nf {
inline namespace NF_PRECISION {

const std::vector<Unit>& transformers();
const std::vector<Unit>& layers();
const std::vector<Unit>& nets();
const std::vector<Unit>& fields();
const std::vector<Unit>& bases();
const std::vector<Unit>& doors();
const std::vector<Unit>& presets();

// The spec of a named flow; `set` holds overrides (layers, hidden, ...). Throws Error on unknown names and keys.
Json preset_spec(const std::string& preset, int dim, int context = 0, const Json& set = Json::object());
// The same for features that are not all numbers: those that are levels go into a layer around the flow of the others.
Json preset_spec(const std::string& preset, const std::vector<Feature>& features, int context, const Json& set);
// A spec of the numbers among the features, given `context` and the levels, as one of all features.
Json with_levels(const Json& numbers, const std::vector<Feature>& features, int context);
// Where a canonical spec's layers take levels and gates for others than these features have, what; else "".
std::string disagreement(const Json& spec, const std::vector<Feature>& features);

}  // namespace NF_PRECISION
}  // namespace nf
