// Axes of pictures: ranges that long tails do not stretch, bins that fall on the values' steps, labels that fit.
#include "plot_axis.h"

#include <boost/test/unit_test.hpp>
#include <algorithm>
#include <numeric>

namespace nf::cli {
namespace {

std::vector<double> evenly(double low, double high, int count) {
  std::vector<double> values;
  for (int i = 0; i < count; ++i) values.push_back(low + (high - low) * i / (count - 1));
  return values;
}

int lost(const Axis& axis, const std::vector<double>& cells) {
  return static_cast<int>(std::count_if(cells.begin(), cells.end(), [&](double v) { return axis.bin(v) < 0; }));
}

BOOST_AUTO_TEST_CASE(a_range_ends_with_the_values_or_leaves_out_a_long_tail) {
  std::vector<double> values = evenly(0.03, 0.97, 1001);
  const Axis whole = axis_of(values, {}, 20);
  BOOST_TEST(lost(whole, values) == 0);
  BOOST_TEST(whole.bins == 20);
  values.push_back(1e6);
  const Axis cut_off = axis_of(values, {}, 20);
  BOOST_TEST(cut_off.end() < 1.1);
  BOOST_TEST(lost(cut_off, values) <= 6);
}

BOOST_AUTO_TEST_CASE(bins_are_whole_steps_with_the_values_in_their_middle) {
  std::vector<double> counts;
  for (int i = 0; i < 500; ++i) counts.push_back(i % 5);
  const Axis few = axis_of(counts, {}, 20);
  BOOST_TEST(few.bins == 5);
  BOOST_TEST(few.width == 1);
  for (int i = 0; i < 5; ++i) BOOST_TEST(few.bin(i) == i);
  BOOST_TEST(few.tick_at == std::vector<double>({0, 1, 2, 3, 4}), boost::test_tools::per_element());
  std::vector<double> halves;
  for (int i = 0; i < 5000; ++i) halves.push_back(0.5 * (i % 90));
  const Axis many = axis_of(halves, {}, 20);
  BOOST_TEST(many.width == 2.5);
  BOOST_TEST(lost(many, halves) == 0);
}

BOOST_AUTO_TEST_CASE(one_value_has_a_range_too) {
  for (const double value : {0.0, 7.0, -1e300, 1e-300}) {
    const Axis axis = axis_of({value, value}, {}, 20);
    BOOST_TEST(axis.bin(value) == 1);
    BOOST_TEST(axis.bins == 3);
  }
}

BOOST_AUTO_TEST_CASE(gaps_and_words_are_no_numbers) {
  CellForm form{.words = {"trace"}, .gaps = true};
  const Axis axis = axis_of({1.25, kGap, 2.5, word_cell(0), 7.3}, form, 20);
  BOOST_TEST(!axis.words);
  BOOST_TEST(axis.bin(kGap) == -1);
  BOOST_TEST(axis.bin(word_cell(0)) == -1);
}

BOOST_AUTO_TEST_CASE(words_stand_by_how_often_they_are) {
  CellForm form{.words = {"rare", "never", "frequent"}, .gaps = true};
  const Axis axis = axis_of({word_cell(2), word_cell(0), word_cell(2), kGap}, form, 20);
  BOOST_TEST(axis.tick_label == std::vector<std::string>({"frequent", "rare", "(gap)"}),
             boost::test_tools::per_element());
  BOOST_TEST(axis.bin(word_cell(2)) == 0);
  BOOST_TEST(axis.bin(word_cell(0)) == 1);
  BOOST_TEST(axis.bin(word_cell(1)) == -1);
  BOOST_TEST(axis.bin(word_cell(kUnknownWord)) == -1);
  BOOST_TEST(axis.bin(kGap) == 2);
  CellForm many;
  std::vector<double> cells;
  for (std::uint32_t i = 0; i < 30; ++i)
    many.words.push_back("word" + std::to_string(i)), cells.push_back(word_cell(i));
  const Axis others = axis_of(cells, many, 20);
  BOOST_TEST(others.tick_label.back() == "(others)");
  BOOST_TEST(others.bin(word_cell(29)) == others.bins - 1);
}

BOOST_AUTO_TEST_CASE(dates_are_labelled_by_what_tells_them_apart) {
  const CellForm day{.dates = true, .date = "day"}, second{.dates = true, .date = "second "};
  constexpr double kStart = 1704067200, kDay = 86400;  // 2024-01-01
  const auto first = [&](double days, const CellForm& form) {
    return axis_of(evenly(kStart + 60, kStart + days * kDay, 3001), form, 20).tick_label.at(0);
  };
  BOOST_TEST(first(0.5, second) == "01 03:00");
  BOOST_TEST(first(20, day) == "01-04");
  BOOST_TEST(first(150, day) == "2024-02");
  BOOST_TEST(first(3000, day) == "2026");
  BOOST_TEST(axis_of({-1e15, 1e15}, day, 20).bins > 0);
}

BOOST_AUTO_TEST_CASE(numbers_are_short) {
  const auto labels = [](double low, double high) { return axis_of(evenly(low, high, 997), {}, 20).tick_label; };
  const std::vector<std::string> thousands = {"20k", "40k", "60k", "80k"}, tenths = {"0.2", "0.4", "0.6", "0.8"};
  BOOST_TEST(labels(123.4, 99876.5) == thousands, boost::test_tools::per_element());
  BOOST_TEST(labels(0.00123, 0.9987) == tenths, boost::test_tools::per_element());
  for (const double scale : {1e-300, 1e-20, 1e-5, 1e20, 1e300})
    for (const std::string& label : labels(-scale * 1.03, scale)) BOOST_TEST(label.size() <= 8);
}

BOOST_AUTO_TEST_CASE(texts_are_cut_between_characters) {
  BOOST_TEST(cut("abc", 3) == "abc");
  BOOST_TEST(cut("abcd", 3) == "abc...");
  BOOST_TEST(cut("\u00e4\u00f6\u00fc\u00df", 2) == "\u00e4\u00f6...");
}

}  // namespace
}  // namespace nf::cli
