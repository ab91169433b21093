#pragma once
// Tables from strangers: any bytes, read as one of some formats, end in rows or in an Error; and chunks and threads
// change nothing. The first byte chooses how to read.
#include <sys/mman.h>
#include <unistd.h>

#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "nf/io/table.h"

// All that a reader says, as text, however it is cut into blocks. An error after the first rows is part of it.
inline std::string read_all(const std::string& path, const nf::io::ReadOptions& options) {
  std::string names, values, records, numbers, error;
  try {
    const auto reader = nf::io::TableReader::open(path, options);
    for (const std::string& name : reader->names()) names += name + '|';
    std::vector<int> odd;
    for (int i = 1; i < reader->columns(); i += 2) odd.push_back(i);
    reader->select(odd);
    for (nf::io::Block block; reader->next(block);) {
      for (const double value : block.values) {
        if (options.on_bad_row != nf::io::BadRows::kNan && !std::isfinite(value)) std::abort();
        values += std::to_string(value) + ' ';
      }
      for (const std::string_view text : block.text) records.append(text) += '\n';
      for (const std::uint64_t record : block.record) numbers += std::to_string(record) + ' ';
    }
  } catch (const nf::Error& thrown) {
    error = thrown.what();
  }
  return names + '\n' + values + '\n' + records + numbers + '\n' + error;
}

inline void require_equal(const std::string& got, const std::string& expected) {
  if (got == expected) return;
  std::fprintf(stderr, "got\n%s\nwhere this was expected\n%s\n", got.c_str(), expected.c_str());
  std::abort();
}

inline int read_as(const std::vector<nf::io::Format>& formats, const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const int file = memfd_create("table", 0);
  if (write(file, data + 1, size - 1) != static_cast<ssize_t>(size - 1)) std::abort();
  const std::string path = "/proc/self/fd/" + std::to_string(file);
  nf::io::ReadOptions options;
  options.format = formats[data[0] % 6 % formats.size()];
  options.on_bad_row = static_cast<nf::io::BadRows>(data[0] / 6 % 3);
  options.header = static_cast<nf::io::Header>(data[0] / 18 % 3);
  options.keep_text = data[0] >= 128;
  options.chunk_bytes = 4096;
  const std::string expected = read_all(path, options);
  options.chunk_bytes = 1 + data[0] % 13;
  require_equal(read_all(path, options), expected);
  options.threads = data[0] % 16 == 0 ? 3 : 1;
  if (options.threads > 1) require_equal(read_all(path, options), expected);
  close(file);
  return 0;
}
