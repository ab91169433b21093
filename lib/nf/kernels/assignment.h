#pragma once
// Rows and columns of a 64 x 64 matrix of costs paired so that the sum is least. See kernels.h for the rules of the
// inner loops.
#include <cstdint>

namespace nf::kernels {

// cost[64 i + j] of row i and column j, at most 2^23 in size; columns[i]: that of row i.
void assign(const std::int32_t* cost, std::int32_t* columns);

namespace plain {
void assign(const std::int32_t* cost, std::int32_t* columns);
}

}  // namespace nf::kernels
