// rq_spline.cc -- monotone rational-quadratic splines; the formulas are in transformers/rq_spline.cc.
//
// The bin is found by comparing the argument with every knot: no row waits for another's branch and nothing is
// gathered. Of the derivatives only the two at the bin's ends go through softplus.
#include "nf/kernels/simd.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "nf/kernels/rq_spline.cc"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"
#include "nf/kernels/lanes-inl.h"
#include "nf/kernels/map-inl.h"
#include "nf/kernels/rq_spline.h"

HWY_BEFORE_NAMESPACE();
namespace nf::kernels::HWY_NAMESPACE {
namespace {

// e^x for x <= 0, relative error below 3e-7 (1 - x / 4) above e^-87, and that below: 2^n times a polynomial in the
// rest, whose exponent n is added to as an integer.
#if HWY_TARGET != HWY_SCALAR
HWY_INLINE Lanes exp_of_negative(Lanes x) {
  const F log2_e = set(1.44269504f), magic = set(12582912.0f);  // see split_exp
  const F held = hn::Max(set(-87.0f), x.v), shifted = hn::MulAdd(held, log2_e, magic);
  const F r = hn::MulSub(held, log2_e, hn::Sub(shifted, magic));
  F q = set(1.32647270e-3f);
  q = hn::MulAdd(q, r, set(9.67151276e-3f));
  q = hn::MulAdd(q, r, set(5.55073374e-2f));
  q = hn::MulAdd(q, r, set(2.40222421e-1f));
  q = hn::MulAdd(q, r, set(6.93146978e-1f));
  q = hn::MulAdd(q, r, set(1.0f));
  return Lanes::of(
      hn::BitCast(Floats(), hn::Add(hn::BitCast(Ints(), q), hn::ShiftLeft<23>(hn::BitCast(Ints(), shifted)))));
}
HWY_INLINE Lanes log1p_of_share(Lanes x) { return Lanes::of(log1p_unit(x.v)); }
#endif
template <class T>
Lane<T> exp_of_negative(Lane<T> x) {
  return exp(x);
}
template <class T>
Lane<T> log1p_of_share(Lane<T> x) {
  return log1p(x);
}

// The softmax of `bins` logits (left unnormalised: share[k] * scale) and the knots that bins at least `least` wide make
// of it, from -bound to bound.
template <class V>
struct Side {
  V knot[RqSpline::kMostBins + 1], share[RqSpline::kMostBins], scale;

  HWY_INLINE Side(const Value<V>* logits, int bins, double bound, double least) {
    V top = V::load(logits);
    for (int k = 1; k < bins; ++k) top = at_least(top, V::load(logits + k * kRows));
    V sum(0);
    for (int k = 0; k < bins; ++k) {
      share[k] = exp_of_negative(V::load(logits + k * kRows) - top);
      sum = sum + share[k];
    }
    scale = V(1) / sum;
    const V stretch = V(2 * bound * (1 - bins * least)) * scale, step(2 * bound * least);
    knot[0] = V(-bound);
    for (int k = 1; k < bins; ++k) knot[k] = knot[k - 1] + multiply_add(share[k - 1], stretch, step);
    knot[bins] = V(bound);
  }
};

// Which bin, its corners, and the logits of the derivatives at its ends.
template <class V>
struct Bin {
  V index, x0, x1, y0, y1, raw0, raw1;
};

// The logit of a derivative 1, which the ends of an open spline have.
inline double unit_logit(const RqSpline& s) { return __builtin_log(__builtin_expm1(1 - s.min_derivative)); }

// The bin where `at` lies between the knots `by`, which are those of x or y.
template <class V>
HWY_INLINE Bin<V> find(const RqSpline& s, V at, const V* by, const V* x, const V* y, const Value<V>* raw) {
  const V end = s.periodic ? V::load(raw) : V(unit_logit(s));
  if (!s.periodic) raw -= kRows;  // from here on, the logit of knot k is at raw + k * kRows
  V right = V::load(raw + kRows);
  Bin<V> bin{V(0), x[0], x[1], y[0], y[1], end, right};
  for (int k = 1; k < s.bins; ++k) {
    const auto beyond = at >= by[k];
    const V left = right;
    right = k + 1 < s.bins ? V::load(raw + (k + 1) * kRows) : end;
    bin.index = select(beyond, V(k), bin.index);
    bin.x0 = select(beyond, x[k], bin.x0);
    bin.x1 = select(beyond, x[k + 1], bin.x1);
    bin.y0 = select(beyond, y[k], bin.y0);
    bin.y1 = select(beyond, y[k + 1], bin.y1);
    bin.raw0 = select(beyond, left, bin.raw0);
    bin.raw1 = select(beyond, right, bin.raw1);
  }
  return bin;
}

// The curve within a bin: slopes at its ends times its width, so that a straight line has d0 = d1 = h. With the place t
// from 0 to 1 and t1 = 1 - t: y = y0 + h n / d, f' = (h / d)^2 m / w, d = h + bend t t1.
template <class V>
struct Curve {
  V w, h, d0, d1, bend;

  HWY_INLINE Curve(const RqSpline& s, const Bin<V>& bin) {
    w = bin.x1 - bin.x0, h = bin.y1 - bin.y0;
    d0 = derivative(s, bin.raw0) * w, d1 = derivative(s, bin.raw1) * w;
    bend = d0 + d1 - (h + h);
  }
  HWY_INLINE V n(V t, V t1) const { return t * multiply_add(h, t, d0 * t1); }
  HWY_INLINE V m(V t, V t1) const { return multiply_add(t, multiply_add(d1, t, (h + h) * t1), d0 * t1 * t1); }
  static HWY_INLINE V derivative(const RqSpline& s, V raw) {
    return at_least(V(0), raw) + log1p_of_share(exp_of_negative(-abs(raw))) + V(s.min_derivative);
  }
};

// The argument as the spline sees it: on the circle, or held inside.
template <class V>
HWY_INLINE V enter(const RqSpline& s, V x) {
  const V bound(s.bound);
  if (s.periodic) x = select(abs(x) > bound, x - V(2 * s.bound) * round(x * V(0.5 / s.bound)), x);
  return at_most(bound, at_least(-bound, x));
}
// Where x stays what it is: in the tails, and what is not on the circle, an infinity or NaN.
template <class V>
HWY_INLINE auto outside(const RqSpline& s, V x, V entered) {
  return negated(entered == (s.periodic ? entered : x));
}

template <class V>
HWY_INLINE void forward_row(const RqSpline& s, const Value<V>* x, const Value<V>* p, Value<V>* y, Value<V>* logd,
                            Value<V>*) {
  const Side<V> widths(p, s.bins, s.bound, s.min_width), heights(p + s.bins * kRows, s.bins, s.bound, s.min_height);
  const V at = V::load(x), in = enter(s, at);
  const Bin<V> bin = find(s, in, widths.knot, widths.knot, heights.knot, p + 2 * s.bins * kRows);
  const Curve<V> curve(s, bin);
  const V from = in - bin.x0, to = bin.x1 - in;  // t w and t1 w: d takes w^2, n / d and w m / d^2 stay
  const V over_d = V(1) / multiply_add(curve.bend, from * to, curve.h * curve.w * curve.w);
  const V root = curve.h * over_d;
  const auto out = outside(s, at, in);
  select(out, at, multiply_add(curve.n(from, to), root, bin.y0)).store(y);
  select(out, V(0), log(curve.m(from, to) * curve.w * root * root)).store(logd);
}

// The place t solves a t^2 + b t = h (y - y0) with b = d0 (y1 - y) + (2 h - d1) (y - y0) and a = h^2 - b. Seen from the
// bin's other end a changes its sign, so one of the two views has a >= 0; there neither the discriminant nor the root
// loses digits.
template <class V>
HWY_INLINE void inverse_row(const RqSpline& s, const Value<V>* y, const Value<V>* p, Value<V>* x, Value<V>* logd,
                            Value<V>*) {
  const Side<V> widths(p, s.bins, s.bound, s.min_width), heights(p + s.bins * kRows, s.bins, s.bound, s.min_height);
  const V at = V::load(y), in = enter(s, at);
  const Bin<V> bin = find(s, in, heights.knot, widths.knot, heights.knot, p + 2 * s.bins * kRows);
  const Curve<V> curve(s, bin);
  const V up = in - bin.y0, down = bin.y1 - in, middle = curve.h * curve.h, twice = curve.h + curve.h;
  const V from_left = multiply_add(curve.d0, down, (twice - curve.d1) * up);
  const auto mirrored = from_left > middle;
  const V b = select(mirrored, middle + (middle - from_left), from_left), a = middle - b;
  const V rise = twice * select(mirrored, down, up);
  const V q = abs(b) + sqrt(multiply_add(b, b, (a + a) * rise));
  const auto falling = b < V(0);
  const V near = select(falling, q, rise) / select(falling, a + a, q), far = V(1) - near;
  const V t = select(mirrored, far, near), t1 = select(mirrored, near, far), step = near * curve.w;
  const V d = multiply_add(curve.bend, t * t1, curve.h);
  const auto out = outside(s, at, in);
  select(out, at, select(mirrored, bin.x1 - step, bin.x0 + step)).store(x);
  select(out, V(0), log(curve.w * d * d / (middle * curve.m(t, t1)))).store(logd);
}

// Gradient of the logits of a softmax whose shares below the bin get `before`, the bin's own gets `own`.
template <class V>
HWY_INLINE void softmax_gradient(const Side<V>& side, int bins, double stretch, V index, V before, V own,
                                 Value<V>* dlogits) {
  V mean(0);
  for (int k = 0; k < bins; ++k) {
    const V value = select(V(k) < index, before, select(V(k) == index, own, V(0)));
    mean = multiply_add(side.share[k], value, mean);
  }
  mean = mean * side.scale;
  const V factor = V(stretch) * side.scale;
  for (int k = 0; k < bins; ++k) {
    const V value = select(V(k) < index, before, select(V(k) == index, own, V(0)));
    (side.share[k] * factor * (value - mean)).store(dlogits + k * kRows);
  }
}

// With gy, gl the gradients of y and log f': those of the bin's n, d, m, then of t, h, d0, d1, then of its corners,
// then of the logits. For the inverse, as in transformer.cc: dy = (dx - dlogd d(log f')/dx) / f', then gy = -dy, gl =
// -dlogd.
template <class V, bool kInverse>
HWY_INLINE void gradients(const RqSpline& s, const Value<V>* x, const Value<V>* p, const Value<V>* dto,
                          const Value<V>* dlogd, Value<V>* dfrom, Value<V>* dp) {
  const Side<V> widths(p, s.bins, s.bound, s.min_width), heights(p + s.bins * kRows, s.bins, s.bound, s.min_height);
  const V at = V::load(x), in = enter(s, at), zero(0), one(1);
  const Bin<V> bin = find(s, in, widths.knot, widths.knot, heights.knot, p + 2 * s.bins * kRows);
  const Curve<V> curve(s, bin);
  const auto out = outside(s, at, in);
  const V over_w = one / curve.w, t = (in - bin.x0) * over_w, t1 = (bin.x1 - in) * over_w;
  const V product = t * t1, tilt = t1 - t, h2 = curve.h + curve.h;
  const V over_d = one / multiply_add(curve.bend, product, curve.h), u = curve.n(t, t1) * over_d;
  const V m = curve.m(t, t1), over_m = one / m;
  const V n_t = h2 * t + curve.d0 * tilt, d_t = curve.bend * tilt;
  const V m_t = curve.d1 * t + curve.h * tilt - curve.d0 * t1, m_t2 = m_t + m_t;
  V gy = V::load(dto), gl = V::load(dlogd), dargument;
  if (kInverse) {
    const V root = curve.h * over_d, bent = (m_t2 * over_m - (d_t + d_t) * over_d) * over_w;
    dargument = select(out, gy, (gy - gl * bent) * curve.w / (m * root * root));
    gy = -dargument, gl = -gl;
  }
  const V gl2 = gl + gl, gn = gy * curve.h * over_d, gd = -over_d * (gy * curve.h * u + gl2), gm = gl * over_m;
  const V gx = (gn * n_t + gd * d_t + gm * m_t2) * over_w;
  const V gd0 = (gn + gd) * product + gm * t1 * t1, gd1 = gd * product + gm * t * t;
  const V gw = (gd0 * curve.d0 + gd1 * curve.d1 - gl) * over_w - gx * t;
  const V gh = gy * u + gn * t * t + gd + (gm - gd) * (product + product) + gl2 / curve.h;
  if (!kInverse) dargument = select(out, gy, gx);
  dargument.store(dfrom);

  softmax_gradient(widths, s.bins, 2 * s.bound * (1 - s.bins * s.min_width), bin.index, select(out, zero, -gx),
                   select(out, zero, gw), dp);
  softmax_gradient(heights, s.bins, 2 * s.bound * (1 - s.bins * s.min_height), bin.index, select(out, zero, gy),
                   select(out, zero, gh), dp + s.bins * kRows);
  const V draw0 = select(out, zero, gd0 * curve.w * sigmoid(bin.raw0)),
          draw1 = select(out, zero, gd1 * curve.w * sigmoid(bin.raw1));
  dp += 2 * s.bins * kRows;
  if (s.periodic) {
    (select(bin.index == zero, draw0, zero) + select(bin.index == V(s.bins - 1), draw1, zero)).store(dp);
    dp += kRows;
  }
  for (int k = 1; k < s.bins; ++k, dp += kRows)
    select(bin.index == V(k), draw0, select(bin.index == V(k - 1), draw1, zero)).store(dp);
}

template <class V>
HWY_INLINE void backward_row(const RqSpline& s, const Value<V>* x, const Value<V>* phi, const Value<V>* dy,
                             const Value<V>* dlogd, Value<V>* dx, Value<V>* dphi, Value<V>*) {
  gradients<V, false>(s, x, phi, dy, dlogd, dx, dphi);
}
template <class V>
HWY_INLINE void inverse_backward_row(const RqSpline& s, const Value<V>* x, const Value<V>* phi, const Value<V>* dx,
                                     const Value<V>* dlogd, Value<V>* dy, Value<V>* dphi, Value<V>*) {
  gradients<V, true>(s, x, phi, dx, dlogd, dy, dphi);
}

}  // namespace

NF_MAP_HERE(RqSpline)
NF_MAP_INVERSE_GRADIENT_HERE(RqSpline)

// NOLINTNEXTLINE(google-readability-namespace-comments)
}  // namespace nf::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace nf::kernels {
NF_MAP_DISPATCH(RqSpline)
NF_MAP_INVERSE_GRADIENT_DISPATCH(RqSpline)
}  // namespace nf::kernels
#endif
