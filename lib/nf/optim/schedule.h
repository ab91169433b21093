#pragma once
// Learning rates as functions of the step, so that a run with the same number of steps repeats bit for bit.
#include <cstdint>
#include <string>

#include "nf/core/types.h"

namespace nf {
inline namespace NF_PRECISION {

enum class ScheduleKind { kConstant, kCosine, kOneCycle, kPlateau };
const char* schedule_name(ScheduleKind kind);          // "one-cycle", ...
ScheduleKind parse_schedule(const std::string& name);  // throws Error naming the choices

// Every schedule starts with `warmup` steps that rise linearly to the rate and do not depend on the budget, which may
// be fixed while they run. After that, with u = the share of the remaining budget that is used up:
//   constant   the rate
//   cosine     rate * (1 + cos(pi u)) / 2, to 0 (Loshchilov, Hutter 2016, arXiv:1608.03983, without restarts)
//   one-cycle  rate/25 up to the rate at u = 0.3, then down to rate/10000, both cosines (Smith, Topin 2017,
//              arXiv:1708.07120)
//   plateau    the rate times the factor that the trainer lowers when validation stops improving, and over the last
//              fifth of the budget linearly to 0
double learning_rate(ScheduleKind kind, double rate, std::int64_t step, std::int64_t warmup, std::int64_t budget,
                     double plateau_factor);

}  // namespace NF_PRECISION
}  // namespace nf
