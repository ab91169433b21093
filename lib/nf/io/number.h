#pragma once
// Numbers as text, the same in every locale, and values as error messages show them.
#include <string>
#include <string_view>

namespace nf::io {

inline bool is_digit(char c) { return static_cast<unsigned char>(c - '0') < 10; }

// Reads a decimal number (or nan, inf) at the front of [begin, end), to the nearest double; a leading '+' is allowed.
// Too large is infinity, too small zero. Returns where it stops, or null if no number stands there.
const char* parse_number(const char* begin, const char* end, double& value);

// The same for a whole text, which may have blanks around the number.
bool parse_number(std::string_view text, double& value);

// Writes the shortest decimal that reads back to the same double (wide) or, after narrowing, to the same float.
// Returns its end. REQUIRES: kNumberWidth bytes at `to`.
inline constexpr int kNumberWidth = 32;
char* print_number(char* to, double value, bool wide);

std::string_view trim(std::string_view text);  // without blanks (space, tab, CR, LF) on either side

// How many bytes of text[i..] are a control character, as UTF-8 has them, U+0080 to U+009F included; 0: it is none.
std::size_t control_bytes(std::string_view text, std::size_t i);

// 'text' for an error message of one line: control characters shown as '?', long texts cut.
std::string in_quotes(std::string_view text);

}  // namespace nf::io
