#include "nf/core/spec.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

namespace nf {

SpecReader::SpecReader(const Json& object, std::string place) : object_(object), place_(std::move(place)) {
  if (!object.is_object()) fail(fmt::format("{} where an object was expected", object.type_name()));
}

void SpecReader::fail(const std::string& what) const { throw Error(place_ + ": " + what); }

void SpecReader::record(const char* key, Json value) {
  known_.emplace_back(key);
  canonical_[key] = std::move(value);
}

std::int64_t SpecReader::integer(const char* key, std::int64_t otherwise, std::int64_t least, std::int64_t most) {
  std::int64_t value = otherwise;
  if (has(key)) {
    const Json& given = object_[key];
    if (!given.is_number_integer()) fail(fmt::format("'{}' is {}, not an integer", key, given.dump()));
    if (given.is_number_unsigned() && given.get<std::uint64_t>() > static_cast<std::uint64_t>(INT64_MAX))
      fail(fmt::format("'{}' is {}, out of range", key, given.dump()));
    value = given.get<std::int64_t>();
    if (value < least || value > most) fail(fmt::format("'{}' is {}, not in {}..{}", key, value, least, most));
  }
  record(key, value);
  return value;
}

double SpecReader::number(const char* key, double otherwise, double least, double most) {
  double value = otherwise;
  if (has(key)) {
    const Json& given = object_[key];
    if (!given.is_number()) fail(fmt::format("'{}' is {}, not a number", key, given.dump()));
    value = given.get<double>();
    if (!(value >= least && value <= most)) fail(fmt::format("'{}' is {}, not in {}..{}", key, value, least, most));
  }
  record(key, value);
  return value;
}

bool SpecReader::flag(const char* key, bool otherwise) {
  bool value = otherwise;
  if (has(key)) {
    const Json& given = object_[key];
    if (!given.is_boolean()) fail(fmt::format("'{}' is {}, not true or false", key, given.dump()));
    value = given.get<bool>();
  }
  record(key, value);
  return value;
}

std::string SpecReader::word(const char* key, std::string_view otherwise,
                             std::initializer_list<std::string_view> choices) {
  std::string value(otherwise);
  if (has(key)) {
    const Json& given = object_[key];
    if (!given.is_string()) fail(fmt::format("'{}' is {}, not a word", key, given.dump()));
    value = given.get<std::string>();
    if (choices.size() > 0 && std::find(choices.begin(), choices.end(), value) == choices.end())
      fail(unknown(key, value, std::vector<std::string>(choices.begin(), choices.end())));
  }
  record(key, value);
  return value;
}

std::vector<int> SpecReader::integers(const char* key, const std::vector<int>& otherwise, int least, int most) {
  std::vector<int> values = otherwise;
  if (has(key)) {
    const Json& given = object_[key];
    if (!given.is_array()) fail(fmt::format("'{}' is {}, not a list of integers", key, given.dump()));
    values.clear();
    for (const Json& item : given) {
      if (!item.is_number_integer() || item < least || item > most)
        fail(fmt::format("'{}' has {}, not an integer in {}..{}", key, item.dump(), least, most));
      values.push_back(item.get<int>());
    }
  }
  record(key, values);
  return values;
}

std::vector<double> SpecReader::numbers(const char* key) {
  const Json list = value(key, Json::array());
  const auto good = [](const Json& one) { return one.is_number() && std::isfinite(one.get<double>()); };
  if (!list.is_array() || !std::all_of(list.begin(), list.end(), good))
    fail(std::string("'") + key + "' is not a list of numbers");
  return list.get<std::vector<double>>();
}

std::vector<std::string> SpecReader::words(const char* key) {
  const Json list = value(key, Json::array());
  if (!list.is_array() || !std::all_of(list.begin(), list.end(), [](const Json& one) { return one.is_string(); }))
    fail(std::string("'") + key + "' is not a list of words");
  return list.get<std::vector<std::string>>();
}

Json SpecReader::value(const char* key, const Json& otherwise) {
  Json value = has(key) ? object_[key] : otherwise;
  record(key, value);
  return value;
}

void SpecReader::require_known() const {
  for (const auto& item : object_.items())
    if (std::find(known_.begin(), known_.end(), item.key()) == known_.end()) fail(unknown("key", item.key(), known_));
}

namespace {

// Levenshtein distance, with a swap of neighbours counted as one.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::vector<std::size_t>> d(a.size() + 1, std::vector<std::size_t>(b.size() + 1));
  for (std::size_t i = 0; i <= a.size(); ++i) d[i][0] = i;
  for (std::size_t j = 0; j <= b.size(); ++j) d[0][j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i)
    for (std::size_t j = 1; j <= b.size(); ++j) {
      d[i][j] = std::min({d[i - 1][j] + 1, d[i][j - 1] + 1, d[i - 1][j - 1] + (a[i - 1] != b[j - 1])});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        d[i][j] = std::min(d[i][j], d[i - 2][j - 2] + 1);
    }
  return d[a.size()][b.size()];
}

}  // namespace

std::vector<std::string> names(const std::vector<Unit>& units) {
  std::vector<std::string> result;
  for (const Unit& unit : units) result.emplace_back(unit.name);
  return result;
}

std::string nearest(std::string_view word, const std::vector<std::string>& choices) {
  std::string best;
  if (word.size() < 2 || word.size() > 64) return best;
  std::size_t least = std::max<std::size_t>(word.size() / 3, 1) + 1;
  for (const std::string& choice : choices) {
    const std::size_t d = distance(word, choice);
    if (d < least) least = d, best = choice;
  }
  return best;
}

std::string unknown(std::string_view what, std::string_view word, const std::vector<std::string>& choices) {
  const std::string near = nearest(word, choices);
  if (!near.empty()) return fmt::format("unknown {} '{}'; did you mean '{}'?", what, word, near);
  if (choices.empty()) return fmt::format("unknown {} '{}'; there are none", what, word);
  return fmt::format("unknown {} '{}'; choices: {}", what, word, fmt::join(choices, ", "));
}

}  // namespace nf
