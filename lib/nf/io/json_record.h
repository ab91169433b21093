#pragma once
// One record of JSON: an object, whose keys name the columns, or an array. It is parsed by events, so that what is not
// wanted takes no memory.
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace nf::io {

// Receives the values directly inside a record; `shown` is for messages. Every call returns whether to go on; false
// leaves its reason in why().
class JsonRecordHandler {
 public:
  virtual ~JsonRecordHandler() = default;
  virtual bool record_begins(bool object) = 0;    // else an array
  virtual bool key(const std::string& name) = 0;  // only in an object: before its value
  virtual bool number(double value) = 0;
  virtual bool word(const std::string& text, const std::string& shown) = 0;  // a string, true, false, null ("")
  virtual bool other(const std::string& shown) = 0;                          // an object or an array
  virtual bool record_ends() = 0;

  bool reject(std::string why);  // returns false
  std::string& why() { return why_; }

 private:
  std::string why_;
};

// False: `text` is no record or the handler refused it, and why() says so.
bool parse_json_record(std::string_view text, JsonRecordHandler& handler);

}  // namespace nf::io
