#pragma once
// y = x exp(s) + t over the 64 rows of a tile, log s = r / (1 + |r| / ln 1000); layouts as in map.h.
#include "nf/kernels/map.h"

namespace nf::kernels {

// phi of a feature is (t, r).
struct Affine {
  int num_params() const { return 2; }
  int scratch_columns() const { return 0; }
};
// phi of a feature is r, t = 0.
struct Scale {
  int num_params() const { return 1; }
  int scratch_columns() const { return 0; }
};

NF_MAP(Affine)
NF_MAP(Scale)

}  // namespace nf::kernels
