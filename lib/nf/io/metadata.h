#pragma once
// What the metadata of our own safetensors files say: their format, its version, and JSON under other keys.
#include "nf/core/spec.h"
#include "nf/io/safetensors.h"

namespace nf::io {

// Throws Error unless "format" is this and "version" one of these, which is returned; `what` the file should be stands
// in the message.
std::string require_format(const SafeTensors& file, const char* format, const char* what,
                           const std::vector<std::string>& versions);

// The JSON under a key, and one that is an object. Throws Error.
Json json_meta(const SafeTensors& file, const char* key);
Json object_meta(const SafeTensors& file, const char* key);

}  // namespace nf::io
