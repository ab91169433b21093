#include "nf/io/number.h"

#include <algorithm>
#include <bit>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>

namespace nf::io {
namespace {

constexpr std::size_t kQuotedLength = 40;
constexpr std::string_view kBlanks = " \t\r\n";

static_assert(std::endian::native == std::endian::little, "read_eight_digits() takes the first byte as the lowest");

// Reads the digits at the front of eight bytes at once; returns how many there are. REQUIRES: eight bytes at `p`.
int read_eight_digits(const char* p, std::uint64_t& value) {
  constexpr std::uint64_t kEach = 0x0101010101010101;
  std::uint64_t bytes = 0;
  std::memcpy(&bytes, p, sizeof bytes);
  bytes ^= '0' * kEach;
  // The top bit of each byte that is more than 9. Carries only reach bytes after the first of these.
  const std::uint64_t others = ((bytes + (0x80 - 10) * kEach) | bytes) & 0x80 * kEach;
  const int digits = std::countr_zero(others) / 8;
  if (digits == 0) return 0;
  // The digits move to the end, behind zeros; then neighbours are joined to pairs, fours and eight.
  bytes <<= 8 * (8 - digits);
  bytes = (bytes * (10 * 0x100 + 1)) >> 8;
  bytes = ((bytes & 0x00ff00ff00ff00ff) * (100 * 0x10000 + 1)) >> 16;
  value = ((bytes & 0x0000ffff0000ffff) * (10000 * 0x100000000 + 1)) >> 32;
  return digits;
}

// Whether a number from_chars() finds out of range is too large rather than too small: where its first digit other
// than 0 stands, counted from the decimal point, plus its exponent.
bool is_huge(const char* p, const char* end) {
  long place = 0;
  bool found = false, point = false;
  for (; p < end && (is_digit(*p) || *p == '.' || *p == '-'); ++p) {
    if (*p == '.') point = true;
    if (!is_digit(*p)) continue;
    found = found || *p != '0';
    if (found && !point) ++place;
    if (!found && point) --place;
  }
  if (p == end || (*p != 'e' && *p != 'E')) return place > 0;
  const bool negative = ++p < end && *p == '-';
  long exponent = 0;
  if (std::from_chars(p + (p < end && *p == '+'), end, exponent).ec != std::errc{}) return !negative;
  return exponent > -place;  // their sum may be too large for a long
}

const char* parse_any_number(const char* begin, const char* end, double& value) {
  if (begin < end && *begin == '+') {
    ++begin;
    if (begin < end && *begin == '-') return nullptr;
  }
  const auto [stop, error] = std::from_chars(begin, end, value);
  if (error == std::errc::invalid_argument) return nullptr;
  if (error == std::errc::result_out_of_range) {
    value = std::copysign(is_huge(begin, stop) ? std::numeric_limits<double>::infinity() : 0, *begin == '-' ? -1 : 1);
  }
  return stop;
}

}  // namespace

// Most numbers are short: digits up to 2^53 and a power of ten up to 10^22 are both exact as doubles, so that their one
// product or quotient is the correctly rounded result (Clinger, How to read floating point numbers accurately, 1990).
const char* parse_number(const char* begin, const char* end, double& value) {
  constexpr double kPowers[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                                1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
  constexpr std::uint64_t kWholePowers[] = {1, 10, 100, 1'000, 10'000, 100'000, 1'000'000, 10'000'000, 100'000'000};
  constexpr double kSigns[] = {1, -1};
  constexpr int kMaxPower = 22;
  constexpr int kMaxDigits = 19;  // so many always fit in 64 bits
  constexpr std::uint64_t kMaxMantissa = std::uint64_t{1} << 53;

  if (begin == end) return nullptr;
  const bool negative = *begin == '-';  // as likely as not, so nothing branches on it
  const char* p = begin + (negative | (*begin == '+'));
  std::uint64_t mantissa = 0;
  const auto read_digits = [&] {
    const char* first = p;
    for (; p < end && is_digit(*p); ++p) mantissa = 10 * mantissa + static_cast<std::uint64_t>(*p - '0');
    return p - first;
  };
  std::ptrdiff_t digits = read_digits();
  std::ptrdiff_t exponent = 0;
  if (p < end && *p == '.') {
    const char* fraction = ++p;
    int read = 8;
    while (read == 8 && end - p >= 8) {
      std::uint64_t value_read = 0;
      read = read_eight_digits(p, value_read);
      mantissa = mantissa * kWholePowers[read] + value_read;
      p += read;
    }
    if (read == 8) read_digits();
    exponent = fraction - p;
    digits -= exponent;
  }
  if (digits == 0 || digits > kMaxDigits || mantissa > kMaxMantissa) return parse_any_number(begin, end, value);
  if (p < end && (*p == 'e' || *p == 'E')) {
    int written = 0;
    ++p;
    const bool plus = p < end && *p == '+';
    if (plus && p + 1 < end && p[1] == '-') return parse_any_number(begin, end, value);
    const auto [stop, error] = std::from_chars(p + plus, end, written);
    if (error != std::errc{}) return parse_any_number(begin, end, value);
    exponent += written;
    p = stop;
  }
  if (exponent < -kMaxPower || exponent > kMaxPower) return parse_any_number(begin, end, value);
  const double whole = static_cast<double>(mantissa);
  const double size = exponent < 0 ? whole / kPowers[-exponent] : whole * kPowers[exponent];
  value = size * kSigns[negative];
  return p;
}

bool parse_number(std::string_view text, double& value) {
  text = trim(text);
  return parse_number(text.data(), text.data() + text.size(), value) == text.data() + text.size() && !text.empty();
}

char* print_number(char* to, double value, bool wide) {
  char* const end = to + kNumberWidth;
  return wide ? std::to_chars(to, end, value).ptr : std::to_chars(to, end, static_cast<float>(value)).ptr;
}

std::string_view trim(std::string_view text) {
  const std::size_t first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlanks) + 1 - first);
}

std::size_t control_bytes(std::string_view text, std::size_t i) {
  const auto byte = [&](std::size_t at) { return at < text.size() ? static_cast<unsigned char>(text[at]) : 0; };
  if (byte(i) == 0xc2 && byte(i + 1) >= 0x80 && byte(i + 1) < 0xa0) return 2;
  return byte(i) < 0x20 || byte(i) == 0x7f ? 1 : 0;
}

std::string in_quotes(std::string_view text) {
  std::string shown = "'";
  for (std::size_t i = 0; i < std::min(text.size(), kQuotedLength); ++i) {
    const std::size_t control = control_bytes(text, i);
    shown += control > 0 ? '?' : text[i];
    i += control == 2;
  }
  return shown + (text.size() > kQuotedLength ? "...'" : "'");
}

}  // namespace nf::io
