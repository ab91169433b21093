#pragma once
// The numbers of a training run that nobody chose, in one place. share/doc/design.md says how they were found.
#include <cstdint>

namespace nf::defaults {

inline constexpr std::int64_t kEpochs = 100;  // when no budget is given,
inline constexpr int kPatience = 20;          //   and these epochs without improvement end it
inline constexpr int kBatch = 256;
inline constexpr double kRate = 3e-3;
inline constexpr std::int64_t kWarmup = 100;  // steps
inline constexpr double kClip = 5;
inline constexpr double kAverage = 0.999;
inline constexpr int kDecayRows = 1000;  // weight decay is this by the number of rows: a prior worth the same anywhere,
inline constexpr double kMostDecay = 0.3;  //   but not so strong that small tables learn nothing
inline constexpr double kValidShare = 0.1;
inline constexpr std::int64_t kInitRows = 20000;  // that data-dependent starts look at

}  // namespace nf::defaults
