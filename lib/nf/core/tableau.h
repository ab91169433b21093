#pragma once
// Explicit Runge-Kutta methods: k_i = v(x + h sum_{j<i} a_ij k_j, t + c_i h), x' = x + h sum b_i k_i.
namespace nf {

struct Tableau {
  static constexpr int kMostStages = 7;
  int stages = 0, order = 0;
  double a[kMostStages][kMostStages] = {};
  double b[kMostStages] = {}, c[kMostStages] = {};
  // One more stage after the others, at the step's end, gives x' less a result of the order below, h sum e_i k_i.
  bool embedded = false;
  double e[kMostStages] = {};
};

inline Tableau euler_tableau() {
  Tableau t{.stages = 1, .order = 1};
  t.b[0] = 1;
  return t;
}

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

// Dormand, Prince, A family of embedded Runge-Kutta formulae, 1980: orders 5 and 4.
inline Tableau dopri5_tableau() {
  return {.stages = 6,
          .order = 5,
          .a = {{},
                {1.0 / 5},
                {3.0 / 40, 9.0 / 40},
                {44.0 / 45, -56.0 / 15, 32.0 / 9},
                {19372.0 / 6561, -25360.0 / 2187, 64448.0 / 6561, -212.0 / 729},
                {9017.0 / 3168, -355.0 / 33, 46732.0 / 5247, 49.0 / 176, -5103.0 / 18656},
                {35.0 / 384, 0, 500.0 / 1113, 125.0 / 192, -2187.0 / 6784, 11.0 / 84}},
          .b = {35.0 / 384, 0, 500.0 / 1113, 125.0 / 192, -2187.0 / 6784, 11.0 / 84},
          .c = {0, 1.0 / 5, 3.0 / 10, 4.0 / 5, 8.0 / 9, 1, 1},
          .embedded = true,
          .e = {71.0 / 57600, 0, -71.0 / 16695, 71.0 / 1920, -17253.0 / 339200, 22.0 / 525, -1.0 / 40}};
}

}  // namespace nf
