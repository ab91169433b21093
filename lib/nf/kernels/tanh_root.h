#pragma once
// See kernels.h for the rules of the inner loops.

namespace nf::kernels {

// Solves a + kappa tanh(a) = c in each of 64 rows, kappa >= -1, by a Newton iteration from the side where it is
// monotone; a row stops for good when its step no longer moves it that way, so rows do not depend on their neighbours.
// What is left of the residual is its rounding error. c and a are aligned; a may be c.
void tanh_root(const float* c, float kappa, float* a);
void tanh_root(const double* c, double kappa, double* a);

namespace plain {
void tanh_root(const float* c, float kappa, float* a);
}  // namespace plain

}  // namespace nf::kernels
