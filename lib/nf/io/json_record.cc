#include "nf/io/json_record.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "nf/io/number.h"

namespace nf::io {
namespace {

// Passes on the events one level deep.
class Events {
 public:
  explicit Events(JsonRecordHandler& handler) : handler_(handler) {}

  bool null() { return word("", "null"); }
  bool boolean(bool value) { return value ? word("true", "true") : word("false", "false"); }
  bool string(const std::string& text) { return depth_ > 1 || word(text, in_quotes(text)); }
  bool binary(const nlohmann::json::binary_t&) { return false; }
  bool number_integer(std::int64_t value) { return number(static_cast<double>(value)); }
  bool number_unsigned(std::uint64_t value) { return number(static_cast<double>(value)); }
  bool number_float(double value, const std::string&) { return number(value); }
  bool key(const std::string& name) { return depth_ > 1 || handler_.key(name); }
  bool start_object(std::size_t) { return begin(true); }
  bool start_array(std::size_t) { return begin(false); }
  bool end_object() { return end(); }
  bool end_array() { return end(); }

  bool parse_error(std::size_t position, const std::string& token, const nlohmann::json::exception& error) {
    constexpr int kNumberOverflow = 406;
    if (error.id == kNumberOverflow) return handler_.reject(in_quotes(token) + " is not finite");
    return handler_.reject(fmt::format("not a JSON record: unexpected text at byte {}", position));
  }

 private:
  bool no_record(const std::string& shown) {
    return handler_.reject(fmt::format("{} where an object or an array was expected", shown));
  }
  bool number(double value) {
    if (depth_ == 0) return no_record("a number");
    return depth_ > 1 || handler_.number(value);
  }
  bool word(const std::string& text, const std::string& shown) {
    if (depth_ == 0) return no_record(shown);
    return depth_ > 1 || handler_.word(text, shown);
  }
  bool other(const std::string& shown) {
    if (depth_ == 0) return no_record(shown);
    return depth_ > 1 || handler_.other(shown);
  }
  bool begin(bool object) {
    const bool wanted = depth_ == 0 ? handler_.record_begins(object) : other(object ? "an object" : "an array");
    ++depth_;
    return wanted;
  }
  bool end() { return --depth_ > 0 || handler_.record_ends(); }

  JsonRecordHandler& handler_;
  std::size_t depth_ = 0;  // of objects and arrays we are inside
};

}  // namespace

bool JsonRecordHandler::reject(std::string why) {
  why_ = std::move(why);
  return false;
}

bool parse_json_record(std::string_view text, JsonRecordHandler& handler) {
  // The parser takes it for the end.
  if (const std::size_t zero = text.find('\0'); zero != std::string_view::npos)
    return handler.reject(fmt::format("not a JSON record: unexpected text at byte {}", zero + 1));
  Events events(handler);
  return nlohmann::json::sax_parse(text.data(), text.data() + text.size(), &events);
}

}  // namespace nf::io
