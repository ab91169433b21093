#include "nf/transformers/transformer.h"

#include <cmath>
#include <limits>

#include "nf/kernels/kernels.h"

namespace nf {
inline namespace NF_PRECISION {

// Brackets the root by steps that double, then takes Newton steps that stay inside the bracket. A row stops for good
// when its step no longer moves it, so rows do not depend on their neighbours.
void Transformer::inverse(Pass& pass, TileIn y, TileIn phi, Tile x, Tile logd) const {
  const int features = static_cast<int>(y.cols()), size = kTile * features;
  Scratch scratch(*pass.scratch);
  Tile value = scratch.tile(features), lo = scratch.tile(features), hi = scratch.tile(features);
  Tile width = scratch.tile(features), done = scratch.tile(features);
  const auto evaluate = [&] { forward(pass, in(x), phi, value, logd); };
  const Real huge = std::numeric_limits<Real>::max() / 4;
  for (int i = 0; i < size; ++i) {
    x(i) = y(i);
    lo(i) = -huge, hi(i) = huge, width(i) = 1, done(i) = 0;
  }
  const int most = 200;
  for (int iteration = 0; iteration < most; ++iteration) {
    evaluate();
    bool all = true;
    for (int i = 0; i < size; ++i) {
      if (done(i) != 0) continue;
      const Real error = value(i) - y(i);
      if (!(std::abs(error) <= huge)) {  // not finite: nothing to solve
        done(i) = 1;
        continue;
      }
      if (error > 0) hi(i) = x(i);
      else lo(i) = x(i);
      const Real before = x(i);
      Real next = before - error * std::exp(-logd(i));
      const bool open = lo(i) == -huge || hi(i) == huge;
      if (!(next > lo(i) && next < hi(i)) || !std::isfinite(next)) {
        if (error == 0 || next == before) next = before;
        else if (open) next = error > 0 ? before - width(i) : before + width(i);
        else next = lo(i) + (hi(i) - lo(i)) / 2;
      } else if (open && std::abs(next - before) > width(i)) {
        next = before + (next > before ? width(i) : -width(i));
      }
      if (open) width(i) *= 2;
      const Real small = std::numeric_limits<Real>::epsilon() * (std::abs(before) + std::numeric_limits<Real>::min());
      done(i) = std::abs(next - before) <= small ? Real(1) : Real(0);
      x(i) = next;
      all = all && done(i) != 0;
    }
    if (all) break;
  }
  evaluate();
  for (int i = 0; i < size; ++i) logd(i) = -logd(i);
}

// x = f^-1(y), l = -log f'(x). With u = dx - dl d(log f')/dx: dy = u / f', dphi = -(u / f') df/dphi - dl d(log
// f')/dphi. Both brackets are backward() at x, so no map writes a second derivative.
void Transformer::inverse_backward(Pass& pass, TileIn x, TileIn phi, TileIn dx, TileIn dlogd, Tile dy,
                                   Tile dphi) const {
  const int features = static_cast<int>(x.cols()), size = kTile * features;
  Scratch scratch(*pass.scratch);
  Tile y = scratch.tile(features), logd = scratch.tile(features), zero = scratch.tile(features);
  Tile minus = scratch.tile(features), dx_l = scratch.tile(features),
       dphi_l = scratch.tile(static_cast<int>(phi.cols()));
  forward(pass, x, phi, y, logd);
  for (int i = 0; i < size; ++i) {
    zero(i) = 0;
    minus(i) = -dlogd(i);
    logd(i) = -logd(i);
  }
  backward(pass, x, phi, in(zero), in(minus), dx_l, dphi_l);
  kernels::exp(logd.data(), logd.data(), size);  // 1 / f'
  for (int i = 0; i < size; ++i) {
    dy(i) = (dx(i) + dx_l(i)) * logd(i);
    y(i) = -dy(i);
  }
  backward(pass, x, phi, in(y), in(minus), dx_l, dphi);
}

}  // namespace NF_PRECISION
}  // namespace nf
