// Checkpoints from strangers: any bytes are refused with an Error or are a checkpoint that is written and read to the
// same bytes.
#include <cstdlib>
#include <span>

#include "nf/train/checkpoint.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string written;
  try {
    written = nf::serialise(nf::parse_checkpoint(std::as_bytes(std::span(data, size))));
  } catch (const nf::Error&) {
    return 0;
  }
  if (nf::serialise(nf::parse_checkpoint(std::as_bytes(std::span(written)))) != written) std::abort();
  return 0;
}
