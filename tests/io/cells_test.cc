// Words, gaps and dates in tables: read as cells, written as they were.
#include <algorithm>

#include "io_test.h"
#include "nf/io/date.h"
#include "nf/io/number.h"

namespace nf::io {
namespace {

using test::Scratch;

// All cells of the columns a, b, ... of a table, as text: numbers, [word], gap.
std::string read(const std::string& path, std::vector<Cells> cells, int threads = 1, BadRows bad = BadRows::kStop) {
  ReadOptions options;
  options.on_bad_row = bad;
  options.threads = threads;
  options.chunk_bytes = 64;
  const auto reader = TableReader::open(path, options);
  std::vector<int> columns;
  for (std::size_t j = 0; j < cells.size(); ++j) columns.push_back(static_cast<int>(j));
  reader->select(columns, cells);
  std::string text;
  Block block;
  try {
    while (reader->next(block))
      for (std::size_t i = 0; i < block.values.size(); ++i) {
        const double cell = block.values[i];
        const Cells& own = cells[i % cells.size()];
        if (is_word(cell))
          text += word_of(cell) == kNoCell        ? "none"
                  : word_of(cell) == kUnknownWord ? "[?]"
                                                  : "[" + own.words->all()[word_of(cell)] + "]";
        else if (is_gap(cell)) text += "gap";
        else {
          char digits[kNumberWidth];
          text.append(digits, print_number(digits, cell, true));
        }
        text += (i + 1) % cells.size() == 0 ? "\n" : " ";
      }
  } catch (const Error& error) {
    text += test::without_directory(error.what());
  }
  return text;
}

Cells any() { return {.words = std::make_shared<Words>()}; }
Cells fixed(std::vector<std::string> words, bool gaps = false) {
  return {std::make_shared<Words>(std::move(words)), gaps};
}

BOOST_AUTO_TEST_CASE(fields_that_are_no_numbers_are_words_where_words_may_stand) {
  const Scratch scratch;
  const std::string csv = scratch.file("t.csv", "a,b\n1,red\n2, blue \n3x,\n02134,\"a,b\"\n2024-01-05,nan\n1e400,-5\n");
  const std::string expected = "1 [red]\n2 [blue]\n[3x] []\n[02134] [a,b]\n[2024-01-05] [nan]\n[1e400] -5\n";
  BOOST_TEST(read(csv, {any(), any()}) == expected);
  BOOST_TEST(read(csv, {any(), any()}, 2) == expected);
  BOOST_TEST(read(csv, {{}, any()}) == "1 [red]\n2 [blue]\nt.csv:4: column 'a': '3x' is not a number");
}

BOOST_AUTO_TEST_CASE(json_has_words_too) {
  const Scratch scratch;
  const char* const records =
      "{\"a\": 1, \"b\": \"red\"}\n{\"a\": \"7\", \"b\": true}\n{\"b\": null, \"a\": null}\n{\"a\": 2}\n";
  BOOST_TEST(read(scratch.file("t.ndjson", records), {any(), any()}) == "1 [red]\n7 [true]\n[] []\n2 []\n");
  BOOST_TEST(read(scratch.file("t.ndjson", records), {{}, any()}) ==
             "1 [red]\n7 [true]\nt.ndjson:3: column 'a': null is not a number");
  BOOST_TEST(read(scratch.file("u.ndjson", "{\"a\": 1}\n{\"a\": [1]}\n"), {any()}) ==
             "1\nu.ndjson:2: column 'a': an array is not a number");
}

BOOST_AUTO_TEST_CASE(a_columns_own_words_are_numbered_and_others_unknown) {
  const Scratch scratch;
  const std::string csv = scratch.file("t.csv", "a,b\nred,NA\nblue,1\npurple,?\n");
  BOOST_TEST(read(csv, {fixed({"blue", "red"}), {.gaps = true}}) == "[red] gap\n[blue] 1\n[?] gap\n");
  BOOST_TEST(read(csv, {fixed({"blue", "red"}), {}}, 1, BadRows::kNan) == "none none\n[blue] 1\nnone none\n");
  BOOST_TEST(read(csv, {any(), {.dates = true}}).find("'NA' is not a date") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(dates_are_seconds) {
  const auto seconds = [](const char* text) {
    double value = -1;
    return parse_date(text, value) ? value : std::nan("");
  };
  BOOST_TEST(seconds("1970-01-01") == 0);
  BOOST_TEST(seconds("1970-01-02T01:02:03") == 86400 + 3723);
  BOOST_TEST(seconds(" 2000-02-29 12:00 ") == 951825600);
  BOOST_TEST(seconds("2024-05-31T00:00:00.25Z") == 1717113600.25);
  BOOST_TEST(seconds("2024-05-31T02:00+02:00") == 1717113600);
  BOOST_TEST(seconds("2024-05-30T22:00-0200") == 1717113600);
  BOOST_TEST(seconds("1969-12-31") == -86400);
  for (const char* wrong : {"2023-02-29", "2024-13-01", "2024-1-1", "20240101", "2024-01-01T", "2024-01-01T25:00",
                            "12:30", "2024-01-01 10:00 pm", "2024-01-01T10:00+2", ""})
    BOOST_TEST(std::isnan(seconds(wrong)), wrong);
}

BOOST_AUTO_TEST_CASE(dates_are_written_as_they_were) {
  for (const char* text :
       {"1970-01-01", "0001-01-01", "2024-02-29", "9999-12-31", "2024-05-31T17:45", "2024-05-31 17:45",
        "2024-05-31T17:45:59", "2024-05-31 23:59:59Z", "1899-12-31T00:00:00.125Z"}) {
    double seconds = 0;
    BOOST_TEST_REQUIRE(parse_date(text, seconds));
    char out[kDateWidth];
    BOOST_TEST(std::string(out, print_date(out, seconds, date_form(text))) == text);
  }
  char out[kDateWidth];
  BOOST_TEST(std::string(out, print_date(out, 1e300, "day")) == "9999-12-31");
  BOOST_TEST(std::string(out, print_date(out, -1e300, "secondT")) == "0000-01-01T00:00:00");
  BOOST_TEST(std::string(out, print_date(out, 86399.9, "day")) == "1970-01-02");
  BOOST_TEST(std::string(out, print_date(out, 59.6, "minuteT")) == "1970-01-01T00:01");
  BOOST_TEST(wider_form("day", "minuteT") == "minuteT");
  BOOST_TEST(wider_form("second ", "day") == "second ");
}

std::string written(Format format, const std::vector<OutputColumn>& columns, const std::vector<double>& values) {
  const Scratch scratch;
  Output out(scratch.path("out"));
  WriteOptions options;
  options.format = format;
  options.columns = columns;
  const auto writer = TableWriter::open(out, options);
  writer->write(values.data(), static_cast<int>(values.size() / columns.size()));
  writer->finish();
  out.commit();
  return test::bytes_of(scratch.path("out"));
}

BOOST_AUTO_TEST_CASE(words_gaps_and_dates_are_written) {
  const std::vector<OutputColumn> columns = {{"w", false, {.words = {"red", "a,b", "say \"x\""}}},
                                             {"g", false, {.gaps = true, .gap = "NA"}},
                                             {"d", true, {.gaps = true, .dates = true, .date = "day"}}};
  const std::vector<double> values = {word_cell(1), kGap, 86400, word_cell(2), 1.5, kGap, word_cell(0), 2, 0};
  BOOST_TEST(written(Format::kCsv, columns, values) ==
             "w,g,d\n\"a,b\",NA,1970-01-02\n\"say \"\"x\"\"\",1.5,\nred,2,1970-01-01\n");
  BOOST_TEST(written(Format::kNdjson, columns, values) ==
             "{\"w\":\"a,b\",\"g\":null,\"d\":\"1970-01-02\"}\n{\"w\":\"say \\\"x\\\"\",\"g\":1.5,\"d\":null}\n"
             "{\"w\":\"red\",\"g\":2,\"d\":\"1970-01-01\"}\n");
  BOOST_CHECK_THROW(written(Format::kNpy, columns, values), Error);
}

}  // namespace
}  // namespace nf::io
