#include "nf/optim/schedule.h"

#include "nf/core/constants.h"
#include "nf/core/spec.h"

#include <algorithm>
#include <cmath>
#include <iterator>

namespace nf {
inline namespace NF_PRECISION {

namespace {

constexpr const char* kNames[] = {"constant", "cosine", "one-cycle", "plateau"};

}  // namespace

const char* schedule_name(ScheduleKind kind) { return kNames[static_cast<int>(kind)]; }

ScheduleKind parse_schedule(const std::string& name) {
  const auto* found = std::find(std::begin(kNames), std::end(kNames), name);
  if (found == std::end(kNames)) throw Error(unknown("schedule", name, {std::begin(kNames), std::end(kNames)}));
  return static_cast<ScheduleKind>(found - std::begin(kNames));
}

double learning_rate(ScheduleKind kind, double rate, std::int64_t step, std::int64_t warmup, std::int64_t budget,
                     double plateau_factor) {
  const double ramp = step < warmup ? static_cast<double>(step + 1) / static_cast<double>(warmup) : 1.0;
  const double length = std::max(1.0, static_cast<double>(budget - warmup));
  const double u = std::clamp(static_cast<double>(step - warmup) / length, 0.0, 1.0);
  const auto fall = [](double from, double to, double v) { return to + (from - to) * (1 + std::cos(kPi * v)) / 2; };
  switch (kind) {
    case ScheduleKind::kConstant:
      return rate * ramp;
    case ScheduleKind::kCosine:
      return rate * ramp * fall(1, 0, u);
    case ScheduleKind::kOneCycle:
      return rate * ramp * (u < 0.3 ? fall(1.0 / 25, 1, u / 0.3) : fall(1, 1e-4, (u - 0.3) / 0.7));
    case ScheduleKind::kPlateau:
      return rate * ramp * plateau_factor * std::min(1.0, (1 - u) / 0.2);
  }
  return rate;
}

}  // namespace NF_PRECISION
}  // namespace nf
