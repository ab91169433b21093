#include "nf/nets/time_and_context.h"

#include <algorithm>
#include <cmath>

#include "nf/core/constants.h"

namespace nf {
inline namespace NF_PRECISION {

TimeAndContext::TimeAndContext(SpecReader& spec, const Site& site)
    : context_(site.context),
      waves_(static_cast<int>(spec.integer("time", 4, 0, 16))),
      clip_(static_cast<Real>(spec.number("clip", 8, 0.1, 1e6))) {}

void TimeAndContext::write(const Pass& pass, const Real* t, Real* to) const {
  write_times(t, to);
  for (int i = 0; i < kTile * context_; ++i)
    to[kTile * times() + i] = std::min(std::max(pass.context[i], -clip_), clip_);
}

void TimeAndContext::add_gradient(Pass& pass, const Real* dc) const {
  for (int i = 0; pass.dcontext && i < kTile * context_; ++i)
    if (pass.context[i] > -clip_ && pass.context[i] < clip_) pass.dcontext[i] += dc[i];
}

// t, then the waves by the addition theorem.
void TimeAndContext::write_times(const Real* t, Real* to) const {
  const bool common = std::all_of(t, t + kTile, [&](Real one) { return one == t[0]; });
  for (int r = 0; r < (common ? 1 : kTile); ++r) {
    const Real angle = static_cast<Real>(kTwoPi / 2) * t[r], c = std::cos(angle), s = std::sin(angle);
    to[r] = t[r];
    Real ck = 1, sk = 0;
    for (int k = 0; k < waves_; ++k) {
      const Real next = ck * c - sk * s;
      sk = sk * c + ck * s;
      ck = next;
      to[kTile * (1 + 2 * k) + r] = ck;
      to[kTile * (2 + 2 * k) + r] = sk;
    }
  }
  for (int k = 0; common && k < times(); ++k) std::fill_n(to + kTile * k, kTile, to[kTile * k]);
}

}  // namespace NF_PRECISION
}  // namespace nf
