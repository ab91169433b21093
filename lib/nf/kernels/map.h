#pragma once
// Monotone maps over a tile, as all of them are called: by their options, a struct Options with num_params(), the
// columns of phi that a feature has, and scratch_columns(), what they want as memory.
//
//   map_forward           y = f(x), logd = log f'(x)
//   map_inverse           x with y = f(x), logd = -log f'(x)
//   map_backward          gradients of forward at x: dx and dphi from dy and dlogd
//   map_inverse_backward  gradients of inverse, whose result x is (maps that declare it)
//
// x, y, logd and their gradients: `features` columns; phi, dphi: num_params() columns a feature, feature after feature.
// Tiles are aligned; outputs do not overlap inputs, but y may be x. float runs on the instruction set in use, double
// one row at a time, as the twins in `plain` do.
#include "nf/kernels/kernels.h"

namespace nf::kernels {

#define NF_MAP_VALUES_(Options, T, function) \
  void function(const Options& s, const T* from, const T* phi, T* to, T* logd, int features, T* scratch);
#define NF_MAP_GRADIENTS_(Options, T, function)                                                              \
  void function(const Options& s, const T* x, const T* phi, const T* dto, const T* dlogd, T* dfrom, T* dphi, \
                int features, T* scratch);
#define NF_MAP_OF_(Options, T)            \
  NF_MAP_VALUES_(Options, T, map_forward) \
  NF_MAP_VALUES_(Options, T, map_inverse) \
  NF_MAP_GRADIENTS_(Options, T, map_backward)

// Declares the functions of a map; its unit defines them with map-inl.h.
#define NF_MAP(Options)       \
  NF_MAP_OF_(Options, float)  \
  NF_MAP_OF_(Options, double) \
  namespace plain {           \
  NF_MAP_OF_(Options, float)  \
  }
#define NF_MAP_INVERSE_GRADIENT(Options)                   \
  NF_MAP_GRADIENTS_(Options, float, map_inverse_backward)  \
  NF_MAP_GRADIENTS_(Options, double, map_inverse_backward) \
  namespace plain {                                        \
  NF_MAP_GRADIENTS_(Options, float, map_inverse_backward)  \
  }

}  // namespace nf::kernels
