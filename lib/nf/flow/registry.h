#pragma once
// The names of all units, from registry.def, and named flows ("presets") as specs.
#include <string>
#include <vector>

#include "nf/core/spec.h"
#include "nf/core/types.h"

namespace nf {
inline namespace NF_PRECISION {

const std::vector<Unit>& transformers();
const std::vector<Unit>& layers();
const std::vector<Unit>& nets();
const std::vector<Unit>& bases();
const std::vector<Unit>& doors();
const std::vector<Unit>& presets();

// The spec of a named flow; `set` holds overrides (layers, hidden, ...). Throws Error on unknown names and keys.
Json preset_spec(const std::string& preset, int dim, int context = 0, const Json& set = Json::object());

}  // namespace NF_PRECISION
}  // namespace nf
