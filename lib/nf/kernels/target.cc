// target.cc -- which instruction set the kernels run on.
#include "nf/kernels/simd.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "nf/kernels/target.cc"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"
#include "nf/kernels/kernels.h"

HWY_BEFORE_NAMESPACE();
namespace nf::kernels::HWY_NAMESPACE {
const char* target() { return hwy::TargetName(HWY_TARGET); }
// NOLINTNEXTLINE(google-readability-namespace-comments)
}  // namespace nf::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
#include <cstring>

namespace nf::kernels {
namespace {

// A bit a target, the best lowest; the static target is what the compiler may use anywhere. Asked once, because
// hwy::SupportedTargets() also undoes a choice.
std::int64_t supported() {
  static const std::int64_t bits = (hwy::SupportedTargets() & HWY_TARGETS) | HWY_STATIC_TARGET;
  return bits;
}

std::int64_t lowest(std::int64_t bits) { return bits & -bits; }

}  // namespace

HWY_EXPORT(target);
const char* target() { return HWY_DYNAMIC_DISPATCH(target)(); }

int num_targets() {
  int count = 0;
  for (std::int64_t bits = supported(); bits != 0; bits &= bits - 1) ++count;
  return count;
}

const char* target_name(int i) {
  std::int64_t bits = supported();
  for (; i > 0; --i) bits &= bits - 1;
  return hwy::TargetName(lowest(bits));
}

void choose_target(const char* name) {
  for (std::int64_t bits = supported(); bits != 0; bits &= bits - 1) {
    if (*name == 0 || std::strcmp(name, hwy::TargetName(lowest(bits))) == 0) {
      hwy::GetChosenTarget().Update(lowest(bits));
      return;
    }
  }
}

}  // namespace nf::kernels
#endif
