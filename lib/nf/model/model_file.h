#pragma once
// A model as a file: a safetensors container, documented to the byte in share/doc/format.md.
#include <cstddef>
#include <span>
#include <string>

#include "nf/model/model.h"

namespace nf {
inline namespace NF_PRECISION {

std::string serialise(const Model& model);

// Throws Error (without the file's name) on anything that is not such a file, on shapes that disagree with the spec, on
// masked entries that are not exactly 0, on unknown versions. Runs nothing; allocates no more than a small multiple of
// the file's size.
Model parse_model(std::span<const std::byte> file);

// A model's file; "-": standard input. Throws Error beginning with its name.
Model load(const std::string& path);
Model parse_model(const std::string& path, const std::string& text);  // its contents; for messages, its name
// The file has its name when it is complete and on the disk; "-": standard output. Throws Error.
void save(const std::string& path, const Model& model);

}  // namespace NF_PRECISION
}  // namespace nf
