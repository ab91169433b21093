#pragma once
// Rows to train on and rows to validate on.
#include <cstddef>
#include <cstdint>
#include <vector>

#include "nf/core/types.h"

namespace nf {
inline namespace NF_PRECISION {

struct Split {
  std::vector<std::size_t> train, valid;  // row numbers, ascending
};

// A random share of first.size() rows for validation. Rows with the same number in `first` (EqualRows) stay together,
// so that a model is not judged by rows that it was trained on. Share 0: all rows are on both sides. Throws Error where
// no row would be left to train on.
Split split(const std::vector<std::size_t>& first, double share, std::uint64_t seed);

// 0 .. rows - 1.
std::vector<std::size_t> all_rows(std::size_t rows);

}  // namespace NF_PRECISION
}  // namespace nf
