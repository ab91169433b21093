#pragma once
// Sums of squares of polynomials, integrated, over the 64 rows of a tile. Layouts as in kernels.h.
//
// With D(u) = slope + sum_k p_k(u / bound)^2, k < polynomials, p_k(v) = sum_m a_km v^m of degree M - k,
//   y = c + integral of D from 0 to x, logd = log D(x), for |x| <= bound;
// beyond, y goes on as a straight line with the slope at the bound. phi of a feature is (c, a_00 .. a_0M, a_10 .. );
// coefficients count as at most 1e10 in size, so that no square overflows.
namespace nf::kernels {

struct Sos {
  static constexpr int kMostDegree = 8;
  int polynomials = 2, degree = 3;  // M: the first one's. REQUIRES: polynomials <= degree + 1
  double slope = 1e-3, bound = 3;
  int num_params() const { return 1 + polynomials * (2 * degree + 3 - polynomials) / 2; }
};

void sos_forward(const Sos& s, const float* x, const float* phi, float* y, float* logd, int features);
void sos_forward(const Sos& s, const double* x, const double* phi, double* y, double* logd, int features);
// x with y = f(x), logd = -log D(x).
void sos_inverse(const Sos& s, const float* y, const float* phi, float* x, float* logd, int features);
void sos_inverse(const Sos& s, const double* y, const double* phi, double* x, double* logd, int features);
// Gradients of sos_forward at x.
void sos_backward(const Sos& s, const float* x, const float* phi, const float* dy, const float* dlogd, float* dx,
                  float* dphi, int features);
void sos_backward(const Sos& s, const double* x, const double* phi, const double* dy, const double* dlogd, double* dx,
                  double* dphi, int features);

namespace plain {  // one row at a time
void sos_forward(const Sos& s, const float* x, const float* phi, float* y, float* logd, int features);
void sos_inverse(const Sos& s, const float* y, const float* phi, float* x, float* logd, int features);
void sos_backward(const Sos& s, const float* x, const float* phi, const float* dy, const float* dlogd, float* dx,
                  float* dphi, int features);
}  // namespace plain

}  // namespace nf::kernels
