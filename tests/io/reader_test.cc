// What must hold for every input: however it is cut into chunks and however many threads read it, the table is the one
// a slow and simple reader of whole texts finds.
#include <sys/stat.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <thread>

#include "io/io_test.h"
#include "nf/io/number.h"

using namespace nf;
using namespace nf::io;
using nf::io::test::Scratch;
using nf::io::test::Table;

namespace {

// A record as split by the reference: character by character, one state.
struct ReferenceRecord {
  std::string text;
  std::vector<std::string> fields;
  std::size_t line = 0;
  bool closed = true;
};

// One record from `begin` on. False: a quoted field of it does not end before a delimiter or line end.
bool read_record(const std::string& text, char delimiter, std::size_t& at, ReferenceRecord& record) {
  enum { kBegin, kPlain, kQuoted, kQuoteSeen } state = kBegin;
  record.fields.emplace_back();
  for (; at < text.size(); ++at) {
    const char c = text[at];
    if (c == '\n' && state != kQuoted) break;
    record.text += c;
    if (state == kQuoted) {
      if (c == '"') state = kQuoteSeen;
      else record.fields.back() += c;
    } else if (c == '"' && state == kQuoteSeen) {
      record.fields.back() += c;
      state = kQuoted;
    } else if (c == '"' && state == kBegin) {
      state = kQuoted;
    } else if (c == delimiter) {
      record.fields.emplace_back();
      state = kBegin;
    } else if (state == kQuoteSeen && (c != '\r' || (at + 1 < text.size() && text[at + 1] != '\n'))) {
      return false;
    } else {
      record.fields.back() += c;
      state = kPlain;
    }
  }
  return state != kQuoted;
}

std::vector<ReferenceRecord> reference_records(const std::string& text, char delimiter) {
  std::vector<ReferenceRecord> records;
  std::size_t line = 1;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const std::size_t begin = at;
    ReferenceRecord record;
    record.line = line;
    record.closed = read_record(text, delimiter, at, record);
    if (!record.closed) {
      at = std::min(text.find('\n', begin), text.size());
      record.text = text.substr(begin, at - begin);
      record.fields.assign(1, record.text);
    }
    line += static_cast<std::size_t>(std::count(text.begin() + static_cast<std::ptrdiff_t>(begin),
                                                text.begin() + static_cast<std::ptrdiff_t>(at), '\n')) +
            1;
    records.push_back(record);
  }
  for (ReferenceRecord& record : records) {
    if (!record.text.ends_with('\r')) continue;
    record.text.pop_back();
    record.fields.back().pop_back();
  }
  while (!records.empty() && records.back().text.find_first_not_of('\r') == std::string::npos) records.pop_back();
  return records;
}

// The whole contract of CSV, for the columns `wanted` of a table without names.
Table reference_table(const std::string& text, char delimiter, int columns, const std::vector<int>& wanted,
                      BadRows on_bad_row) {
  Table table;
  for (const ReferenceRecord& record : reference_records(text, delimiter)) {
    if (record.text.empty() && columns != 1) continue;
    std::vector<double> row;
    std::string why;
    if (!record.closed) {
      why = "a quoted field does not end before a delimiter or line end";
    } else if (record.fields.size() != static_cast<std::size_t>(columns)) {
      why = std::to_string(record.fields.size()) + (record.fields.size() == 1 ? " field" : " fields") + " where " +
            std::to_string(columns) + " were expected";
    } else {
      for (const int column : wanted) {
        const std::string& field = record.fields[column];
        double value = 0;
        const bool number = parse_number(field, value);
        if (!number || !std::isfinite(value)) {
          why = "column " + std::to_string(column + 1) + ": " + in_quotes(field) + " is not " +
                (number ? "finite" : "a number");
          break;
        }
        row.push_back(value);
      }
    }
    if (!why.empty() && on_bad_row == BadRows::kStop) {
      table.error = "x.csv:" + std::to_string(record.line) + ": " + why;
      return table;
    }
    table.bad_rows += !why.empty();
    if (!why.empty()) row.assign(wanted.size(), NAN);
    if (why.empty() || on_bad_row == BadRows::kNan) {
      table.values.insert(table.values.end(), row.begin(), row.end());
      table.text.push_back(record.text);
      table.record.push_back(table.rows_read);
    }
    ++table.rows_read;
  }
  return table;
}

// Where a quote is never closed, line ends at the end of the input do not matter.
std::vector<std::string> without_last_line_ends(std::vector<std::string> text) {
  if (!text.empty()) text.back().resize(text.back().find_last_not_of("\r\n") + 1);
  return text;
}

bool same_values(const std::vector<double>& a, const std::vector<double>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](double x, double y) { return x == y || (std::isnan(x) && std::isnan(y)); });
}

}  // namespace

BOOST_AUTO_TEST_CASE(random_csv_is_read_as_by_a_slow_simple_reader) {
  std::mt19937_64 random(7);
  const auto below = [&](std::uint64_t bound) { return random() % bound; };
  const auto field = [&]() -> std::string {
    static const char* const kOdd[] = {"",      "abc",    "\"\"",        "\"a,b\"", "\"x\ny\"", "\"\"\"\"", "nan",
                                       "1e999", " 7 ",    "\"1.5\"",     "5\"",     "\"2\"x",   "+3",       "\"\r\n\"",
                                       "\t1",   "\"\n\n", "\"1\n\",\"2", "-",       "\"",       "1\r"};
    if (below(12) == 0) return kOdd[below(std::size(kOdd))];
    return std::to_string(static_cast<int>(below(2000)) - 1000) + (below(2) ? ".25" : "");
  };
  const Scratch scratch;
  for (int i = 0; i < 4000; ++i) {
    const int columns = 1 + static_cast<int>(below(4));
    const bool tidy = below(4) == 0;
    std::string text;
    for (int c = 0; c < columns; ++c) text += (c > 0 ? ",1" : "1");
    text += '\n';
    for (std::uint64_t rows = below(30); rows > 0; --rows) {
      const int fields = columns + (tidy || below(10) != 0 ? 0 : static_cast<int>(below(3)) - 1);
      for (int f = 0; f < fields; ++f) text += (f > 0 ? "," : "") + (tidy ? std::to_string(below(100)) : field());
      text += below(3) == 0 ? "\r\n" : "\n";
      if (below(8) == 0) text += below(2) ? "\n" : "\r\n";
    }
    if (below(3) == 0) text.pop_back();
    std::vector<int> wanted;
    for (int c = 0; c < columns; ++c) {
      if (below(3) != 0) wanted.push_back(c);
    }
    std::shuffle(wanted.begin(), wanted.end(), random);

    const std::string path = scratch.file("x.csv", text);
    ReadOptions options;
    options.header = Header::kNo;
    options.keep_text = true;
    for (const BadRows on_bad_row : {BadRows::kStop, BadRows::kSkip, BadRows::kNan}) {
      options.on_bad_row = on_bad_row;
      options.chunk_bytes = below(2) ? 1 + below(40) : 1 << 20;
      options.threads = below(4) == 0 ? 3 : 1;
      const Table expected = reference_table(text, ',', columns, wanted, on_bad_row);
      Table found;
      std::uint64_t rows_read = 0;
      try {
        const auto reader = TableReader::open(path, options);
        BOOST_TEST(reader->columns() == columns);
        reader->select(wanted);
        for (Block block; reader->next(block);) {
          found.values.insert(found.values.end(), block.values.begin(), block.values.end());
          found.text.insert(found.text.end(), block.text.begin(), block.text.end());
          found.record.insert(found.record.end(), block.record.begin(), block.record.end());
          rows_read = reader->rows_read();
          found.bad_rows = reader->bad_rows();
        }
        rows_read = reader->rows_read();
        found.bad_rows = reader->bad_rows();
      } catch (const Error& error) {
        found.error = test::without_directory(error.what());
      }
      BOOST_TEST_CONTEXT("text " << in_quotes(text) << text << " chunks " << options.chunk_bytes) {
        BOOST_TEST(found.error == expected.error);
        BOOST_TEST(same_values(found.values, expected.values));
        BOOST_TEST(without_last_line_ends(found.text) == without_last_line_ends(expected.text));
        BOOST_TEST(found.record == expected.record);
        BOOST_TEST((!found.error.empty() || (rows_read == expected.rows_read && found.bad_rows == expected.bad_rows)));
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(chunks_and_threads_change_nothing_in_any_format) {
  std::string csv = "a,b\n", ndjson, json = "[";
  for (int i = 0; i < 3000; ++i) {
    const std::string a = std::to_string(i), b = i % 100 == 57 ? "oops" : std::to_string(i * 0.25);
    csv += a + ",\"" + b + "\"\r\n";
    ndjson += "{\"a\":" + a + ",\"b\":" + b + "}\n";
    json += (i > 0 ? ",{\"a\":" : "{\"a\":") + a + ",\"b\":\n" + b + "}";
  }
  json += "]";
  const Scratch scratch;
  for (const auto& [name, text] : {std::pair("x.csv", csv), {"x.ndjson", ndjson}, {"x.json", json}}) {
    const std::string path = scratch.file(name, text);
    for (const BadRows on_bad_row : {BadRows::kStop, BadRows::kSkip, BadRows::kNan}) {
      ReadOptions options;
      options.on_bad_row = on_bad_row;
      options.keep_text = true;
      const Table expected = test::read_table(path, options);
      BOOST_TEST(expected.values.size() >= 114u);
      for (const int threads : {1, 2, 4}) {
        for (const std::size_t chunk_bytes : {1, 17, 4000}) {
          options.threads = threads;
          options.chunk_bytes = chunk_bytes;
          const Table table = test::read_table(path, options);
          BOOST_TEST(table.error == expected.error);
          BOOST_TEST(same_values(table.values, expected.values));
          BOOST_TEST((table.text == expected.text));
          BOOST_TEST((table.record == expected.record));
          if (expected.error.empty()) BOOST_TEST(table.bad_rows == expected.bad_rows);
        }
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(rows_of_a_slow_pipe_come_as_soon_as_they_are_there) {
  const Scratch scratch;
  const std::string path = scratch.path("pipe");
  BOOST_REQUIRE(mkfifo(path.c_str(), 0600) == 0);
  for (const int threads : {1, 2}) {
    std::ofstream out;
    std::thread opening([&] {
      out.open(path);
      out << "a,b\n1,2\n" << std::flush;
    });
    ReadOptions options;
    options.threads = threads;
    options.known_names = {"a", "b"};  // else the header is guessed from more than has come
    const auto reader = TableReader::open(path, options);
    opening.join();
    reader->select({0, 1});
    Block block;
    BOOST_TEST(reader->next(block));
    BOOST_TEST(block.values == (std::vector<double>{1, 2}));
    out << "3,4\n5,6\n7" << std::flush;
    BOOST_TEST(reader->next(block));
    BOOST_TEST(block.values == (std::vector<double>{3, 4, 5, 6}));
    out << ",8" << std::flush;
    out.close();
    BOOST_TEST(reader->next(block));
    BOOST_TEST(block.values == (std::vector<double>{7, 8}));
    BOOST_TEST(!reader->next(block));
    BOOST_TEST(!reader->next(block));
  }
}

BOOST_AUTO_TEST_CASE(a_reader_can_be_dropped_while_its_threads_wait_for_input) {
  const Scratch scratch;
  const std::string path = scratch.path("pipe");
  BOOST_REQUIRE(mkfifo(path.c_str(), 0600) == 0);
  std::ofstream out;
  std::thread opening([&] {
    out.open(path);
    out << "a\n1\n" << std::flush;
  });
  ReadOptions options;
  options.threads = 3;
  options.known_names = {"a"};
  auto reader = TableReader::open(path, options);
  opening.join();
  reader->select({0});
  Block block;
  BOOST_TEST(reader->next(block));
  reader.reset();  // while `out` is still open
}

BOOST_AUTO_TEST_CASE(the_same_error_comes_again_when_asked_again) {
  const Scratch scratch;
  const std::string path = scratch.file("x.csv", "a\n1\nx\n2\n");
  for (const int threads : {1, 2}) {
    ReadOptions options;
    options.threads = threads;
    options.chunk_bytes = 4;
    const auto reader = TableReader::open(path, options);
    reader->select({0});
    Block block;
    BOOST_TEST(reader->next(block));
    for (int i = 0; i < 2; ++i) BOOST_CHECK_THROW(reader->next(block), Error);
  }
}

BOOST_AUTO_TEST_CASE(a_column_without_a_name_leaves_the_others_their_names) {
  const std::vector<std::string> wanted = {"", "a", "", "b"};
  const auto table = nf::io::test::read_text("x.csv", "b,,a,\n1,2,3,4\n", {}, wanted);
  BOOST_TEST(table.error == "");
  BOOST_TEST(table.values == (std::vector<double>{2, 3, 4, 1}));
  BOOST_TEST(nf::io::test::read_text("x.csv", "b,,a\n1,2,3\n", {}, wanted).error ==
             "x.csv: there is no column without a name");
  BOOST_TEST(nf::io::test::read_text("x.csv", "b,,b\n1,2,3\n", {}, {"b"}).error == "x.csv: there are two columns 'b'");
}

BOOST_AUTO_TEST_CASE(names_in_messages_hold_no_control_characters) {
  BOOST_TEST(nf::io::test::read_text("x.csv", "a,b\x1b[31m\xc2\x9bX\n1,2\n1,x\n").error ==
             "x.csv:3: column 'b?[31m?X': 'x' is not a number");
}
