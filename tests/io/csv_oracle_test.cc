// The CSV reader against libcsv, an independent RFC 4180 parser, on random tables: quotes, doubled quotes, commas and
// line ends inside quotes, CRLF and LF, with and without a last newline.
#include <csv.h>

#include <charconv>
#include <cmath>
#include <random>

#include "io/io_test.h"

namespace nf::io {
namespace {

struct Parsed {
  std::vector<std::vector<std::string>> records;
  std::vector<std::string> fields;
};

std::vector<std::vector<std::string>> by_libcsv(const std::string& text) {
  Parsed parsed;
  csv_parser parser;
  BOOST_TEST_REQUIRE(csv_init(&parser, CSV_STRICT) == 0);
  const auto field = [](void* bytes, std::size_t n, void* to) {
    static_cast<Parsed*>(to)->fields.emplace_back(static_cast<const char*>(bytes), n);
  };
  const auto record = [](int, void* to) {
    auto* p = static_cast<Parsed*>(to);
    p->records.push_back(std::move(p->fields));
    p->fields.clear();
  };
  BOOST_TEST_REQUIRE(csv_parse(&parser, text.data(), text.size(), field, record, &parsed) == text.size());
  BOOST_TEST_REQUIRE(csv_fini(&parser, field, record, &parsed) == 0);
  csv_free(&parser);
  return parsed.records;
}

// A table of two columns of text around two of numbers.
std::string random_table(std::mt19937& random) {
  const auto below = [&](unsigned n) { return static_cast<int>(random() % n); };
  const std::string end = below(2) ? "\r\n" : "\n";
  const auto quoted = [&](const std::string& inside) { return "\"" + inside + "\""; };
  const auto text = [&] {
    static const char* const kPieces[] = {"a", "\"\"", ",", "\n", "\r\n", " ", "7", "x y"};
    std::string s;
    for (int i = below(5); i > 0; --i) s += kPieces[below(8)];
    return below(2) ? quoted(s) : std::string("plain");
  };
  const auto number = [&] {
    char buffer[40];
    const double value = std::ldexp(static_cast<double>(static_cast<int>(random())), below(80) - 60);
    const std::string s(buffer, std::to_chars(buffer, buffer + sizeof buffer, value).ptr);
    return below(4) ? s : quoted(s);
  };
  std::string table = "first,a,b,last" + end;
  const int rows = below(60);
  for (int r = 0; r < rows; ++r)
    table += text() + "," + number() + "," + number() + "," + text() + (r + 1 < rows || below(2) ? end : "");
  return table;
}

BOOST_AUTO_TEST_CASE(numbers_are_those_that_libcsv_finds) {
  std::mt19937 random(1);
  const test::Scratch scratch;
  for (int round = 0; round < 300; ++round) {
    const std::string table = random_table(random);
    const auto expected = by_libcsv(table);
    for (const int threads : {1, 3}) {
      ReadOptions options;
      options.format = Format::kCsv;
      options.threads = threads;
      options.chunk_bytes = static_cast<std::size_t>(1 + random() % 200);
      const auto reader = TableReader::open(scratch.file("x.csv", table), options);
      reader->select(reader->find({"a", "b"}));
      std::size_t row = 0;
      for (Block block; reader->next(block);)
        for (int r = 0; r < block.rows; ++r) {
          ++row;
          BOOST_TEST_REQUIRE(row < expected.size());
          for (std::size_t j = 0; j < 2; ++j)
            BOOST_TEST(block.values[static_cast<std::size_t>(r) * 2 + j] == std::stod(expected[row][1 + j]));
        }
      BOOST_TEST(row + 1 == expected.size());
    }
  }
}

}  // namespace
}  // namespace nf::io
