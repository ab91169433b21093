#pragma once
// What there is and what a model is, in words and as JSON.
#include <string>

#include "nf/model/model.h"

namespace nf::cli {

std::string list_text(bool json);  // the registry: flows, layers, transformers, bases
std::string model_text(const Model& model);
// Of a door's spec: what it makes of numbers, and that with what was measured, "mean 3 scale 2"; the kind where it is
// another than most have.
std::string door_kind(const Json& door);
std::string door_text(const Json& door);
Json model_json(const Model& model);

}  // namespace nf::cli
