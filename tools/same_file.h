#pragma once
// Output that would fall on what is read, or on other output.
#include <string>
#include <vector>

namespace nf::cli {

struct NamedPath {
  std::string name;  // as messages call it: "--checkpoint"
  std::string path;  // "-": the standard stream; "": none
};

// Throws UsageError if an output is one of the inputs or another output, under whatever name. Only regular files can
// be: devices and pipes are read and written by many.
void refuse_same_files(const std::vector<NamedPath>& outputs, const std::vector<std::string>& inputs);

}  // namespace nf::cli
