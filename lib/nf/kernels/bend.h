#pragma once
// What a net with slopes and curvatures (nets/lipschitz_net.h) computes a number at a time. See kernels.h for the rules
// of the inner loops. Each array holds `units` columns of 64 rows; outputs may not overlap inputs.

namespace nf::kernels {

// h = gain f(a), d = gain f'(a), d2 = gain f''(a), where f, by the unit's sharpness b > 0, is LipSwish, a sigmoid(b a)
// / 1.1, of slopes between -0.1 and 1, or tanh(b a) / b.
template <class T>
struct Bend {
  const T *a, *sharpness;
  T gain;
  bool lipswish;
  int units;
  T *h, *d, *d2;
};
// The gradients of t = d s: dd += dt s, ds = d dt.
template <class T>
struct Slopes {
  const T *dt, *s, *d;
  int units;
  T *dd, *ds;
};
// Those of h and d: da = d dh + d2 dd.
template <class T>
struct Curves {
  const T *dh, *dd, *d, *d2;
  int units;
  T* da;
};

void bend(const Bend<float>& b);
void times(const float* x, const float* y, int units, float* product);
void slopes_backward(const Slopes<float>& s);
void curves_backward(const Curves<float>& c);
void bend(const Bend<double>& b);
void times(const double* x, const double* y, int units, double* product);
void slopes_backward(const Slopes<double>& s);
void curves_backward(const Curves<double>& c);

namespace plain {
void bend(const Bend<float>& b);
void times(const float* x, const float* y, int units, float* product);
void slopes_backward(const Slopes<float>& s);
void curves_backward(const Curves<float>& c);
}  // namespace plain

}  // namespace nf::kernels
