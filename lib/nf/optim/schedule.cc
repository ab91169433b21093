#include "nf/optim/schedule.h"

#include "nf/core/constants.h"

#include <algorithm>
#include <cmath>

namespace nf {
inline namespace NF_PRECISION {

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
