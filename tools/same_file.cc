#include "same_file.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "cli.h"
#include "nf/io/number.h"

namespace nf::cli {
namespace {

struct Place {
  Place(const std::string& path, int standard_stream) {
    struct stat status {};
    const bool found = path == "-" ? fstat(standard_stream, &status) == 0 : stat(path.c_str(), &status) == 0;
    exists = found && S_ISREG(status.st_mode);
    device = status.st_dev;
    inode = status.st_ino;
    std::error_code ignored;
    if (!found && path != "-" && !path.empty())
      to_be = std::filesystem::weakly_canonical(std::filesystem::absolute(path), ignored);
  }
  bool operator==(const Place& other) const {
    if (exists && other.exists) return device == other.device && inode == other.inode;
    return !to_be.empty() && to_be == other.to_be;
  }

  bool exists = false;
  dev_t device = 0;
  ino_t inode = 0;
  std::filesystem::path to_be;  // of a file that is not there yet
};

}  // namespace

void refuse_same_files(const std::vector<NamedPath>& outputs, const std::vector<std::string>& inputs) {
  std::vector<Place> written;
  for (const NamedPath& output : outputs) {
    const Place place(output.path, STDOUT_FILENO);
    for (std::size_t i = 0; i < written.size(); ++i)
      if (written[i] == place)
        throw UsageError(fmt::format("{} and {} are one file, {}", outputs[i].name, output.name,
                                     in_quotes(output.path == "-" ? outputs[i].path : output.path)));
    written.push_back(place);
  }
  for (const std::string& input : inputs) {
    const Place place(input, STDIN_FILENO);
    for (std::size_t i = 0; i < written.size(); ++i)
      if (written[i] == place)
        throw UsageError(fmt::format("{}: {} is the file that is read; write to another, and rename it then",
                                     outputs[i].name, in_quotes(outputs[i].path == "-" ? input : outputs[i].path)));
  }
}

}  // namespace nf::cli
