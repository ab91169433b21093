#pragma once
// Explicit Runge-Kutta methods: k_i = v(x + h sum_{j<i} a_ij k_j, t + c_i h), x' = x + h sum b_i k_i.
#include <string>

namespace nf {

struct Tableau {
  static constexpr int kMostStages = 4;
  int stages = 0, order = 0;
  double a[kMostStages][kMostStages] = {};
  double b[kMostStages] = {}, c[kMostStages] = {};
};

inline Tableau midpoint_tableau() {
  Tableau t{.stages = 2, .order = 2};
  t.a[1][0] = 0.5;
  t.b[1] = 1;
  t.c[1] = 0.5;
  return t;
}

// Kutta 1901, the classical one of order 4.
inline Tableau rk4_tableau() {
  Tableau t{.stages = 4, .order = 4};
  t.a[1][0] = t.a[2][1] = 0.5;
  t.a[3][2] = 1;
  t.b[0] = t.b[3] = 1.0 / 6;
  t.b[1] = t.b[2] = 1.0 / 3;
  t.c[1] = t.c[2] = 0.5;
  t.c[3] = 1;
  return t;
}

}  // namespace nf
