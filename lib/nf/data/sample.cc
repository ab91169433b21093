#include "nf/data/sample.h"

#include <algorithm>

#include "nf/io/number.h"
#include "nf/io/table.h"

namespace nf {
inline namespace NF_PRECISION {

std::string Sample::label(std::size_t j) const {
  return name(j).empty() ? std::to_string(j + 1) : io::in_quotes(name(j));
}

Sample read_sample(const std::string& path, const ReadChoice& choice) {
  const auto reader = io::TableReader::open(path, {});
  Sample sample{choice.columns, choice.context, !choice.weights.empty(), {}};
  std::vector<std::string> others = choice.context;
  if (sample.weighted) others.push_back(choice.weights);
  if (sample.x_names.empty()) {
    sample.x_names = reader->names();
    if (reader->names().empty() && others.empty()) sample.x_names.resize(reader->columns());
    std::erase_if(sample.x_names, [&](const std::string& name) {
      return !name.empty() && std::find(others.begin(), others.end(), name) != others.end();
    });
  }
  std::vector<std::string> wanted = sample.x_names;
  wanted.insert(wanted.end(), others.begin(), others.end());
  if (wanted.empty()) throw Error(reader->path() + ": no columns to learn");
  reader->select(reader->find(wanted));
  for (io::Block block; reader->next(block);)
    sample.values.insert(sample.values.end(), block.values.begin(), block.values.end());
  return sample;
}

}  // namespace NF_PRECISION
}  // namespace nf
