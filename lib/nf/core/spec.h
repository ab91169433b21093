#pragma once
// Reading a spec: JSON objects with known keys, defaults and ranges. What was read, defaults filled in, is the
// canonical spec that the model file keeps.
#include <initializer_list>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "nf/core/error.h"

namespace nf {

using Json = nlohmann::ordered_json;

// Every reading function takes the key's default and throws Error naming the place ("layers.2: ...") when the value has
// the wrong type or is out of range; done() throws when a key was never asked for.
class SpecReader {
 public:
  SpecReader(const Json& object, std::string place);  // throws Error unless `object` is a JSON object

  std::int64_t integer(const char* key, std::int64_t otherwise, std::int64_t least, std::int64_t most);
  double number(const char* key, double otherwise, double least, double most);
  bool flag(const char* key, bool otherwise);
  std::string word(const char* key, std::string_view otherwise, std::initializer_list<std::string_view> choices);
  std::vector<int> integers(const char* key, const std::vector<int>& otherwise, int least, int most);
  std::vector<double> numbers(const char* key);        // finite ones; none where the key is not there
  std::vector<std::string> words(const char* key);     //   and words
  Json value(const char* key, const Json& otherwise);  // anything
  bool has(const char* key) const { return object_.contains(key); }
  void replace(const char* key, Json value) { canonical_[key] = std::move(value); }  // a resolved value
  void forget(const char* key) { canonical_.erase(key); }                            // one that is resolved away
  void require_known() const;  // throws on a key that was not read
  const Json& canonical() const { return canonical_; }
  const std::string& place() const { return place_; }
  [[noreturn]] void fail(const std::string& what) const;  // throws Error "place: what"

 private:
  void record(const char* key, Json value);

  const Json& object_;
  std::string place_;
  std::vector<std::string> known_;
  Json canonical_ = Json::object();
};

// What a spec or an option can name: a layer, a base, a target, ...
struct Unit {
  std::string_view name, help;
};
std::vector<std::string> names(const std::vector<Unit>& units);

// The nearest of `choices` to `word`, or "" when none is near. For "did you mean".
std::string nearest(std::string_view word, const std::vector<std::string>& choices);
// "unknown flow 'mfa'; did you mean 'maf'?" or the list of choices.
std::string unknown(std::string_view what, std::string_view word, const std::vector<std::string>& choices);

}  // namespace nf
