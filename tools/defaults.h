#pragma once
// What nobody chose on a command line, beyond the library's own (nf/train/defaults.h).
#include <cstdint>

#include "nf/train/defaults.h"

namespace nf::cli::defaults {

using namespace nf::defaults;

inline constexpr const char* kSchedule = "cosine";
inline constexpr const char* kFlow = "maf";
inline constexpr std::int64_t kTeacherRows = 100000;    // drawn from a teacher without DATA
inline constexpr const char* kLoss = "forward-kl";      // of a student at first,
inline constexpr const char* kFinishToo = "kl";         //   to which this is added in the last
inline constexpr const char* kFewStepsLoss = "reflow";  // of a student that scores by the map of its steps,
inline constexpr const char* kFewStepsFinish = "xz";    //   and in the last part of its run
inline constexpr double kFewStepsFinishShare = 0.7;
inline constexpr int kFewSteps = 2;
inline constexpr double kFinishShare = 0.5;  //   part of its run
inline constexpr double kStudentRate = 2e-3;
inline constexpr std::int64_t kDrawnRows = 25600;        // an epoch, where a flow is fitted to a target,
inline constexpr std::int64_t kDrawnValidRows = 8192;    //   for its validation,
inline constexpr std::int64_t kImportanceRows = 100000;  //   and for its importance weights at the end

}  // namespace nf::cli::defaults
