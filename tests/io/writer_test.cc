// Tables as they are written, and what becomes of them when they are read again.
#include <cmath>
#include <cstring>
#include <limits>
#include <random>

#include "io/io_test.h"

using namespace nf;
using namespace nf::io;
using nf::io::test::Scratch;
using nf::io::test::Table;
using Values = std::vector<double>;

namespace {

constexpr double kInf = std::numeric_limits<double>::infinity();
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

WriteOptions options_for(Format format, std::vector<OutputColumn> columns) {
  WriteOptions options;
  options.format = format;
  options.columns = std::move(columns);
  return options;
}

template <typename Write>
std::string written(const WriteOptions& options, Write write) {
  const Scratch scratch;
  Output out(scratch.path("x"));
  const auto writer = TableWriter::open(out, options);
  write(*writer);
  writer->finish();
  out.commit();
  return test::bytes_of(scratch.path("x"));
}

std::string written_rows(const WriteOptions& options, const Values& values) {
  return written(options, [&](TableWriter& writer) {
    const std::size_t width = options.columns.size();
    // In two calls, the first of which may be empty.
    const std::size_t rows = values.size() / width, first = rows / 3;
    writer.write(values.data(), static_cast<int>(first));
    writer.write(values.data() + first * width, static_cast<int>(rows - first));
  });
}

std::string appended(WriteOptions options, const std::vector<std::string_view>& text, const Values& values,
                     const std::string& text_header = "") {
  options.text_format = options.format;
  options.text_header = text_header;
  return written(
      options, [&](TableWriter& writer) { writer.write_appended(text, values.data(), static_cast<int>(text.size())); });
}

const std::vector<OutputColumn> kTwo = {{"a", false}, {"b", true}};
const std::vector<OutputColumn> kNameless = {{"", false}, {"", true}};

}  // namespace

BOOST_AUTO_TEST_CASE(csv_and_tsv_have_a_header_if_there_are_names) {
  BOOST_TEST(written_rows(options_for(Format::kCsv, kTwo), {1, 2, 3, 4}) == "a,b\n1,2\n3,4\n");
  BOOST_TEST(written_rows(options_for(Format::kTsv, kTwo), {1, 2, 3, 4}) == "a\tb\n1\t2\n3\t4\n");
  BOOST_TEST(written_rows(options_for(Format::kCsv, kNameless), {1, 2, 3, 4}) == "1,2\n3,4\n");
  BOOST_TEST(written_rows(options_for(Format::kCsv, kTwo), {}) == "a,b\n");
  WriteOptions options = options_for(Format::kCsv, kTwo);
  options.header = false;
  BOOST_TEST(written_rows(options, {1, 2}) == "1,2\n");
}

BOOST_AUTO_TEST_CASE(names_are_quoted_where_they_must_be) {
  const std::vector<OutputColumn> columns = {{"a,b", false}, {"c\"d", false}, {"e\nf", false}, {" g", false}};
  BOOST_TEST(written_rows(options_for(Format::kCsv, columns), {}) == "\"a,b\",\"c\"\"d\",\"e\nf\",\" g\"\n");
  BOOST_TEST(written_rows(options_for(Format::kTsv, columns), {}) == "a,b\t\"c\"\"d\"\t\"e\nf\"\t\" g\"\n");
}

BOOST_AUTO_TEST_CASE(json_has_records_or_arrays) {
  BOOST_TEST(written_rows(options_for(Format::kNdjson, kTwo), {1, 2, 3, 4}) ==
             "{\"a\":1,\"b\":2}\n{\"a\":3,\"b\":4}\n");
  BOOST_TEST(written_rows(options_for(Format::kNdjson, kNameless), {1, 2, 3, 4}) == "[1,2]\n[3,4]\n");
  BOOST_TEST(written_rows(options_for(Format::kJson, kTwo), {1, 2, 3, 4}) ==
             "[\n{\"a\":1,\"b\":2},\n{\"a\":3,\"b\":4}\n]\n");
  BOOST_TEST(written_rows(options_for(Format::kJson, kTwo), {}) == "[\n]\n");
  BOOST_TEST(written_rows(options_for(Format::kNdjson, {{"a\"\n\xff", false}}), {1}) == "{\"a\\\"\\n\ufffd\":1}\n");
}

BOOST_AUTO_TEST_CASE(numbers_are_the_shortest_that_read_back) {
  BOOST_TEST(
      written_rows(options_for(Format::kCsv, kNameless), {0.1f, 0.1, 1.0 / 3, 1.0 / 3, -0.0, 1e100, 1e5, 1e-7}) ==
      "0.1,0.1\n0.33333334,0.3333333333333333\n-0,1e+100\n1e+05,1e-07\n");
}

BOOST_AUTO_TEST_CASE(what_is_not_finite_has_a_word_in_csv_and_is_null_in_json) {
  const Values values = {kNan, -kNan, kInf, kInf, -kInf, -kInf, 1e300, 1};
  BOOST_TEST(written_rows(options_for(Format::kCsv, kNameless), values) == "nan,nan\ninf,inf\n-inf,-inf\ninf,1\n");
  BOOST_TEST(written_rows(options_for(Format::kNdjson, kNameless), values) ==
             "[null,null]\n[null,null]\n[null,null]\n[null,1]\n");
}

BOOST_AUTO_TEST_CASE(appended_values_follow_the_records_own_bytes) {
  const std::vector<OutputColumn> one = {{"p", false}};
  BOOST_TEST(appended(options_for(Format::kCsv, one), {"x, 1.50", "\"y\n\",+2"}, {1, 2}, " n ,v") ==
             " n ,v,p\nx, 1.50,1\n\"y\n\",+2,2\n");
  BOOST_TEST(appended(options_for(Format::kCsv, one), {"1.50"}, {1}) == "1.50,1\n");
  BOOST_TEST(appended(options_for(Format::kTsv, one), {"1"}, {1}, "v") == "v\tp\n1\t1\n");
  BOOST_TEST(appended(options_for(Format::kCsv, one), {}, {}, "v") == "v,p\n");
  BOOST_TEST(appended(options_for(Format::kNdjson, one), {"{ \"a\" : 1.50 }", "{}", "[1, 2]", "[ ]"}, {1, 2, 3, 4}) ==
             "{ \"a\" : 1.50,\"p\":1}\n{\"p\":2}\n[1, 2,3]\n[4]\n");
  BOOST_TEST(appended(options_for(Format::kJson, one), {"{\"a\":\n1}", "{}"}, {1, 2}) ==
             "[\n{\"a\":\n1,\"p\":1},\n{\"p\":2}\n]\n");
  BOOST_TEST(appended(options_for(Format::kNdjson, one), {"nonsense", "{", "[}"}, {1, 2, 3}) ==
             "{\"p\":1}\n{\"p\":2}\n{\"p\":3}\n");
}

BOOST_AUTO_TEST_CASE(threads_change_no_byte) {
  std::mt19937_64 random(2);
  std::normal_distribution<double> normal;
  Values values(3 * 2 * 20'011);
  for (double& value : values) value = normal(random);
  for (const Format format : {Format::kCsv, Format::kJson, Format::kNdjson}) {
    WriteOptions options = options_for(format, kTwo);
    const std::string serial = written_rows(options, values);
    for (const int threads : {2, 3, 8}) {
      options.threads = threads;
      BOOST_TEST((written_rows(options, values) == serial));
    }
  }
}

BOOST_AUTO_TEST_CASE(every_format_reads_back_to_the_same_floats_and_doubles) {
  std::mt19937_64 random(3);
  Values values(4 * 5'000);
  for (std::size_t i = 0; i < values.size(); ++i) {
    do {
      const std::uint64_t bits = random();
      std::memcpy(&values[i], &bits, sizeof bits);
    } while (!std::isfinite(values[i]));
    if (i % 2 == 0) values[i] = static_cast<double>(static_cast<float>(std::ldexp(values[i], -std::ilogb(values[i]))));
  }
  const std::vector<OutputColumn> columns = {{"a", false}, {"b", true}, {"c", false}, {"d", true}};
  const Scratch scratch;
  for (const Format format : {Format::kCsv, Format::kTsv, Format::kJson, Format::kNdjson, Format::kNpy}) {
    for (const int threads : {1, 4}) {
      ReadOptions options;
      options.threads = threads;
      const std::string path = scratch.file("x", written_rows(options_for(format, columns), values));
      const Table table = test::read_table(path, options);
      BOOST_TEST((table.format == format));
      BOOST_TEST(table.names.size() == (format == Format::kNpy ? 0u : 4u));
      Values read = table.values;
      for (std::size_t i = 0; i < read.size(); i += 2) read[i] = static_cast<double>(static_cast<float>(read[i]));
      BOOST_TEST((read == values));
    }
  }
}
