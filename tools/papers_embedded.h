#pragma once
// The files of share/specs/papers/, sorted by name; CMake writes papers_embedded.cc.
#include <span>
#include <string_view>

namespace nf::cli {

struct EmbeddedPaper {
  std::string_view name, text;
};
std::span<const EmbeddedPaper> embedded_papers();

}  // namespace nf::cli
