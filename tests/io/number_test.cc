// Numbers as text: the fast way reads exactly what the standard library reads.
#include "nf/io/number.h"

#include <boost/test/unit_test.hpp>
#include <fmt/format.h>
#include <charconv>
#include <cmath>
#include <cstring>
#include <limits>
#include <random>

using namespace nf;
using namespace nf::io;

namespace {

constexpr double kInf = std::numeric_limits<double>::infinity();

double parsed(std::string_view text) {
  double value = 0;
  BOOST_TEST(parse_number(text, value), "'" << text << "' is a number");
  return value;
}

// Whether both readers stop at the same place with the same bits.
bool agrees_with_from_chars(const std::string& text) {
  double ours = 0, expected = 0;
  const char *begin = text.data(), *end = begin + text.size();
  const auto [stop, error] = std::from_chars(begin, end, expected);
  const char* our_stop = parse_number(begin, end, ours);
  if (error == std::errc::result_out_of_range) return our_stop == stop && (std::isinf(ours) || ours == 0);
  if (error != std::errc{}) return our_stop == nullptr;
  return our_stop == stop && std::memcmp(&ours, &expected, sizeof ours) == 0;
}

}  // namespace

BOOST_AUTO_TEST_CASE(random_decimals_agree_with_from_chars_to_the_bit) {
  std::mt19937_64 random(4);
  const auto digits = [&](std::uint64_t most) {
    std::string text;
    for (std::uint64_t count = random() % (most + 1); count > 0; --count)
      text += static_cast<char>('0' + random() % 10);
    return text;
  };
  int failures = 0;
  for (int i = 0; i < 3'000'000; ++i) {
    std::string text = random() % 2 ? "-" : "";
    text += digits(random() % 8 == 0 ? 25 : 9);
    if (random() % 4 != 0) text += '.' + digits(random() % 8 == 0 ? 25 : 9);
    if (random() % 4 == 0) text += (random() % 2 ? "e" : "E") + std::string(1, "+- "[random() % 3]) + digits(3);
    failures += !agrees_with_from_chars(text);
  }
  BOOST_TEST(failures == 0);
}

BOOST_AUTO_TEST_CASE(random_nonsense_agrees_with_from_chars) {
  std::mt19937_64 random(5);
  const std::string alphabet = "0123456789.eE+-, infax";
  int failures = 0;
  for (int i = 0; i < 3'000'000; ++i) {
    std::string text;
    for (std::uint64_t size = random() % 12; size > 0; --size) text += alphabet[random() % alphabet.size()];
    if (!text.starts_with('+')) failures += !agrees_with_from_chars(text);
  }
  BOOST_TEST(failures == 0);
}

BOOST_AUTO_TEST_CASE(printed_numbers_read_back_to_the_same_bits) {
  std::mt19937_64 random(6);
  int failures = 0;
  for (int i = 0; i < 1'000'000; ++i) {
    const std::uint64_t bits = random();
    double value = 0, again = 0;
    std::memcpy(&value, &bits, sizeof bits);
    if (!std::isfinite(value)) continue;
    char text[kNumberWidth];
    char* end = print_number(text, value, true);
    failures += parse_number(text, end, again) != end || again != value;
    const float narrow = static_cast<float>(std::ldexp(value, -std::ilogb(value)));
    end = print_number(text, static_cast<double>(narrow), false);
    failures += parse_number(text, end, again) != end || static_cast<float>(again) != narrow;
  }
  BOOST_TEST(failures == 0);
}

BOOST_AUTO_TEST_CASE(numbers_beyond_the_range_are_infinite_or_zero) {
  BOOST_TEST(parsed("1e999") == kInf);
  BOOST_TEST(parsed("-1e999") == -kInf);
  BOOST_TEST(parsed("1e-999") == 0);
  BOOST_TEST(std::signbit(parsed("-1e-999")));
  const std::string zeros(400, '0'), nines(400, '9');
  BOOST_TEST(parsed(fmt::format("0.{}1", zeros)) == 0);
  BOOST_TEST(parsed(fmt::format("{}.0", nines)) == kInf);
  BOOST_TEST(parsed(fmt::format("0.{}1e800", zeros)) == kInf);
  BOOST_TEST(parsed(fmt::format("{}e-800", nines)) == 0);
  BOOST_TEST(parsed("1e99999999999999999999") == kInf);
  BOOST_TEST(parsed("1e-99999999999999999999") == 0);
  BOOST_TEST(parsed("0e99999999999999999999") == 0);
  BOOST_TEST(parsed("5e-324") == std::numeric_limits<double>::denorm_min());
  BOOST_TEST(parsed("1e-320") == 1e-320);
}

BOOST_AUTO_TEST_CASE(blanks_and_one_plus_are_tolerated) {
  BOOST_TEST(parsed(" \t+1.5\r") == 1.5);
  BOOST_TEST(parsed("+.5e+1") == 5);
  double value = 0;
  for (const char* text : {"", " ", "+", "-", ".", "+-1", "++1", "1 2", "1e", "1e+-1", "0x1", "1,5", "e5", "--1"}) {
    BOOST_TEST(!parse_number(text, value), "'" << text << "' is no number");
  }
}

BOOST_AUTO_TEST_CASE(values_in_messages_are_short_and_on_one_line) {
  BOOST_TEST(in_quotes("a'b") == "'a'b'");
  BOOST_TEST(in_quotes("a\nb\x1b") == "'a?b?'");
  BOOST_TEST(in_quotes(std::string(50, 'x')) == "'" + std::string(40, 'x') + "...'");
}
