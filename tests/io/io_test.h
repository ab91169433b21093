#pragma once
// What the tests of tables share: scratch files, and whole tables read at once.
#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "nf/io/table.h"

namespace nf::io::test {

// A directory that goes away with the object.
class Scratch {
 public:
  Scratch() {
    std::string pattern = (std::filesystem::temp_directory_path() / "nf-test-XXXXXX").string();
    BOOST_REQUIRE(mkdtemp(pattern.data()) != nullptr);
    directory_ = pattern;
  }
  ~Scratch() { std::filesystem::remove_all(directory_); }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;

  std::string path(const std::string& name) const { return (directory_ / name).string(); }
  std::string file(const std::string& name, std::string_view bytes) const {
    std::ofstream(path(name), std::ios::binary) << bytes;
    return path(name);
  }
  std::size_t files() const {
    return static_cast<std::size_t>(
        std::distance(std::filesystem::directory_iterator(directory_), std::filesystem::directory_iterator()));
  }

 private:
  std::filesystem::path directory_;
};

inline std::string bytes_of(const std::string& path) {
  std::ostringstream bytes;
  bytes << std::ifstream(path, std::ios::binary).rdbuf();
  return bytes.str();
}

struct Table {
  Format format = Format::kAuto;
  std::vector<std::string> names;
  std::string header_text;
  int columns = 0;
  std::vector<double> values;
  std::vector<std::string> text;
  std::vector<std::uint64_t> record;
  std::uint64_t rows_read = 0, bad_rows = 0;
  std::string error;  // without directory; the rows before it are above
};

inline std::string without_directory(std::string message) {
  std::size_t slash;
  while ((slash = message.find('/')) != std::string::npos) {
    const std::size_t begin = message.find_last_of(" '", slash) + 1;
    message.erase(begin, message.find_first_of(" ':", slash) - begin == 0 ? 0 : slash + 1 - begin);
  }
  return message;
}

// Selects the named columns, or all.
inline Table read_table(const std::string& path, ReadOptions options = {},
                        const std::vector<std::string>& wanted = {}) {
  Table table;
  try {
    const auto reader = TableReader::open(path, options);
    table.format = reader->format();
    table.names = reader->names();
    table.header_text = reader->header_text();
    table.columns = reader->columns();
    std::vector<int> selected;
    if (wanted.empty()) {
      for (int i = 0; i < reader->columns(); ++i) selected.push_back(i);
    } else {
      selected = reader->find(wanted);
    }
    reader->select(selected);
    Block block;
    const auto note = [&] {
      table.rows_read = reader->rows_read();
      table.bad_rows = reader->bad_rows();
    };
    try {
      while (reader->next(block)) {
        BOOST_TEST(block.rows > 0);
        BOOST_TEST(block.rows <= TableReader::kBlockRows);
        BOOST_TEST(block.values.size() == static_cast<std::size_t>(block.rows) * selected.size());
        BOOST_TEST(block.record.size() == static_cast<std::size_t>(block.rows));
        table.values.insert(table.values.end(), block.values.begin(), block.values.end());
        table.text.insert(table.text.end(), block.text.begin(), block.text.end());
        table.record.insert(table.record.end(), block.record.begin(), block.record.end());
      }
    } catch (...) {
      note();
      throw;
    }
    note();
  } catch (const Error& error) {
    table.error = without_directory(error.what());
  }
  return table;
}

// The same for bytes, in a file of that name.
inline Table read_text(const std::string& name, std::string_view bytes, ReadOptions options = {},
                       const std::vector<std::string>& wanted = {}) {
  const Scratch scratch;
  return read_table(scratch.file(name, bytes), options, wanted);
}

}  // namespace nf::io::test
