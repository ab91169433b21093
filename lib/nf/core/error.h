#pragma once
// The one exception of the library. `what()` is one line: it starts in lower case, quotes the offending value,
// says where (file:line: column) and what was expected, and ends without a full stop. Only the tools print it.
#include <stdexcept>
#include <string>

namespace nf {

class Error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace nf
