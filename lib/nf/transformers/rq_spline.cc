// rq_spline.cc -- monotone rational-quadratic splines: the map of neural spline flows, on a stretch of the line or on
// the circle.
// Durkan, Bekasov, Murray, Papamakarios, Neural spline flows, 2019, arXiv:1906.04032;
// Rezende, Papamakarios, Racaniere, Albergo, Kanwar, Shanahan, Cranmer, Normalizing flows on tori and spheres, 2020,
// arXiv:2002.02428, section 2.1 (`periodic`).
//
// K bins take [-B, B] to itself, B = `tail_bound`. phi = (a_1 .. a_K, b_1 .. b_K, d_1 .. d_(K-1)):
//   widths   w_k = 2 B (min_width + (1 - K min_width) softmax(a)_k), heights h_k likewise of b: their sums from -B up
//            are the knots (x_k, y_k), the last of them (B, B);
//   slopes   at the inner knots d'_k = min_derivative + softplus(d_k), 1 at both ends.
// In a bin, with s = h / w, t = (x - x_left) / w, T = d'_left + d'_right - 2 s:
//   y = y_left + h (s t^2 + d'_left t (1 - t)) / (s + T t (1 - t)),
//   f' = s^2 (d'_right t^2 + 2 s t (1 - t) + d'_left (1 - t)^2) / (s + T t (1 - t))^2.
// Outside [-B, B] the map is the identity, which meets the spline with slope 1; +-B belong to both.
//
// Slopes have a floor for the inverse's sake: where f' is small, float's rounding of y is worth 1 / f' as much in x.
// The defaults are higher than the paper's 1e-3.
//
// `periodic`: the ends share a slope of their own, phi = (a, b, d_0 .. d_(K-1)), so that the map is smooth on the
// circle where -B and B are one point, which it leaves where it is. Values in [-B, B] are taken as they are, -B going
// to -B and B to B; others are wrapped into it first, in both directions: the inverse gives back x up to a multiple of
// 2 B.
#include <cmath>

#include "nf/core/constants.h"
#include "nf/kernels/rq_spline.h"
#include "nf/transformers/kernel_map.h"

namespace nf {
inline namespace NF_PRECISION {
namespace {

kernels::RqSpline read(SpecReader& spec) {
  kernels::RqSpline s;
  s.bins = static_cast<int>(spec.integer("bins", 8, 2, kernels::RqSpline::kMostBins));
  s.periodic = spec.flag("periodic", false);
  s.bound = spec.number("tail_bound", s.periodic ? kPi : 3, 0.1, 1e4);
  // Wide enough that float still tells neighbouring knots apart.
  const double most = 0.9 / s.bins;
  s.min_width = spec.number("min_width", 1e-3, 1e-5, most);
  s.min_height = spec.number("min_height", 3e-3, 1e-5, most);
  s.min_derivative = spec.number("min_derivative", 1e-2, 1e-6, 0.9);
  return s;
}

class RqSpline final : public KernelMap<kernels::RqSpline> {
 public:
  explicit RqSpline(SpecReader& spec) : KernelMap(read(spec), spec) {}
  double period() const override { return map().periodic ? 2 * map().bound : 0; }
  void identity(Real* phi) const override {
    const double unit_slope = std::log(std::expm1(1 - map().min_derivative));
    for (int p = 0; p < num_params(); ++p) phi[p] = p < 2 * map().bins ? Real(0) : static_cast<Real>(unit_slope);
  }
};

}  // namespace

std::unique_ptr<Transformer> make_rq_spline(SpecReader& spec) { return std::make_unique<RqSpline>(spec); }

}  // namespace NF_PRECISION
}  // namespace nf
