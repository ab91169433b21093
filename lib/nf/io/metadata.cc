#include "nf/io/metadata.h"

#include <fmt/format.h>

#include <algorithm>

#include "nf/core/json.h"

namespace nf::io {

std::string require_format(const SafeTensors& file, const char* format, const char* what,
                           const std::vector<std::string>& versions) {
  const std::string* found = file.meta("format");
  if (!found || *found != format)
    throw Error(fmt::format("not a {} of nf-tools: its metadata has no \"format\": \"{}\"", what, format));
  found = file.meta("version");
  if (!found || std::find(versions.begin(), versions.end(), *found) == versions.end())
    throw Error(fmt::format("{} format version '{}'; this program reads version '{}'", what, found ? *found : "",
                            fmt::join(versions, "' or '")));
  return *found;
}

Json json_meta(const SafeTensors& file, const char* key) {
  const std::string* text = file.meta(key);
  if (!text) throw Error(fmt::format("no '{}' in its metadata", key));
  try {
    return parse_json(*text);
  } catch (const Error& error) {
    throw Error(fmt::format("'{}' in the metadata: {}", key, error.what()));
  }
}

Json object_meta(const SafeTensors& file, const char* key) {
  Json json = json_meta(file, key);
  if (!json.is_object()) throw Error(fmt::format("'{}' in the metadata is not an object", key));
  return json;
}

}  // namespace nf::io
