// mixture_cdf.cc -- mixture_cdf.h, written once for rows in registers and for one row at a time.
#include "nf/kernels/mixture_cdf.h"

#include "nf/kernels/simd.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "nf/kernels/mixture_cdf.cc"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"
#include "nf/kernels/kernels.h"
#include "nf/kernels/lanes-inl.h"
#include "nf/kernels/map-inl.h"
#include "nf/kernels/normal-inl.h"
#include "nf/kernels/solve-inl.h"

HWY_BEFORE_NAMESPACE();
namespace nf::kernels::HWY_NAMESPACE {

// Symmetric distributions G at a point u. The object holds what is even in u, so G(u) and G(-u) cost one evaluation.
// For v = u or -u: log G(v), log h(v) with the rate h = d log G / dv, and from the rate the bend q = -d log h / dv.
// lower_quantile: G^-1 from log G <= log 1/2.
template <class V>
struct LogisticAt {
  V decay;  // e^-|u|
  LogisticAt() = default;
  explicit LogisticAt(V u) : decay(exp(-abs(u))) {}
  V cdf(V u) const { return select(u < V(0), decay, V(1)) / (V(1) + decay); }
  void logarithms(V v, V& log_cdf, V& log_rate) const {
    const V rest = log(V(1) + decay);
    log_cdf = at_most(V(0), v) - rest;
    log_rate = at_most(V(0), -v) - rest;
  }
  static V bend(V, V rate) { return V(1) - rate; }
  static V lower_quantile(V log_p) { return log_p - log(V(1) - exp(log_p)); }
};

template <class V>
struct NormalAt {
  NormalTail<V> tail;
  NormalAt() = default;
  explicit NormalAt(V u) : tail(u) {}
  V cdf(V u) const {
    const V outer = tail.outer();
    return select(u < V(0), outer, V(1) - outer);
  }
  void logarithms(V v, V& log_cdf, V& log_rate) const {
    const auto below = v < V(0);
    const V square = V(-0.5) * v * v, rest = log(select(below, V(0.5) * tail.erfcx, V(1) - tail.outer()));
    log_cdf = select(below, square, V(0)) + rest;
    log_rate = select(below, V(0), square) - rest - V(0.91893853320467274);  // log(2 pi) / 2
  }
  static V bend(V v, V rate) { return v + rate; }
  static V lower_quantile(V log_p) { return normal_quantile(log_p); }
};

// One feature's mixture for the rows of a register.
template <class V>
struct MixtureOf {
  int count;
  V log_w[MixtureCdf::kMostComponents], w[MixtureCdf::kMostComponents];
  V mean[MixtureCdf::kMostComponents], log_scale[MixtureCdf::kMostComponents];
  V inverse_scale[MixtureCdf::kMostComponents];

  MixtureOf(const MixtureCdf& m, const Value<V>* phi) : count(m.components) {
    V most = V::load(phi), sum(0);
    for (int k = 1; k < count; ++k) most = at_least(most, V::load(phi + k * kRows));
    for (int k = 0; k < count; ++k) {
      log_w[k] = V::load(phi + k * kRows) - most;
      w[k] = exp(log_w[k]);
      sum = sum + w[k];
      mean[k] = V::load(phi + (count + k) * kRows);
      const V r = V::load(phi + (2 * count + k) * kRows);
      log_scale[k] = r * shrink(r);
      inverse_scale[k] = exp(-log_scale[k]);
    }
    const V log_sum = log(sum), share = V(1) / sum;
    for (int k = 0; k < count; ++k) {
      log_w[k] = log_w[k] - log_sum;
      w[k] = w[k] * share;
    }
  }
  // Beyond 1e15 scales a component is as good as infinitely far, and squares stay finite.
  V standardised(V x, int k) const { return at_most(V(1e15), at_least(V(-1e15), (x - mean[k]) * inverse_scale[k])); }
};

// The mixture at x, on the side where its cumulative probability p is at most 1/2: everything in terms of v = sign u.
template <class V, template <class> class F>
struct MixtureAt {
  V sign, log_p, log_rate;  // log_rate: log |d log p / dx|
  V v[MixtureCdf::kMostComponents];
  V share[MixtureCdf::kMostComponents];    // w_k F(v_k) / p
  V density[MixtureCdf::kMostComponents];  // component k's share of the density p'
  V log_h[MixtureCdf::kMostComponents];    // of each component's rate, at unit scale

  MixtureAt(const MixtureOf<V>& m, V x) {
    V p(0);
    for (int k = 0; k < m.count; ++k) {
      v[k] = m.standardised(x, k);
      even_[k] = F<V>(v[k]);
      p = multiply_add(m.w[k], even_[k].cdf(v[k]), p);
    }
    sign = select(p > V(0.5), V(-1), V(1));
    sum_up(m);
  }
  // With the side known.
  MixtureAt(const MixtureOf<V>& m, V x, V side) : sign(side) {
    for (int k = 0; k < m.count; ++k) {
      v[k] = m.standardised(x, k);
      even_[k] = F<V>(v[k]);
    }
    sum_up(m);
  }

 private:
  // Densities are taken relative to p, whose logarithm far out is too large to leave their own any digits.
  void sum_up(const MixtureOf<V>& m) {
    V most(-1e37), densest(-1e37), sum(0), density_sum(0);
    for (int k = 0; k < m.count; ++k) {
      V log_cdf;
      v[k] = sign * v[k];
      even_[k].logarithms(v[k], log_cdf, log_h[k]);
      share[k] = m.log_w[k] + log_cdf;
      most = at_least(most, share[k]);
    }
    for (int k = 0; k < m.count; ++k) {
      const V relative = share[k] - most;
      density[k] = relative + log_h[k] - m.log_scale[k];
      densest = at_least(densest, density[k]);
      share[k] = exp(relative);
      sum = sum + share[k];
    }
    for (int k = 0; k < m.count; ++k) {
      density[k] = exp(density[k] - densest);
      density_sum = density_sum + density[k];
    }
    const V inverse = V(1) / sum, density_inverse = V(1) / density_sum;
    for (int k = 0; k < m.count; ++k) {
      share[k] = share[k] * inverse;
      density[k] = density[k] * density_inverse;
    }
    log_p = most + log(sum);
    log_rate = densest + log(density_sum * inverse);
  }

  F<V> even_[MixtureCdf::kMostComponents];
};

// The logarithm of a distribution's rate at v.
template <class V, template <class> class Q>
HWY_INLINE V log_rate_at(V v) {
  V log_cdf, log_rate;
  Q<V>(v).logarithms(v, log_cdf, log_rate);
  return log_rate;
}

// y' = (p'/p) / (rate of Q's distribution at y): a ratio of rates, in which nothing large cancels.
template <class V, template <class> class F, template <class> class Q>
HWY_INLINE void mixture_forward(const MixtureCdf& m, const Value<V>* x, const Value<V>* phi, Value<V>* y,
                                Value<V>* logd) {
  const MixtureOf<V> mixture(m, phi);
  const MixtureAt<V, F> at(mixture, V::load(x));
  const V z = Q<V>::lower_quantile(at.log_p);
  (at.sign * z).store(y);
  (at.log_rate - log_rate_at<V, Q>(z)).store(logd);
}

// log p as a function of sign x.
template <class V, template <class> class F>
struct LogProbability {
  const MixtureOf<V>& mixture;
  V sign;
  V operator()(V signed_x, V& slope) const {
    const MixtureAt<V, F> at(mixture, sign * signed_x, sign);
    slope = exp(at.log_rate);
    return at.log_p;
  }
};

// p is a mean of the components' F, so x lies between the least and the greatest of the components' own solutions.
template <class V, template <class> class F, template <class> class Q>
HWY_INLINE void mixture_inverse(const MixtureCdf& m, const Value<V>* y, const Value<V>* phi, Value<V>* x,
                                Value<V>* logd) {
  const V rounding(sizeof(Value<V>) == 4 ? 2.4e-7 : 4.4e-16);
  const MixtureOf<V> mixture(m, phi);
  const V y_row = V::load(y), sign = select(y_row > V(0), V(-1), V(1));
  const V z = at_least(V(-1e15), sign * y_row);
  V log_p, log_rate;
  Q<V>(z).logarithms(z, log_p, log_rate);
  const V u = m.normal == m.to_normal ? z : F<V>::lower_quantile(log_p);
  V low(3e38), high(-3e38), middle(0);
  for (int k = 0; k < m.components; ++k) {
    const V own = multiply_add(u, V(1) / mixture.inverse_scale[k], sign * mixture.mean[k]);
    low = select(own < low, own, low);
    high = select(own > high, own, high);
    middle = multiply_add(mixture.w[k], own, middle);
  }
  middle = at_least(low, at_most(high, middle));
  const V root =
      solve(LogProbability<V, F>{mixture, sign}, log_p, low, high, middle, rounding * (V(1) + abs(log_p)));
  (sign * root).store(x);
  (log_rate - MixtureAt<V, F>(mixture, sign * root, sign).log_rate).store(logd);
}

// With t_k = log w_k + log F(v_k), c = dL/d log p and d_k component k's share of the density:
// dL/dt_k = T_k = c share_k + dlogd (d_k - share_k), dL/dv_k = T_k h_k - dlogd d_k q_k.
template <class V, template <class> class F, template <class> class Q>
HWY_INLINE void mixture_backward(const MixtureCdf& m, const Value<V>* x, const Value<V>* phi, const Value<V>* dy,
                                 const Value<V>* dlogd, Value<V>* dx, Value<V>* dphi) {
  const int count = m.components;
  const MixtureOf<V> mixture(m, phi);
  const MixtureAt<V, F> at(mixture, V::load(x));
  const V dl = V::load(dlogd), z = Q<V>::lower_quantile(at.log_p), rate = exp(log_rate_at<V, Q>(z));
  const V c = multiply_add(dl, Q<V>::bend(z, rate), at.sign * V::load(dy)) / rate;
  V dx_row(0);
  for (int k = 0; k < count; ++k) {
    const V h = exp(at.log_h[k]), density = at.density[k];
    const V dt = multiply_add(c - dl, at.share[k], dl * density);
    const V dv = multiply_add(dt, h, -(dl * density * F<V>::bend(at.v[k], h)));
    const V dmean = -(at.sign * dv * mixture.inverse_scale[k]);
    const V shrunk = shrink(V::load(phi + (2 * count + k) * kRows));
    dx_row = dx_row - dmean;
    (dt - c * mixture.w[k]).store(dphi + k * kRows);
    dmean.store(dphi + (count + k) * kRows);
    (-(multiply_add(dv, at.v[k], dl * density) * shrunk * shrunk)).store(dphi + (2 * count + k) * kRows);
  }
  dx_row.store(dx);
}

#define NF_MIXTURE(function, ...)                                            \
  if (m.normal && m.to_normal) function<V, NormalAt, NormalAt>(__VA_ARGS__); \
  else if (m.normal) function<V, NormalAt, LogisticAt>(__VA_ARGS__);         \
  else if (m.to_normal) function<V, LogisticAt, NormalAt>(__VA_ARGS__);      \
  else function<V, LogisticAt, LogisticAt>(__VA_ARGS__)

template <class V>
void forward_row(const MixtureCdf& m, const Value<V>* x, const Value<V>* phi, Value<V>* y, Value<V>* logd, Value<V>*) {
  NF_MIXTURE(mixture_forward, m, x, phi, y, logd);
}
template <class V>
void inverse_row(const MixtureCdf& m, const Value<V>* y, const Value<V>* phi, Value<V>* x, Value<V>* logd, Value<V>*) {
  NF_MIXTURE(mixture_inverse, m, y, phi, x, logd);
}
template <class V>
void backward_row(const MixtureCdf& m, const Value<V>* x, const Value<V>* phi, const Value<V>* dy,
                  const Value<V>* dlogd, Value<V>* dx, Value<V>* dphi, Value<V>*) {
  NF_MIXTURE(mixture_backward, m, x, phi, dy, dlogd, dx, dphi);
}
#undef NF_MIXTURE

template <class V>
void logarithms(const Value<V>* x, Value<V>* log_p, Value<V>* log_h) {
  for (int row = 0; row < kRows; row += V::kCount) {
    const V v = V::load(x + row);
    V log_cdf, log_rate;
    NormalAt<V>(v).logarithms(v, log_cdf, log_rate);
    log_cdf.store(log_p + row);
    log_rate.store(log_h + row);
  }
}
template <class V>
void quantile(const Value<V>* log_p, Value<V>* x) {
  for (int row = 0; row < kRows; row += V::kCount) normal_quantile(V::load(log_p + row)).store(x + row);
}

NF_MAP_HERE(MixtureCdf)

void normal_log_cdf(const float* x, float* log_p, float* log_rate) { logarithms<Lanes>(x, log_p, log_rate); }
void normal_lower_quantile(const float* log_p, float* x) { quantile<Lanes>(log_p, x); }

// NOLINTNEXTLINE(google-readability-namespace-comments)
}  // namespace nf::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace nf::kernels {
NF_MAP_DISPATCH(MixtureCdf)

void normal_log_cdf(const float* x, float* log_p, float* log_rate) { NF_DISPATCH(normal_log_cdf)(x, log_p, log_rate); }
void normal_lower_quantile(const float* log_p, float* x) { NF_DISPATCH(normal_lower_quantile)(log_p, x); }
void normal_log_cdf(const double* x, double* log_p, double* log_rate) {
  HWY_STATIC_DISPATCH(logarithms)<Lane<double>>(x, log_p, log_rate);
}
void normal_lower_quantile(const double* log_p, double* x) { HWY_STATIC_DISPATCH(quantile)<Lane<double>>(log_p, x); }
}  // namespace nf::kernels
#endif
