// NPY.
#include "table_input.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return read_as({nf::io::Format::kNpy}, data, size);
}
