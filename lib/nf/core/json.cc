#include "nf/core/json.h"

#include <fmt/format.h>

namespace nf {

bool json_is_too_deep(std::string_view text) {
  int depth = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '"') in_string = !in_string;
    else if (in_string) i += c == '\\';
    else if (c == '[' || c == '{') ++depth;
    else if (c == ']' || c == '}') --depth;
    if (depth > kMaxJsonDepth) return true;
  }
  return false;
}

Json parse_json(std::string_view text) {
  if (json_is_too_deep(text)) throw Error(fmt::format("JSON nested more than {} deep", kMaxJsonDepth));
  try {
    return Json::parse(text);
  } catch (const Json::exception& error) {
    const std::string what = error.what();  // "[json.exception.parse_error.101] parse error at line 1, ..."
    const std::size_t tag = what.find("] ");
    throw Error(what.substr(tag == std::string::npos ? 0 : tag + 2));
  }
}

}  // namespace nf
