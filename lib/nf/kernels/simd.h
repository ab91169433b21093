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
