#include "nf/core/json.h"

#include <fmt/format.h>

#include <unordered_set>
#include <vector>

namespace nf {
namespace {

// Builds a value from events: in the library's own builder every key of an object is compared with all before it.
class Builder {
 public:
  Json root;

  bool null() { return add(nullptr); }
  bool boolean(bool value) { return add(value); }
  bool number_integer(std::int64_t value) { return add(value); }
  bool number_unsigned(std::uint64_t value) { return add(value); }
  bool number_float(double value, const std::string&) { return add(value); }
  bool string(std::string& value) { return add(std::move(value)); }
  bool binary(Json::binary_t&) { return false; }
  bool start_object(std::size_t) { return open(Json::object()); }
  bool start_array(std::size_t) { return open(Json::array()); }
  bool end_object() { return close(); }
  bool end_array() { return close(); }
  bool key(std::string& name) {
    if (!open_.back().names.insert(name).second) throw Error(fmt::format("a JSON object has '{}' twice", name));
    open_.back().key = std::move(name);
    return true;
  }
  bool parse_error(std::size_t, const std::string&, const nlohmann::detail::exception& error) {
    const std::string what = error.what();  // "[json.exception.parse_error.101] parse error at line 1, ..."
    const std::size_t tag = what.find("] ");
    throw Error(what.substr(tag == std::string::npos ? 0 : tag + 2));
  }

 private:
  struct Open {
    Json* value;
    std::string key;  // of an object's next member
    std::unordered_set<std::string> names;
  };

  Json* place(Json value) {
    if (open_.empty()) return &(root = std::move(value));
    Open& into = open_.back();
    if (into.value->is_array()) return &into.value->get_ref<Json::array_t&>().emplace_back(std::move(value));
    return &into.value->get_ref<Json::object_t&>().emplace_back(std::move(into.key), std::move(value)).second;
  }
  bool add(Json value) { return place(std::move(value)), true; }
  bool open(Json value) {
    Json* const placed = place(std::move(value));
    open_.push_back({placed, {}, {}});
    return true;
  }
  bool close() { return open_.pop_back(), true; }

  std::vector<Open> open_;
};

}  // namespace

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
  // The parser takes it for the end.
  if (text.find('\0') != std::string_view::npos) throw Error("JSON with a zero byte");
  Builder builder;
  Json::sax_parse(text.data(), text.data() + text.size(), &builder);
  return std::move(builder.root);
}

}  // namespace nf
