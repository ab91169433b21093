// Model files from strangers: SafeTensors::parse() refuses any bytes with an Error or reads what serialise() writes
// again. Not part of the build; with clang, from the project's directory:
//
//   clang++ -std=c++20 -g -O1 -fsanitize=fuzzer,address,undefined -Ilib tests/fuzz/safetensors_fuzz.cc
//     lib/nf/io/{safetensors,number}.cc -lfmt -o safetensors_fuzz
//   ./safetensors_fuzz -max_total_time=60 corpus/     (a directory; model files in it make good seeds)
#include <cstdlib>

#include "nf/io/safetensors.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  nf::SafeTensors model;
  try {
    model = nf::SafeTensors::parse(std::as_bytes(std::span(data, size)));
  } catch (const nf::Error&) {
    return 0;
  }
  const std::string written = model.serialise();
  const std::string again = nf::SafeTensors::parse(std::as_bytes(std::span(written))).serialise();
  if (written != again) std::abort();
  return 0;
}
