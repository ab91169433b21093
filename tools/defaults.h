#pragma once
// The numbers of a training run that nobody chose, in one place.
#include <cstdint>

namespace nf::cli::defaults {

inline constexpr std::int64_t kEpochs = 100;   // when no budget is given,
inline constexpr std::int64_t kPatience = 20;  //   and these epochs without improvement end it
inline constexpr std::int64_t kBatch = 256;
inline constexpr double kRate = 3e-3;
inline constexpr const char* kSchedule = "cosine";
inline constexpr std::int64_t kWarmup = 100;  // steps
inline constexpr double kClip = 5;
inline constexpr double kAverage = 0.999;  // --ema
inline constexpr int kDecayRows = 1000;  // weight decay is this by the number of rows: a prior worth the same anywhere,
inline constexpr double kMostDecay = 0.3;  //   but not so strong that small tables learn nothing
inline constexpr double kValidShare = 0.1;
inline constexpr const char* kFlow = "maf";
inline constexpr std::int64_t kInitRows = 20000;      // that data-dependent starts look at
inline constexpr std::int64_t kTeacherRows = 100000;  // drawn from a teacher without DATA
inline constexpr const char* kLoss = "forward-kl";    // of a student at first,
inline constexpr const char* kFinishToo = "kl";       //   to which this is added in the last
inline constexpr double kFinishShare = 0.5;           //   part of its run
inline constexpr double kStudentRate = 2e-3;
inline constexpr std::int64_t kDrawnRows = 25600;        // an epoch, where a flow is fitted to a target,
inline constexpr std::int64_t kDrawnValidRows = 8192;    //   for its validation,
inline constexpr std::int64_t kImportanceRows = 100000;  //   and for its importance weights at the end

}  // namespace nf::cli::defaults
