#pragma once
// JSON from strangers. The library that parses it destroys and prints values recursively, so what is nested without
// bound would overflow the stack.
#include <string_view>

#include "nf/core/spec.h"

namespace nf {

inline constexpr int kMaxJsonDepth = 64;

// Whether objects and arrays stand more than kMaxJsonDepth deep in each other.
bool json_is_too_deep(std::string_view text);

// Throws Error: "JSON nested more than 64 deep", or where in the text something else was expected.
Json parse_json(std::string_view text);

}  // namespace nf
