// The functions of a map (map.h) from its arithmetic for one feature and as many rows as V stands for. A unit writes,
// in its target's namespace,
//   template <class V> void forward_row(const Options&, const Value<V>* x, const Value<V>* phi, Value<V>* y,
//                                       Value<V>* logd, Value<V>* scratch);
// inverse_row alike, and backward_row(options, x, phi, dy, dlogd, dx, dphi, scratch), each reading and writing at the
// pointers it gets, columns kRows apart; then NF_MAP_HERE there, and NF_MAP_DISPATCH once outside, under HWY_ONCE.
// Include after "nf/kernels/simd.h".
#pragma once

#define NF_MAP_VALUES_HERE_(Options, function)                                                                   \
  template <class V>                                                                                             \
  void map_##function(const Options& s, const Value<V>* from, const Value<V>* phi, Value<V>* to, Value<V>* logd, \
                      int features, Value<V>* scratch) {                                                         \
    for (int f = 0; f < features; ++f, from += kRows, phi += s.num_params() * kRows, to += kRows, logd += kRows) \
      for (int row = 0; row < kRows; row += V::kCount)                                                           \
        function##_row<V>(s, from + row, phi + row, to + row, logd + row, scratch + row);                        \
  }                                                                                                              \
  void function##_##Options(const Options& s, const float* from, const float* phi, float* to, float* logd,       \
                            int features, float* scratch) {                                                      \
    map_##function<Lanes>(s, from, phi, to, logd, features, scratch);                                            \
  }
#define NF_MAP_GRADIENTS_HERE_(Options, function)                                                                     \
  template <class V>                                                                                                  \
  void map_##function(const Options& s, const Value<V>* x, const Value<V>* phi, const Value<V>* dto,                  \
                      const Value<V>* dlogd, Value<V>* dfrom, Value<V>* dphi, int features, Value<V>* scratch) {      \
    for (int f = 0; f < features; ++f) {                                                                              \
      for (int row = 0; row < kRows; row += V::kCount)                                                                \
        function##_row<V>(s, x + row, phi + row, dto + row, dlogd + row, dfrom + row, dphi + row, scratch + row);     \
      x += kRows, dto += kRows, dlogd += kRows, dfrom += kRows;                                                       \
      phi += s.num_params() * kRows, dphi += s.num_params() * kRows;                                                  \
    }                                                                                                                 \
  }                                                                                                                   \
  void function##_##Options(const Options& s, const float* x, const float* phi, const float* dto, const float* dlogd, \
                            float* dfrom, float* dphi, int features, float* scratch) {                                \
    map_##function<Lanes>(s, x, phi, dto, dlogd, dfrom, dphi, features, scratch);                                     \
  }

#define NF_MAP_HERE(Options)            \
  NF_MAP_VALUES_HERE_(Options, forward) \
  NF_MAP_VALUES_HERE_(Options, inverse) \
  NF_MAP_GRADIENTS_HERE_(Options, backward)
#define NF_MAP_INVERSE_GRADIENT_HERE(Options) NF_MAP_GRADIENTS_HERE_(Options, inverse_backward)

#define NF_MAP_VALUES_PLAIN_(Options, function, T)                                                               \
  void map_##function(const Options& s, const T* from, const T* phi, T* to, T* logd, int features, T* scratch) { \
    HWY_STATIC_DISPATCH(map_##function)<Lane<T>>(s, from, phi, to, logd, features, scratch);                     \
  }
#define NF_MAP_GRADIENTS_PLAIN_(Options, function, T)                                                              \
  void map_##function(const Options& s, const T* x, const T* phi, const T* dto, const T* dlogd, T* dfrom, T* dphi, \
                      int features, T* scratch) {                                                                  \
    HWY_STATIC_DISPATCH(map_##function)<Lane<T>>(s, x, phi, dto, dlogd, dfrom, dphi, features, scratch);           \
  }
#define NF_MAP_VALUES_DISPATCH_(Options, function)                                                                 \
  void map_##function(const Options& s, const float* from, const float* phi, float* to, float* logd, int features, \
                      float* scratch) {                                                                            \
    NF_DISPATCH(function##_##Options)(s, from, phi, to, logd, features, scratch);                                  \
  }                                                                                                                \
  NF_MAP_VALUES_PLAIN_(Options, function, double)                                                                  \
  namespace plain {                                                                                                \
  NF_MAP_VALUES_PLAIN_(Options, function, float)                                                                   \
  }
#define NF_MAP_GRADIENTS_DISPATCH_(Options, function)                                                           \
  void map_##function(const Options& s, const float* x, const float* phi, const float* dto, const float* dlogd, \
                      float* dfrom, float* dphi, int features, float* scratch) {                                \
    NF_DISPATCH(function##_##Options)(s, x, phi, dto, dlogd, dfrom, dphi, features, scratch);                   \
  }                                                                                                             \
  NF_MAP_GRADIENTS_PLAIN_(Options, function, double)                                                            \
  namespace plain {                                                                                             \
  NF_MAP_GRADIENTS_PLAIN_(Options, function, float)                                                             \
  }

#define NF_MAP_DISPATCH(Options)            \
  NF_MAP_VALUES_DISPATCH_(Options, forward) \
  NF_MAP_VALUES_DISPATCH_(Options, inverse) \
  NF_MAP_GRADIENTS_DISPATCH_(Options, backward)
#define NF_MAP_INVERSE_GRADIENT_DISPATCH(Options) NF_MAP_GRADIENTS_DISPATCH_(Options, inverse_backward)
