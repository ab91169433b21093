// Model files from strangers: SafeTensors::parse() refuses any bytes with an Error or reads what serialise() writes
// again.
#include <cstdlib>

#include "nf/io/safetensors.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  nf::io::SafeTensors model;
  try {
    model = nf::io::SafeTensors::parse(std::as_bytes(std::span(data, size)));
  } catch (const nf::Error&) {
    return 0;
  }
  const std::string written = model.serialise();
  const std::string again = nf::io::SafeTensors::parse(std::as_bytes(std::span(written))).serialise();
  if (written != again) std::abort();
  return 0;
}
