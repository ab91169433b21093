// CSV, TSV, and what is found out to be a table.
#include "table_input.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return read_as({nf::io::Format::kAuto, nf::io::Format::kCsv, nf::io::Format::kTsv}, data, size);
}
