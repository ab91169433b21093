// CSV and TSV as they are read.
#include <clocale>
#include <cmath>
#include <random>

#include "io/io_test.h"
#include "nf/io/number.h"

using namespace nf;
using namespace nf::io;
using nf::io::test::read_text;
using nf::io::test::Table;
using Values = std::vector<double>;
using Names = std::vector<std::string>;

namespace {

ReadOptions with(BadRows on_bad_row) {
  ReadOptions options;
  options.on_bad_row = on_bad_row;
  return options;
}

ReadOptions with(Header header) {
  ReadOptions options;
  options.header = header;
  return options;
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_header_names_the_columns) {
  const Table table = read_text("x.csv", "a,b\n1,2\n3,4.5\n");
  BOOST_TEST(table.names == (Names{"a", "b"}));
  BOOST_TEST(table.header_text == "a,b");
  BOOST_TEST(table.columns == 2);
  BOOST_TEST(table.values == (Values{1, 2, 3, 4.5}));
  BOOST_TEST(table.rows_read == 2);
  BOOST_TEST(table.error == "");
}

BOOST_AUTO_TEST_CASE(a_first_line_of_numbers_is_a_row) {
  const Table table = read_text("x.csv", "1,2\n3,4\n");
  BOOST_TEST(table.names.empty());
  BOOST_TEST(table.columns == 2);
  BOOST_TEST(table.values == (Values{1, 2, 3, 4}));
}

BOOST_AUTO_TEST_CASE(a_first_line_of_numbers_is_a_header_if_it_equals_the_known_names) {
  ReadOptions options;
  options.known_names = {"0", "1"};
  const Table table = read_text("x.csv", "0,1\n3,4\n", options);
  BOOST_TEST(table.names == options.known_names);
  BOOST_TEST(table.values == (Values{3, 4}));
}

BOOST_AUTO_TEST_CASE(the_header_option_overrules) {
  BOOST_TEST(read_text("x.csv", "1,2\n3,4\n", with(Header::kYes)).names == (Names{"1", "2"}));
  BOOST_TEST(read_text("x.csv", "a,b\n3,4\n", with(Header::kNo)).error == "x.csv:1: column 1: 'a' is not a number");
}

BOOST_AUTO_TEST_CASE(names_may_be_quoted_and_stand_in_blanks) {
  const Table table = read_text("x.csv", "\"a,\"\"1\"\"\", b ,\"c\nd\"\n1,2,x\n", {}, {"a,\"1\"", "b"});
  BOOST_TEST(table.names == (Names{"a,\"1\"", "b", "c\nd"}));
  BOOST_TEST(table.values == (Values{1, 2}));
}

BOOST_AUTO_TEST_CASE(an_empty_input_has_no_columns) {
  for (const char* text : {"", "\n", "\r\n\n", "\xef\xbb\xbf"}) {
    const Table table = read_text("x.csv", text);
    BOOST_TEST(table.columns == 0);
    BOOST_TEST(table.names.empty());
    BOOST_TEST(table.rows_read == 0);
    BOOST_TEST(table.error == "");
  }
}

BOOST_AUTO_TEST_CASE(a_header_alone_is_a_table_without_rows) {
  for (const char* text : {"a,b", "a,b\n", "\n\na,b\r\n\r\n"}) {
    const Table table = read_text("x.csv", text);
    BOOST_TEST(table.names == (Names{"a", "b"}));
    BOOST_TEST(table.rows_read == 0);
  }
}

BOOST_AUTO_TEST_CASE(line_ends_may_be_crlf_and_the_last_may_be_missing) {
  BOOST_TEST(read_text("x.csv", "a,b\r\n1,2\r\n3,4").values == (Values{1, 2, 3, 4}));
  BOOST_TEST(read_text("x.csv", "a,b\r\n1,2\r\n3,4\r\n").values == (Values{1, 2, 3, 4}));
  BOOST_TEST(read_text("x.csv", "a,b\r\n1,2").header_text == "a,b");
}

BOOST_AUTO_TEST_CASE(a_byte_order_mark_is_skipped) {
  BOOST_TEST(read_text("x.csv",
                       "\xef\xbb\xbf"
                       "a,b\n1,2\n")
                 .names == (Names{"a", "b"}));
}

BOOST_AUTO_TEST_CASE(blanks_and_a_plus_are_tolerated_around_numbers) {
  BOOST_TEST(read_text("x.csv", " 1 ,\t+2\n+3e+2 , -4\n").values == (Values{1, 2, 300, -4}));
  BOOST_TEST(read_text("x.csv", "a,b\n+-1,2\n").error == "x.csv:2: column 'a': '+-1' is not a number");
  BOOST_TEST(read_text("x.csv", "a,b\n1 2,2\n").error == "x.csv:2: column 'a': '1 2' is not a number");
}

BOOST_AUTO_TEST_CASE(numbers_may_be_quoted) {
  BOOST_TEST(read_text("x.csv", "a,b\n\"1\",\" 2 \"\n3,\"4\"\r\n").values == (Values{1, 2, 3, 4}));
}

BOOST_AUTO_TEST_CASE(blank_lines_are_no_rows_if_there_are_several_columns) {
  const Table table = read_text("x.csv", "\n\na,b\n\n1,2\n\r\n3,4\n\n\n5,x\n");
  BOOST_TEST(table.values == (Values{1, 2, 3, 4}));
  BOOST_TEST(table.error == "x.csv:10: column 'b': 'x' is not a number");
}

BOOST_AUTO_TEST_CASE(a_blank_line_in_one_column_is_a_bad_row_but_not_at_the_end) {
  BOOST_TEST(read_text("x.csv", "a\n1\n\n2\n").error == "x.csv:3: column 'a': '' is not a number");
  BOOST_TEST(read_text("x.csv", "a\n1\n2\n\n\r\n\n").error == "");
  BOOST_TEST(read_text("x.csv", "a\n1\n\n2\n", with(BadRows::kSkip)).record == (std::vector<std::uint64_t>{0, 2}));
}

BOOST_AUTO_TEST_CASE(bad_rows_say_where_and_why) {
  BOOST_TEST(read_text("moons.csv", "a,b\n1,2\n1,abc\n").error == "moons.csv:3: column 'b': 'abc' is not a number");
  BOOST_TEST(read_text("moons.csv", "1,2\n1,abc\n").error == "moons.csv:2: column 2: 'abc' is not a number");
  BOOST_TEST(read_text("moons.csv", "a,b\n1,nan\n").error == "moons.csv:2: column 'b': 'nan' is not finite");
  BOOST_TEST(read_text("moons.csv", "a,b\n1,-inf\n").error == "moons.csv:2: column 'b': '-inf' is not finite");
  BOOST_TEST(read_text("moons.csv", "a,b\n1,1e999\n").error == "moons.csv:2: column 'b': '1e999' is not finite");
  BOOST_TEST(read_text("moons.csv", "a,b\n1,\n").error == "moons.csv:2: column 'b': '' is not a number");
  BOOST_TEST(read_text("moons.csv", "a,b\n1,2,3\n").error == "moons.csv:2: 3 fields where 2 were expected");
  BOOST_TEST(read_text("moons.csv", "a,b\n1\n").error == "moons.csv:2: 1 field where 2 were expected");
  BOOST_TEST(read_text("moons.csv", "a,b\n1,\"2\n").error ==
             "moons.csv:2: a quoted field does not end before a delimiter or line end");
  BOOST_TEST(read_text("moons.csv", "a,b\n1,0x10\n").error == "moons.csv:2: column 'b': '0x10' is not a number");
  BOOST_TEST(read_text("moons.csv", "a,b\n1,1.5.2\n").error == "moons.csv:2: column 'b': '1.5.2' is not a number");
}

BOOST_AUTO_TEST_CASE(line_numbers_count_lines_inside_quotes) {
  BOOST_TEST(read_text("x.csv", "\"a\n1\",b\n\"x\ny\n\",2\n\nz,no\n", {}, {"b"}).error ==
             "x.csv:7: column 'b': 'no' is not a number");
}

BOOST_AUTO_TEST_CASE(rows_before_a_bad_one_are_delivered) {
  BOOST_TEST(read_text("x.csv", "a\n1\n2\nx\n4\n").values == (Values{1, 2}));
}

BOOST_AUTO_TEST_CASE(bad_rows_may_be_skipped) {
  const Table table = read_text("x.csv", "a,b\n1,2\nx,2\n3,4\n5\n6,inf\n", with(BadRows::kSkip));
  BOOST_TEST(table.values == (Values{1, 2, 3, 4}));
  BOOST_TEST(table.record == (std::vector<std::uint64_t>{0, 2}));
  BOOST_TEST(table.bad_rows == 3);
  BOOST_TEST(table.rows_read == 5);
}

BOOST_AUTO_TEST_CASE(bad_rows_may_become_nan) {
  ReadOptions options = with(BadRows::kNan);
  options.keep_text = true;
  const Table table = read_text("x.csv", "a,b\n1,2\nx,2\n", options);
  BOOST_REQUIRE(table.values.size() == 4);
  BOOST_TEST((std::isnan(table.values[2]) && std::isnan(table.values[3])));
  BOOST_TEST(table.bad_rows == 1);
  BOOST_TEST(table.text == (Names{"1,2", "x,2"}));
}

BOOST_AUTO_TEST_CASE(columns_that_are_not_selected_may_hold_anything) {
  const Table table = read_text("x.csv", "a,b,c,d\nfoo,1,\"x,\"\"y\n\",2\n,3,nan,4\n\"\",5,6\"7,8\n", {}, {"d", "b"});
  BOOST_TEST(table.error == "");
  BOOST_TEST(table.values == (Values{2, 1, 4, 3, 8, 5}));
}

BOOST_AUTO_TEST_CASE(a_column_may_be_selected_twice) {
  BOOST_TEST(read_text("x.csv", "a,b\n1,2\n\"3\",4\n", {}, {"b", "a", "b"}).values == (Values{2, 1, 2, 4, 3, 4}));
}

BOOST_AUTO_TEST_CASE(columns_are_found_by_name_or_by_position) {
  BOOST_TEST(read_text("x.csv", "a,b,c\n1,2,3\n", {}, {"c", "a"}).values == (Values{3, 1}));
  BOOST_TEST(read_text("x.csv", "1,2,3\n", {}, {"c", "a"}).values == (Values{1, 2}));
  BOOST_TEST(read_text("x.csv", "a,b\n1,2\n", {}, {"c"}).error == "x.csv: there is no column 'c'");
  BOOST_TEST(read_text("x.csv", "1,2\n", {}, {"a", "b", "c"}).error == "x.csv: 2 columns where 3 were expected");
}

BOOST_AUTO_TEST_CASE(a_name_that_stands_twice_matters_only_if_it_is_wanted) {
  BOOST_TEST(read_text("x.csv", "a,b,a\n1,2,3\n", {}, {"b"}).values == (Values{2}));
  BOOST_TEST(read_text("x.csv", "a,b,a\n1,2,3\n", {}, {"a"}).error == "x.csv: there are two columns 'a'");
}

BOOST_AUTO_TEST_CASE(text_is_the_record_without_its_line_end) {
  ReadOptions options;
  options.keep_text = true;
  const Table table = read_text("x.csv", "a,b\r\n 1,2\r\n\"3\n\",4\n\n5,+6", options, {"b"});
  BOOST_TEST(table.text == (Names{" 1,2", "\"3\n\",4", "5,+6"}));
}

BOOST_AUTO_TEST_CASE(tsv_is_csv_with_tabs) {
  const Table table = read_text("x.tsv", "a\tb,c\n1\t2\n\"3\"\t 4 \n");
  BOOST_TEST((table.format == Format::kTsv));
  BOOST_TEST(table.names == (Names{"a", "b,c"}));
  BOOST_TEST(table.values == (Values{1, 2, 3, 4}));
}

BOOST_AUTO_TEST_CASE(numbers_do_not_depend_on_the_locale) {
  for (const char* locale : {"de_DE.UTF-8", "fr_FR.UTF-8", "C.UTF-8"}) {
    std::setlocale(LC_ALL, locale);
    BOOST_TEST(read_text("x.csv", "1.5,2.25\n").values == (Values{1.5, 2.25}));
    BOOST_TEST(read_text("x.ndjson", "[1.5,2.25]\n").values == (Values{1.5, 2.25}));
  }
  std::setlocale(LC_ALL, "C");
}

BOOST_AUTO_TEST_CASE(long_tables_come_in_blocks_in_order) {
  std::string text = "a,b\n";
  Values expected;
  for (int i = 0; i < 200'000; ++i) {
    text += std::to_string(i) + ",0.5\n";
    expected.insert(expected.end(), {static_cast<double>(i), 0.5});
  }
  const test::Scratch scratch;
  const std::string path = scratch.file("x.csv", text);
  for (const int threads : {1, 2, 4}) {
    ReadOptions options;
    options.threads = threads;
    const Table table = test::read_table(path, options);
    BOOST_TEST((table.values == expected));
    BOOST_TEST(table.rows_read == 200'000);
    BOOST_TEST(table.record.back() == 199'999);
  }
}

BOOST_AUTO_TEST_CASE(text_after_a_closing_quote_makes_one_bad_line) {
  const std::string text = "a,b\n1,\"x\n2,y\n3,\"z\n4,w\n";
  BOOST_TEST(read_text("x.csv", text, {}, {"a"}).error ==
             "x.csv:2: a quoted field does not end before a delimiter or line end");
  const Table table = read_text("x.csv", text, with(BadRows::kSkip), {"a"});
  BOOST_TEST(table.values == (Values{2, 4}));
  BOOST_TEST(table.bad_rows == 2);
}

BOOST_AUTO_TEST_CASE(numbers_that_count_up_above_fractions_are_names) {
  BOOST_TEST(read_text("x.csv", "0,1,2\n1.5,2,3\n4,5,6\n").names == (Names{"0", "1", "2"}));
  BOOST_TEST(read_text("x.csv", "0,1,2\n1,2,3\n4,5,6\n").names.empty());
}

BOOST_AUTO_TEST_CASE(whole_numbers_far_from_all_below_are_names) {
  std::string years = "2019,2020\n", rows;
  for (int i = 0; i < 20; ++i) rows += std::to_string(50 + i % 7) + ',' + std::to_string(60 + i % 5) + '\n';
  BOOST_TEST(read_text("x.csv", years + rows).names == (Names{"2019", "2020"}));
  BOOST_TEST(read_text("x.csv", "55,61\n" + rows).names.empty());
}

BOOST_AUTO_TEST_CASE(a_first_row_with_a_gap_is_no_header) {
  for (const std::string first : {"5.1,,1.4", "?,3.5,1.4", "NA,1,2", "x,1,2"}) {
    BOOST_TEST_CONTEXT(first) {
      const Table table = read_text("x.csv", first + "\n1,2,3\n4,5,6\n", with(BadRows::kSkip));
      BOOST_TEST(table.names.empty());
      BOOST_TEST(table.values == (Values{1, 2, 3, 4, 5, 6}));
      BOOST_TEST(table.bad_rows == 1);
    }
  }
}

BOOST_AUTO_TEST_CASE(a_line_that_shares_no_name_and_is_mostly_numbers_is_no_header) {
  ReadOptions options = with(BadRows::kSkip);
  options.known_names = {"a", "b", "c"};
  BOOST_TEST(read_text("x.csv", "NA,1,2\n4,5,6\n", options).values == (Values{4, 5, 6}));
  BOOST_TEST(read_text("x.csv", "c,1,2\n4,5,6\n", options).names == (Names{"c", "1", "2"}));
}

BOOST_AUTO_TEST_CASE(other_delimiters_and_decimal_commas_are_seen) {
  for (const std::string text : {"a;b\n1,5;-2\n3;4,25\n", "a\tb\n1,5\t-2\n3\t4,25\n", "a;b\n1.5;-2\n3;4.25\n",
                                 "a|b\n1.5|-2\n3|4.25\n", "a b\n1.5  -2\n 3 4.25\n", "a,b\n1.5,-2\n3,4.25\n"}) {
    BOOST_TEST_CONTEXT(text) {
      const Table table = read_text("x.csv", text, {}, {"b", "a"});
      BOOST_TEST(table.error == "");
      BOOST_TEST(table.values == (Values{-2, 1.5, 4.25, 3}));
    }
  }
}

BOOST_AUTO_TEST_CASE(comments_before_a_table_are_skipped_or_name_its_columns) {
  const Table table = read_text("x.csv", "# Station 7\n# since 2021\na,b\n1,2\n");
  BOOST_TEST(table.names == (Names{"a", "b"}));
  BOOST_TEST(table.values == (Values{1, 2}));
  BOOST_TEST(read_text("x.csv", "# made by hand\n# a,b\n1,2\n3,x\n").error ==
             "x.csv:4: column 'b': 'x' is not a number");
}

BOOST_AUTO_TEST_CASE(lines_may_end_with_cr_alone) {
  BOOST_TEST(read_text("x.csv", "a,b\r1,2\r3,4\r").values == (Values{1, 2, 3, 4}));
}

BOOST_AUTO_TEST_CASE(utf16_with_a_mark_is_read) {
  for (const bool big : {false, true}) {
    std::string bytes = big ? "\xfe\xff" : "\xff\xfe";
    for (const char c : std::string("\xe4,b\n1,2\n")) {
      if (big) bytes += '\0';
      bytes += c;
      if (!big) bytes += '\0';
    }
    const Table table = read_text("x.csv", bytes);
    BOOST_TEST(table.names == (Names{"\xc3\xa4", "b"}));
    BOOST_TEST(table.values == (Values{1, 2}));
  }
}

BOOST_AUTO_TEST_CASE(other_formats_are_named) {
  const std::string parquet = read_text("x.csv", std::string("PAR1\x15\0\x15", 7)).error;
  BOOST_TEST(parquet.find("Parquet") != std::string::npos);
  BOOST_TEST(read_text("x.csv", "PAR1,PAR2\n1,2\n").names == (Names{"PAR1", "PAR2"}));
}
