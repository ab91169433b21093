// CSV, TSV, and what is found out to be a table.
#include "table_input.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return read_as({nf::Format::kAuto, nf::Format::kCsv, nf::Format::kTsv}, data, size);
}
