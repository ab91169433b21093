// The entry points of a map, the same for every map. A unit with function templates on V in its target's namespace
//   forward<V>, inverse<V>(options, from, phi, to, logd, features), backward<V>(options, x, phi, dy, dlogd, dx, dphi,
//   features)
// names each pair once there (NF_MAP_*_HERE) and once outside under HWY_ONCE (NF_MAP_*): functions for float, on the
// instruction set in use, for double, and the float functions' plain twins. Include after "nf/kernels/simd.h".
#pragma once

#define NF_MAP_VALUES_HERE(name, Options, function)                                                        \
  void name(const Options& s, const float* from, const float* phi, float* to, float* logd, int features) { \
    function<Lanes>(s, from, phi, to, logd, features);                                                     \
  }
#define NF_MAP_GRADIENTS_HERE(name, Options, function)                                                              \
  void name(const Options& s, const float* x, const float* phi, const float* dto, const float* dlogd, float* dfrom, \
            float* dphi, int features) {                                                                            \
    function<Lanes>(s, x, phi, dto, dlogd, dfrom, dphi, features);                                                  \
  }

#define NF_MAP_VALUES_PLAIN_(name, Options, function, T)                                   \
  void name(const Options& s, const T* from, const T* phi, T* to, T* logd, int features) { \
    HWY_STATIC_DISPATCH(function)<Lane<T>>(s, from, phi, to, logd, features);              \
  }
#define NF_MAP_GRADIENTS_PLAIN_(name, Options, function, T)                                              \
  void name(const Options& s, const T* x, const T* phi, const T* dto, const T* dlogd, T* dfrom, T* dphi, \
            int features) {                                                                              \
    HWY_STATIC_DISPATCH(function)<Lane<T>>(s, x, phi, dto, dlogd, dfrom, dphi, features);                \
  }

#define NF_MAP_VALUES(name, Options, function)                                                             \
  void name(const Options& s, const float* from, const float* phi, float* to, float* logd, int features) { \
    NF_DISPATCH(name)(s, from, phi, to, logd, features);                                                   \
  }                                                                                                        \
  NF_MAP_VALUES_PLAIN_(name, Options, function, double)                                                    \
  namespace plain {                                                                                        \
  NF_MAP_VALUES_PLAIN_(name, Options, function, float)                                                     \
  }
#define NF_MAP_GRADIENTS(name, Options, function)                                                                   \
  void name(const Options& s, const float* x, const float* phi, const float* dto, const float* dlogd, float* dfrom, \
            float* dphi, int features) {                                                                            \
    NF_DISPATCH(name)(s, x, phi, dto, dlogd, dfrom, dphi, features);                                                \
  }                                                                                                                 \
  NF_MAP_GRADIENTS_PLAIN_(name, Options, function, double)                                                          \
  namespace plain {                                                                                                 \
  NF_MAP_GRADIENTS_PLAIN_(name, Options, function, float)                                                           \
  }
