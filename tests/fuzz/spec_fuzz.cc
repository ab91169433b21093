// Specs from strangers: any text is refused with an Error or makes a flow whose canonical spec makes the same again.
#include <cstdlib>
#include <string_view>

#include "nf/flow/flow.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto* text = reinterpret_cast<const char*>(data);
  const nf::Json given = nf::Json::parse(text, text + size, nullptr, false);
  if (given.is_discarded()) return 0;
  nf::Json spec;
  try {
    spec = nf::Flow(given).spec();
  } catch (const nf::Error&) {
    return 0;
  }
  if (nf::Flow(spec).spec() != spec) std::abort();
  return 0;
}
