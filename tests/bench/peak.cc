#include "nf/kernels/simd.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "bench/peak.cc"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace nf::bench::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

// 12 chains hide the latency of two units; fewer than 16 registers are in use. Returns floating-point operations.
// The factor comes in through *sink: a compiler that knows it may fold a chain that stands at its fixed point.
double multiply_add(long rounds, float* sink) {
  const hn::ScalableTag<float> d;
  constexpr int kChains = 12;
  const auto factor = hn::Set(d, *sink);
  hn::Vec<decltype(d)> acc[kChains];
  for (int i = 0; i < kChains; ++i) acc[i] = hn::Set(d, static_cast<float>(i));
  for (long round = 0; round < rounds; ++round) {
    HWY_UNROLL(12)
    for (int i = 0; i < kChains; ++i) acc[i] = hn::MulAdd(acc[i], factor, factor);
  }
  for (int i = 1; i < kChains; ++i) acc[0] = hn::Add(acc[0], acc[i]);
  *sink = hn::GetLane(acc[0]);
  return 2.0 * kChains * static_cast<double>(hn::Lanes(d)) * static_cast<double>(rounds);
}

// NOLINTNEXTLINE(google-readability-namespace-comments)
}  // namespace nf::bench::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
#include <time.h>

#include "bench/peak.h"

namespace nf::bench {

HWY_EXPORT(multiply_add);

double cpu_seconds() {
  timespec t;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return static_cast<double>(t.tv_sec) + 1e-9 * static_cast<double>(t.tv_nsec);
}

double peak_gflops() {
  volatile float factor = 0.5f;
  float sink = factor;
  const double start = cpu_seconds();
  const double operations = HWY_DYNAMIC_DISPATCH(multiply_add)(200000, &sink);
  return operations / (cpu_seconds() - start) * 1e-9;
}

}  // namespace nf::bench
#endif
