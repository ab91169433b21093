// target.cc -- which instruction set the kernels run on.
#include "nf/kernels/simd.h"

#include "hwy/highway.h"
#include "nf/core/error.h"
#include "nf/kernels/kernels.h"

#include <strings.h>

#include <string>

namespace nf::kernels {
namespace {

// A bit a target, the best lowest.
std::int64_t supported() {
#if defined(__x86_64__) && !defined(__SSE4_1__)
  __builtin_cpu_init();
  const auto has = [](auto... yes) { return (yes && ...); };
  std::int64_t bits = HWY_SCALAR;
  if (!has(__builtin_cpu_supports("sse4.2"), __builtin_cpu_supports("aes"), __builtin_cpu_supports("pclmul"))) return bits;
  bits |= HWY_SSE4;
  if (!has(__builtin_cpu_supports("avx2"), __builtin_cpu_supports("fma"), __builtin_cpu_supports("bmi"),
           __builtin_cpu_supports("bmi2")))
    return bits;
  bits |= HWY_AVX2;
  if (has(__builtin_cpu_supports("avx512f"), __builtin_cpu_supports("avx512bw"), __builtin_cpu_supports("avx512cd"),
          __builtin_cpu_supports("avx512dq"), __builtin_cpu_supports("avx512vl")))
    bits |= HWY_AVX3;
  return bits;
#else
  return HWY_STATIC_TARGET;
#endif
}

std::int64_t lowest(std::int64_t bits) { return bits & -bits; }

const char* name_of(std::int64_t target) {
  switch (target) {
    case HWY_AVX3: return "avx512";
    case HWY_AVX2: return "avx2";
    case HWY_SSE4: return "sse4";
    case HWY_SCALAR: return "baseline";
    default: return hwy::TargetName(target);
  }
}

std::int64_t chosen = lowest(supported());  // before main: no other static initialiser calls a kernel

}  // namespace

std::int64_t chosen_target() { return chosen; }

const char* target() { return name_of(chosen); }

int num_targets() {
  int count = 0;
  for (std::int64_t bits = supported(); bits != 0; bits &= bits - 1) ++count;
  return count;
}

const char* target_name(int i) {
  std::int64_t bits = supported();
  for (; i > 0; --i) bits &= bits - 1;
  return name_of(lowest(bits));
}

void choose_target(const char* name) {
  std::string names;
  for (std::int64_t bits = supported(); bits != 0; bits &= bits - 1) {
    const std::int64_t target = lowest(bits);
    if (*name == 0 || strcasecmp(name, name_of(target)) == 0 || strcasecmp(name, hwy::TargetName(target)) == 0) {
      chosen = target;
      return;
    }
    if (!names.empty()) names += ", ";
    names += name_of(target);
  }
  throw Error("'" + std::string(name) + "' is no instruction set of this machine, which has " + names);
}

}  // namespace nf::kernels
