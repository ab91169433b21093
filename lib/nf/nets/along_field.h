#pragma once
// Rows along a field, dx/dt = v(x, t, c), by a Runge-Kutta method; the integral of the divergence on the way; and the
// gradient of both, which is that of the computation, not of a differential equation solved backwards.
#include <algorithm>
#include <array>
#include <vector>

#include "nf/core/tableau.h"
#include "nf/nets/field.h"

namespace nf {
inline namespace NF_PRECISION {

inline constexpr int kMostSteps = 1024;

// When each step begins, and the last one ends: for all rows, or, where they adapt, by row.
struct Times {
  int steps = 0;
  std::array<double, 2 * kMostSteps + 1> common;  // twice as many steps tell the error of some
  std::vector<LogDet> own = {};
  LogDet at(int n) const { return own.empty() ? LogDet::Constant(common[n]) : own[n]; }
  LogDet length(int n) const { return at(n + 1) - at(n); }
  Times reversed() const {
    Times other = *this;
    std::reverse(other.common.begin(), other.common.begin() + steps + 1);
    std::reverse(other.own.begin(), other.own.end());
    return other;
  }
};

// A Brownian path of straight pieces: in piece k, k / pieces <= t < (k + 1) / pieces, sqrt(pieces) sigma_j xi_kj is
// added to v_j.
struct BrownianPath {
  int pieces = 0;            // 0: there is none
  std::size_t sigma_at = 0;  // in theta
  const Real* xi = nullptr;  // pieces x dim columns
};

// How a call's rows go.
struct Course {
  Pass& pass;
  const Tableau& method;
  double tolerance = 0;  // of steps of the row's own, by an embedded method; 0: times are given
  double kinetic = 0;    // what is paid for the integral of |v|^2
  BrownianPath path = {};
};

// Along a way, a number a row.
struct Sums {
  LogDet divergence = LogDet::Zero();  // its integral, negative where time runs down
  LogDet penalty = LogDet::Zero();     // kinetic
  LogDet error = LogDet::Zero();       // of the divergence's integral, where steps are the row's own: their sum
};

// Const; any thread may use one with courses of its own.
class AlongField {
 public:
  AlongField(const Field& field, int dim) : field_(field), dim_(dim) {}

  // At the given times. sums: null, or gets the integrals; states: null, or gets where each step begins.
  void run(const Course& course, const Times& times, TileIn from, Tile to, Sums* sums, Real* states = nullptr) const;
  // With steps by row, as long as the results of two orders agree within the tolerance, in all columns and in the
  // divergence's integral; returns the times. What a row does depends on the row alone.
  Times adapt(const Course& course, TileIn from, Tile to, double begin, double end, Sums* sums) const;
  // The gradient of sum(dto to) + sum(dld ld), ld the divergence's integral, dld null: 0, by `from`; and by what the
  // pass wants. What is paid counts as a loss whose weight is that of dld.
  void run_back(const Course& course, const Times& times, TileIn from, TileIn dto, const LogDet* dld, Tile dfrom) const;

 private:
  struct Stages;
  void evaluate(const Course& course, const LogDet& t, const LogDet& h, TileIn x, const Stages& s, int count) const;
  TileIn slope(const Course& course, double time) const;
  void add_noise(const Course& course, double time, Tile v) const;
  void add_noise_gradient(const Course& course, double time, TileIn dv) const;

  const Field& field_;
  int dim_;
};

}  // namespace NF_PRECISION
}  // namespace nf
