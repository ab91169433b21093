#pragma once
// How a text table is written, from its first lines: delimiter, decimal mark, comments, and whether line 1 holds names.
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "nf/io/input.h"
#include "nf/io/table.h"

namespace nf::io {

struct TextLayout {
  char delimiter = ',';  // ' ': any run of blanks
  char decimal = '.';
  std::uint64_t comment_lines = 0;  // that begin with '#', before the table
  std::size_t comment_bytes = 0;
  std::string comment_names;  // the last of them, if it holds the names
  bool has_header = false;    // line 1 after the comments holds names
  std::string note, warning;  // what line 1 was taken for; the warning in doubt
};

// Looks at the first 64 KiB or, where names are known to look for and the input may pause, at no more than the first
// row, so that rows that come one by one can be answered one by one.
TextLayout find_layout(Input& input, const ReadOptions& options);

// A number with that decimal mark.
bool parse_decimal(std::string_view text, char decimal, double& value);

inline bool is_delimiter(char c, char delimiter) { return c == delimiter || (delimiter == ' ' && c == '\t'); }

}  // namespace nf::io
