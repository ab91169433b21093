// Numbers from strangers: read as strtod, told what may stand there, reads them; and what is printed reads back.
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <string>

#include "nf/io/number.h"

namespace {

bool same(double a, double b) { return (std::isnan(a) && std::isnan(b)) || std::memcmp(&a, &b, sizeof a) == 0; }

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  double value = 0;
  if (!nf::io::parse_number(text, value)) return 0;
  const std::string number(nf::io::trim(text));
  char* end = nullptr;
  if (!same(value, std::strtod(number.c_str(), &end)) || *end != '\0') std::abort();
  char printed[nf::io::kNumberWidth];
  double again = 0;
  const char* stop = nf::io::print_number(printed, value, true);
  if (nf::io::parse_number(printed, stop, again) != stop || !same(value, again)) std::abort();
  return 0;
}
