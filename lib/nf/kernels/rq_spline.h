#pragma once
// Monotone rational-quadratic splines over a tile: the arithmetic of transformers/rq_spline.cc, where the formulas are.
#include "nf/kernels/kernels.h"

namespace nf::kernels {

struct RqSpline {
  static constexpr int kMostBins = 64;
  int bins = 8;
  bool periodic = false;  // else the identity outside [-bound, bound]
  double bound = 3;
  double min_width = 1e-3, min_height = 1e-3;  // of a bin, as shares of the whole; bins * either < 1
  double min_derivative = 1e-3;

  int params() const { return periodic ? 3 * bins : 3 * bins - 1; }
};

// x, y, logd and their gradients: `features` columns; phi, dphi: params() columns a feature. Tiles are aligned; outputs
// do not overlap inputs.
void rq_spline_forward(const RqSpline& s, const float* x, const float* phi, float* y, float* logd, int features);
void rq_spline_forward(const RqSpline& s, const double* x, const double* phi, double* y, double* logd, int features);
void rq_spline_inverse(const RqSpline& s, const float* y, const float* phi, float* x, float* logd, int features);
void rq_spline_inverse(const RqSpline& s, const double* y, const double* phi, double* x, double* logd, int features);
// Gradients at x of forward, or of inverse, whose result x is.
void rq_spline_backward(const RqSpline& s, const float* x, const float* phi, const float* dy, const float* dlogd,
                        float* dx, float* dphi, int features);
void rq_spline_backward(const RqSpline& s, const double* x, const double* phi, const double* dy, const double* dlogd,
                        double* dx, double* dphi, int features);
void rq_spline_inverse_backward(const RqSpline& s, const float* x, const float* phi, const float* dx,
                                const float* dlogd, float* dy, float* dphi, int features);
void rq_spline_inverse_backward(const RqSpline& s, const double* x, const double* phi, const double* dx,
                                const double* dlogd, double* dy, double* dphi, int features);

namespace plain {  // one row at a time
void rq_spline_forward(const RqSpline& s, const float* x, const float* phi, float* y, float* logd, int features);
void rq_spline_inverse(const RqSpline& s, const float* y, const float* phi, float* x, float* logd, int features);
void rq_spline_backward(const RqSpline& s, const float* x, const float* phi, const float* dy, const float* dlogd,
                        float* dx, float* dphi, int features);
void rq_spline_inverse_backward(const RqSpline& s, const float* x, const float* phi, const float* dx,
                                const float* dlogd, float* dy, float* dphi, int features);
}  // namespace plain

}  // namespace nf::kernels
