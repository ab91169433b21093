#include "nf/io/metadata.h"

#include <fmt/format.h>

#include "nf/core/json.h"

namespace nf::io {

void require_format(const SafeTensors& file, const char* format, const char* what, const char* version) {
  const std::string* found = file.meta("format");
  if (!found || *found != format)
    throw Error(fmt::format("not a {} of nf-tools: its metadata has no \"format\": \"{}\"", what, format));
  found = file.meta("version");
  if (!found || *found != version)
    throw Error(fmt::format("{} format version '{}'; this program reads version '{}'", what, found ? *found : "", version));
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
