#pragma once
// What there is and what a model is, in words and as JSON.
#include <string>

#include "nf/model/model.h"

namespace nf::cli {

std::string list_text(bool json);  // the registry: flows, layers, transformers, bases
std::string model_text(const Model& model);
Json model_json(const Model& model);

}  // namespace nf::cli
