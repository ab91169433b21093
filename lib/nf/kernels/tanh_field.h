#pragma once
// What a field of two layers of tanh (nets/bilinear_field.cc) computes a number at a time. See kernels.h for the rules
// of the inner loops. Each array holds `units` columns of 64 rows but for dq and q, one column, and diagonal, a number
// a unit. dq null: 0. Outputs may not overlap inputs.

namespace nf::kernels {

// d1 = 1 - h^2; q = sum over units of (1 - u^2) product + diagonal d1, product = M d1.
template <class T>
struct TanhTrace {
  const T *u, *product, *d1, *diagonal;
  int units;
  T* q;
};
// da = (1 - u^2) (dh - 2 u dq product), and, unless dq is null, p = dq (1 - u^2).
template <class T>
struct TanhOuter {
  const T *u, *product, *dh, *dq;
  int units;
  T *da, *p;
};
// da = (1 - h^2) (dh - 2 h (dd1 + dq diagonal)); dd1 is not read where dq is null.
template <class T>
struct TanhInner {
  const T *h, *dh, *dd1, *diagonal, *dq;
  int units;
  T* da;
};

void tanh_slope(const float* h, int units, float* d1);
void tanh_trace(const TanhTrace<float>& t);
void tanh_outer(const TanhOuter<float>& t);
void tanh_inner(const TanhInner<float>& t);
void tanh_slope(const double* h, int units, double* d1);
void tanh_trace(const TanhTrace<double>& t);
void tanh_outer(const TanhOuter<double>& t);
void tanh_inner(const TanhInner<double>& t);

namespace plain {
void tanh_slope(const float* h, int units, float* d1);
void tanh_trace(const TanhTrace<float>& t);
void tanh_outer(const TanhOuter<float>& t);
void tanh_inner(const TanhInner<float>& t);
}  // namespace plain

}  // namespace nf::kernels
