// JSON and NDJSON as they are read, and how formats are told apart.
#include "io/io_test.h"
#include "nf/core/json.h"

using namespace nf;
using namespace nf::io;
using nf::io::test::read_text;
using nf::io::test::Table;
using Values = std::vector<double>;
using Names = std::vector<std::string>;

namespace {

std::string error_of_record(const std::string& record) {
  return read_text("x.ndjson", "{\"a\":1,\"b\":2}\n" + record + "\n").error;
}

}  // namespace

BOOST_AUTO_TEST_CASE(keys_of_the_first_record_name_the_columns) {
  const Table table = read_text("x", "{\"a\":1,\"b\":2.5}\n{\"b\": -3, \"a\": 1e2}\r\n\n{\"a\":5,\"c\":null,\"b\":6}");
  BOOST_TEST((table.format == Format::kNdjson));
  BOOST_TEST(table.names == (Names{"a", "b"}));
  BOOST_TEST(table.values == (Values{1, 2.5, 100, -3, 5, 6}));
  BOOST_TEST(table.error == "");
}

BOOST_AUTO_TEST_CASE(arrays_have_no_names) {
  const Table table = read_text("x", "[1,2]\n[3,4]\n");
  BOOST_TEST((table.format == Format::kNdjson));
  BOOST_TEST(table.names.empty());
  BOOST_TEST(table.columns == 2);
  BOOST_TEST(table.values == (Values{1, 2, 3, 4}));
}

BOOST_AUTO_TEST_CASE(an_array_of_records_is_a_table) {
  const Table table = read_text("x", " [\n{\"a\":1,\n\"b\":2},{\"b\":4,\"a\":3}\n]\n");
  BOOST_TEST((table.format == Format::kJson));
  BOOST_TEST(table.names == (Names{"a", "b"}));
  BOOST_TEST(table.values == (Values{1, 2, 3, 4}));
  BOOST_TEST(read_text("x", "[[1,2],[3,4]]").values == (Values{1, 2, 3, 4}));
}

BOOST_AUTO_TEST_CASE(empty_inputs_have_no_columns) {
  for (const char* name : {"x.json", "x.ndjson"}) {
    for (const char* text : {"", " \n\n", "[]", "[ \n]\n"}) {
      const Table table = read_text(name, text);
      BOOST_TEST(table.columns == 0);
      BOOST_TEST(table.error == "");
    }
  }
}

BOOST_AUTO_TEST_CASE(bad_rows_say_where_and_why) {
  BOOST_TEST(error_of_record(R"({"a":1,"b":null})") == "x.ndjson:2: column 'b': null is not a number");
  BOOST_TEST(error_of_record(R"({"a":1,"b":"2x"})") == "x.ndjson:2: column 'b': '2x' is not a number");
  BOOST_TEST(error_of_record(R"({"a":true,"b":2})") == "x.ndjson:2: column 'a': true is not a number");
  BOOST_TEST(error_of_record(R"({"a":[1],"b":2})") == "x.ndjson:2: column 'a': an array is not a number");
  BOOST_TEST(error_of_record(R"({"a":{"b":2}})") == "x.ndjson:2: column 'a': an object is not a number");
  BOOST_TEST(error_of_record(R"({"b":2})") == "x.ndjson:2: column 'a': is missing");
  BOOST_TEST(error_of_record(R"({"a":1,"b":2,"a":1})") == "x.ndjson:2: column 'a': stands twice");
  BOOST_TEST(error_of_record(R"({"a":1,"b":1e999})") == "x.ndjson:2: '1e999' is not finite");
  BOOST_TEST(error_of_record(R"({"a":1,"b":NaN})") == "x.ndjson:2: not a JSON record: unexpected text at byte 12");
  BOOST_TEST(error_of_record(R"({"a":1,"b":2} 3)") == "x.ndjson:2: not a JSON record: unexpected text at byte 15");
  BOOST_TEST(error_of_record("5") == "x.ndjson:2: a number where an object or an array was expected");
  BOOST_TEST(error_of_record("[1,2]") == "x.ndjson:2: an array where an object was expected");
  BOOST_TEST(read_text("x.ndjson", "[1,2]\n[1,2,3]\n").error == "x.ndjson:2: 3 fields where 2 were expected");
  BOOST_TEST(read_text("x.ndjson", "[1,2]\n[1,\"\"]\n").error == "x.ndjson:2: column 2: '' is not a number");
  BOOST_TEST(read_text("x.ndjson", "[1,2]\n{}\n").error == "x.ndjson:2: an object where an array was expected");
  BOOST_TEST(read_text("x.json", R"([{"a":1},{"a":2},{"a":"x"}])").error ==
             "x.json: record 3: column 'a': 'x' is not a number");
}

BOOST_AUTO_TEST_CASE(numbers_are_those_of_json) {
  for (const char* number :
       {"01", "-01", "1.", ".5", "-.5", "1.e5", "+1", "-", "1e", "inf", "nan", "-inf", "0x1", "1 2"}) {
    BOOST_TEST(
        error_of_record("{\"a\":1,\"b\":" + std::string(number) + "}").starts_with("x.ndjson:2: not a JSON record"),
        number);
  }
  for (const char* number : {"0", "-0", "0.5", "-0.25", "10", "1e5", "1E+5", "1.5e-5", "0e0", "1e-999"}) {
    BOOST_TEST(error_of_record("{\"a\":1,\"b\" : " + std::string(number) + " }") == "", number);
  }
}

BOOST_AUTO_TEST_CASE(keys_may_hold_anything) {
  const std::string first = R"({"a\"b":1,"c\n":2,"\u00fc":3,"":4})";
  const Table table = read_text("x.ndjson", first + "\n" + R"({"":8,"ü":7,"c\n":6,"a\u0022b":5})" + "\n" + first);
  BOOST_TEST(table.names == (Names{"a\"b", "c\n", "ü", ""}));
  BOOST_TEST(table.values == (Values{1, 2, 3, 4, 5, 6, 7, 8, 1, 2, 3, 4}));
  BOOST_TEST(read_text("x.ndjson", R"({"a\"b":1})"
                                   "\n"
                                   R"({"a"b":1})")
                 .error.starts_with("x.ndjson:2: not a JSON"));
}

BOOST_AUTO_TEST_CASE(arrays_must_be_well_formed) {
  BOOST_TEST(read_text("x.json", "[[1],[2]").error == "x.json: record 2: the array is not closed");
  BOOST_TEST(read_text("x.json", "[[1],[2],").error == "x.json: record 3: the array is not closed");
  BOOST_TEST(read_text("x.json", "[[1],[2],]").error == "x.json: record 3: a record was expected after ','");
  BOOST_TEST(read_text("x.json", "[[1],[2]] 3").error == "x.json: record 3: text after the end of the array");
  BOOST_TEST(read_text("x.ndjson", std::string("[1]\n[2]\0[3]\n", 12)).error ==
             "x.ndjson:2: not a JSON record: unexpected text at byte 4");
  BOOST_TEST(read_text("x.json", "[[1],[2]] 3").values == (Values{1, 2}));
  BOOST_TEST(read_text("x.json", "[[1] [2]]").error ==
             "x.json: record 1: not a JSON record: unexpected text at byte 5");
  BOOST_TEST(read_text("x.json", "[[1],,[2]]").error ==
             "x.json: record 2: not a JSON record: unexpected text at byte 1");
  BOOST_TEST(read_text("x.json", "5").error == "x.json: a JSON array was expected");
  BOOST_TEST(read_text("x.json", "[{\"").error == "x.json: record 1: the array is not closed");
}

BOOST_AUTO_TEST_CASE(nested_values_matter_only_if_selected) {
  const Table table =
      read_text("x.json", R"([{"a":[1,{"b":"],}\""}],"b":1,"c":{"b":7}},{"b":2},{"c":[[]],"b":3}])", {}, {"b"});
  BOOST_TEST(table.names == (Names{"a", "b", "c"}));
  BOOST_TEST(table.values == (Values{1, 2, 3}));
}

BOOST_AUTO_TEST_CASE(bad_records_may_be_skipped_but_not_the_first) {
  ReadOptions options;
  options.on_bad_row = BadRows::kSkip;
  const Table table = read_text("x.ndjson", "{\"a\":1}\nnonsense\n{\"a\":}\n{\"a\":2}\n", options);
  BOOST_TEST(table.values == (Values{1, 2}));
  BOOST_TEST(table.record == (std::vector<std::uint64_t>{0, 3}));
  BOOST_TEST(table.bad_rows == 2);
  BOOST_TEST(read_text("x.ndjson", "nonsense\n{\"a\":1}\n", options).error ==
             "x.ndjson:1: not a JSON record: unexpected text at byte 2");
}

BOOST_AUTO_TEST_CASE(blank_lines_are_no_records) {
  for (const std::size_t chunk_bytes : {1, 1 << 20}) {
    ReadOptions options;
    options.chunk_bytes = chunk_bytes;
    const Table table = read_text("x", "\n \r\n[1]\n\n[2]\n  \n[x]\n", options);
    BOOST_TEST(table.values == (Values{1, 2}));
    BOOST_TEST(table.error == "x:7: not a JSON record: unexpected text at byte 2");
  }
}

BOOST_AUTO_TEST_CASE(text_is_the_element) {
  ReadOptions options;
  options.keep_text = true;
  BOOST_TEST(read_text("x.json", "[ {\"a\" : 1} ,\n{\"a\":\n2}]", options).text ==
             (Names{"{\"a\" : 1}", "{\"a\":\n2}"}));
  BOOST_TEST(read_text("x.ndjson", "{\"a\":1}\r\n{\"a\":2}", options).text == (Names{"{\"a\":1}", "{\"a\":2}"}));
}

BOOST_AUTO_TEST_CASE(deep_nesting_is_no_danger) {
  const std::string deep = R"([{"a":)" + std::string(1'000'000, '[') + std::string(1'000'000, ']') + R"(,"b":1}])";
  BOOST_TEST(read_text("x.json", deep, {}, {"b"}).values == (Values{1}));
}

BOOST_AUTO_TEST_CASE(the_format_is_seen_in_the_first_bytes) {
  const auto format = [](const std::string& name, const std::string& text) { return read_text(name, text).format; };
  BOOST_TEST((format("x.csv", "[{\"a\":1}]") == Format::kJson));
  BOOST_TEST((format("x", "[[1]]") == Format::kJson));
  BOOST_TEST((format("x", "[\n\n [1]]") == Format::kJson));
  BOOST_TEST((format("x", "[-1]\n") == Format::kNdjson));
  BOOST_TEST((format("x.json", "{\"a\":1}\n") == Format::kNdjson));
  BOOST_TEST((format("x", "[m],{n}\n1,2\n") == Format::kCsv));
  BOOST_TEST((format("x", "{m},n\n1,2\n") == Format::kCsv));
  BOOST_TEST((format("x", "a\tb\n1\t2\n") == Format::kTsv));
  BOOST_TEST((format("x", "a\tb,c\n") == Format::kCsv));
  BOOST_TEST((format("x.csv", "a\tb\n") == Format::kCsv));
  BOOST_TEST((format("x.TSV", "a,b\n") == Format::kTsv));
  BOOST_TEST((format("x", "") == Format::kCsv));
}

BOOST_AUTO_TEST_CASE(formats_have_names_and_endings) {
  BOOST_TEST((parse_format("tsv") == Format::kTsv));
  BOOST_CHECK_EXCEPTION(parse_format("xls"), Error, [](const Error& error) {
    return error.what() == std::string("'xls' is not a table format: csv, tsv, json, ndjson or npy was expected");
  });
  BOOST_TEST((format_of_path("a.b/x.NPY") == Format::kNpy));
  BOOST_TEST((format_of_path("x.jsonl") == Format::kNdjson));
  BOOST_TEST((format_of_path("x.csv/y") == Format::kAuto));
  BOOST_TEST((format_of_path("csv") == Format::kAuto));
}

BOOST_AUTO_TEST_CASE(what_cannot_be_opened_is_an_error) {
  const test::Scratch scratch;
  BOOST_TEST(test::read_table(scratch.path("x.csv")).error == "cannot read 'x.csv': No such file or directory");
  std::filesystem::create_directory(scratch.path("d.csv"));
  BOOST_TEST(test::read_table(scratch.path("d.csv")).error == "cannot read 'd.csv': Is a directory");
}

BOOST_AUTO_TEST_CASE(json_of_other_shapes_says_what_was_found) {
  for (const char* text : {"{\"a\": {\"0\": 1}, \"b\": {\"0\": 2}}", "{\"data\": [{\"a\": 1}]}", "[1, 2, 3]"}) {
    const std::string error = nf::io::test::read_text("x.json", text).error;
    BOOST_TEST_CONTEXT(error) BOOST_TEST(error.find("an array of records was expected") != std::string::npos);
  }
}

BOOST_AUTO_TEST_CASE(json_that_is_kept_may_not_be_nested_too_deep) {
  const std::string deep(130000, '[');
  BOOST_CHECK_THROW(parse_json(deep), Error);
  BOOST_TEST(parse_json("[[1, {\"a\": \"[[[\"}]]").size() == 1);
}
