// Whatever a text is, for gnuplot it is a text.
#include "gnuplot.h"

#include <boost/test/unit_test.hpp>
#include <limits>

#include "cli.h"

namespace nf::cli {
namespace {

std::string quoted(const std::string& text) {
  PlotValues values;
  values.set("t", text);
  return values.commands();
}

BOOST_AUTO_TEST_CASE(a_text_is_one_line_in_single_quotes_that_it_cannot_end) {
  BOOST_TEST(quoted("plain") == "t = 'plain'\n");
  BOOST_TEST(quoted("\"; system(\"x\"); `y` $(z) @m \\") == "t = '\"; system(\"x\"); `y` $(z) @m \\'\n");
  BOOST_TEST(quoted("it's") == "t = 'it\u2019s'\n");
  BOOST_TEST(quoted("a\nb\tc\033d") == "t = 'a?b?c?d'\n");
  BOOST_TEST(quoted("\u00e4\u4e2d") == "t = '\u00e4\u4e2d'\n");
}

BOOST_AUTO_TEST_CASE(every_byte_there_is_leaves_valid_text_without_quotes) {
  for (int first = 0; first < 256; ++first)
    for (int second = 0; second < 256; ++second) {
      const std::string line = quoted({static_cast<char>(first), static_cast<char>(second)});
      const std::string inside = line.substr(5, line.size() - 7);
      BOOST_REQUIRE(line.starts_with("t = '") && line.ends_with("'\n"));
      BOOST_REQUIRE(inside.find('\'') == std::string::npos && inside.find('\n') == std::string::npos);
      for (const char c : inside) BOOST_REQUIRE(static_cast<unsigned char>(c) >= ' ' && c != '\x7f');
    }
}

BOOST_AUTO_TEST_CASE(numbers_have_a_point_and_no_infinity) {
  PlotValues values;
  values.set("a", 1);
  values.set("b", 1.0);
  values.set("c", std::numeric_limits<double>::infinity());
  values.set("d", std::vector<double>{});
  values.set("e", std::vector<int>{1, 2});
  BOOST_TEST(values.commands() == "a = 1\nb = 1.00000000000000\nc = NaN\narray d[1]\narray e[2] = [1, 2]\n");
}

BOOST_AUTO_TEST_CASE(the_ending_says_what_is_drawn) {
  BOOST_TEST((picture_kind("-") == PictureKind::kText));
  BOOST_TEST((picture_kind("a.b.svg") == PictureKind::kSvg));
  BOOST_CHECK_THROW(picture_kind("svg"), UsageError);
  BOOST_CHECK_THROW(picture_kind("x.PNG"), UsageError);
}

}  // namespace
}  // namespace nf::cli
