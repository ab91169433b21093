#pragma once
// Included first by every translation unit with vector code: which instruction sets it is compiled for.
//
// Three sets (AVX-512, AVX2, SSE4) cover the machines in use; each costs compile time and binary size. Below them, the
// scalar target calls the plain twins. All units must agree on these macros, and must instantiate nothing that other
// units may share (no standard headers with templates, no Eigen): the linker keeps one copy, and it could be the one
// compiled for AVX-512.
#define HWY_DISABLED_TARGETS (HWY_AVX3_DL | HWY_SSSE3 | HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128)
// One fallback whatever the compiler: HWY_SCALAR, never HWY_EMU128.
#define HWY_BROKEN_EMU128 1

// NF_DISPATCH(f)(...) calls nf::kernels::f as compiled for the instruction set in use. It stands in for Highway's own
// HWY_DYNAMIC_DISPATCH, whose shared library measures a clock for some milliseconds when a program starts.
#include <cstdint>
namespace nf::kernels {
std::int64_t chosen_target();  // a HWY_* bit; target.cc
}
#if defined(__x86_64__) && !defined(__SSE4_1__)  // the baseline: all four sets are compiled
#define NF_DISPATCH(f)                                      \
  (::nf::kernels::chosen_target() == HWY_AVX3   ? N_AVX3::f \
   : ::nf::kernels::chosen_target() == HWY_AVX2 ? N_AVX2::f \
   : ::nf::kernels::chosen_target() == HWY_SSE4 ? N_SSE4::f \
                                                : N_SCALAR::f)
#else
#define NF_DISPATCH(f) HWY_STATIC_DISPATCH(f)
#endif
