#include "nf/data/split.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "nf/core/error.h"
#include "nf/core/random.h"

namespace nf {
inline namespace NF_PRECISION {

std::vector<std::size_t> all_rows(std::size_t rows) {
  std::vector<std::size_t> all(rows);
  std::iota(all.begin(), all.end(), std::size_t{0});
  return all;
}

// Drawn one after another (Knuth's selection sampling), so that their order stays.
Split split(const std::vector<std::size_t>& first, double share, std::uint64_t seed) {
  const std::size_t n = first.size();
  if (share == 0) return {all_rows(n), all_rows(n)};
  std::size_t kinds = 0;
  for (std::size_t r = 0; r < n; ++r) kinds += first[r] == r;
  auto wanted = std::max<std::size_t>(1, static_cast<std::size_t>(std::llround(share * static_cast<double>(kinds))));
  if (kinds < wanted + 1) throw Error(fmt::format("too few rows to train on: {}", kinds));
  Uniforms random(seed, Stream::kSplit);
  Split rows;
  std::vector<bool> taken(n);
  for (std::size_t r = 0; r < n; ++r) {
    if (first[r] == r) {
      taken[r] = random.next() * static_cast<double>(kinds--) < static_cast<double>(wanted);
      if (taken[r]) --wanted;
    } else {
      taken[r] = taken[first[r]];
    }
    (taken[r] ? rows.valid : rows.train).push_back(r);
  }
  return rows;
}

}  // namespace NF_PRECISION
}  // namespace nf
