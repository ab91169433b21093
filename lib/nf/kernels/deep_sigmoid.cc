// deep_sigmoid.cc -- layers of logit(sum of sigmoids), with the derivative carried along.
//
// Both tails are computed apart: with z_i the units' values and p_i = sigmoid(z_i),
//   h' = log(sum_i w_i p_i) - log(sum_i w_i (1 - p_i)),
// each sum relative to its largest sigmoid, so that nothing saturates: far out, h' is linear in z. With alpha_i and
// beta_i the units' shares in the two sums, dh'/dz_i = alpha_i (1 - p_i) + beta_i p_i, a sum of positive numbers.
#include "nf/kernels/simd.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "nf/kernels/deep_sigmoid.cc"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"
#include "nf/kernels/deep_sigmoid.h"
#include "nf/kernels/kernels.h"
#include "nf/kernels/lanes-inl.h"
#include "nf/kernels/map-inl.h"
#include "nf/kernels/solve-inl.h"

HWY_BEFORE_NAMESPACE();
namespace nf::kernels::HWY_NAMESPACE {

constexpr int kMost = DeepSigmoid::kMostUnits;
constexpr double kFar = 1e30;        // x and y are cut to +-kFar: inf - inf is far from any density
constexpr double kFlattest = 1e-30;  // f' counts as at least this, so that its logarithm is finite

// The numbers one layer reads, at a row.
template <class T>
struct Layer {
  const T *b, *a, *u, *w;
  int inputs, units, outputs;
  HWY_INLINE Layer(const DeepSigmoid& s, int l, const T* at)
      : b(at),
        a(b + s.units * kRows),
        u(a + s.units * kRows),
        w(u + (l == 0 ? 0 : s.units * s.units * kRows)),
        inputs(s.inputs(l)),
        units(s.units),
        outputs(s.outputs(l)) {}
};

// phi to the numbers themselves: b, a = e^s, u with rows that sum to 1, w = e^s (whose scale does not matter).
template <class V>
HWY_INLINE void prepare(const DeepSigmoid& s, const Value<V>* phi, Value<V>* to) {
  for (int l = 0; l < s.layers; ++l) {
    const int count = s.num_params(l);
    for (int p = 0; p < s.units; ++p) V::load(phi + p * kRows).store(to + p * kRows);
    for (int p = s.units; p < count; ++p) exp(log_scale(V::load(phi + p * kRows))).store(to + p * kRows);
    if (l > 0)
      for (int i = 0; i < s.units; ++i) {
        Value<V>* u = to + (2 + i) * s.units * kRows;
        V sum(0);
        for (int k = 0; k < s.units; ++k) sum = sum + V::load(u + k * kRows);
        const V share = V(1) / sum;
        for (int k = 0; k < s.units; ++k) (V::load(u + k * kRows) * share).store(u + k * kRows);
      }
    phi += count * kRows, to += count * kRows;
  }
}

// The units of one layer: p = mean_k h, q = mean_k g with g = dh/dx, z = a p + b, dz/dx = a q, their sigmoids from both
// sides, and these relative to the largest.
template <class V>
struct Units {
  V p[kMost], q[kMost], rate[kMost];  // rate: dz/dx
  V up[kMost], down[kMost];           // sigmoid(z), sigmoid(-z)
  V rise[kMost], fall[kMost];         // e^-most_rise sigmoid(z), e^-most_fall sigmoid(-z)
  V shift;                            // most_rise - most_fall

  HWY_INLINE Units(const Layer<Value<V>>& layer, const V* h, const V* g) {
    V z[kMost], most_rise(-1e38), most_fall(-1e38);
    for (int i = 0; i < layer.units; ++i) {
      if (layer.inputs == 1) {
        p[i] = h[0], q[i] = g[0];
      } else {
        p[i] = q[i] = V(0);
        for (int k = 0; k < layer.inputs; ++k) {
          const V share = V::load(layer.u + (i * layer.inputs + k) * kRows);
          p[i] = multiply_add(share, h[k], p[i]);
          q[i] = multiply_add(share, g[k], q[i]);
        }
      }
      const V a = V::load(layer.a + i * kRows);
      z[i] = multiply_add(a, p[i], V::load(layer.b + i * kRows));
      rate[i] = a * q[i];
      most_rise = at_least(most_rise, at_most(V(0), z[i]));
      most_fall = at_least(most_fall, at_most(V(0), -z[i]));
    }
    shift = most_rise - most_fall;
    for (int i = 0; i < layer.units; ++i) {
      const V less = exp(-abs(z[i])), larger = V(1) / (V(1) + less);  // sigmoid(|z|)
      const auto positive = z[i] > V(0);
      up[i] = select(positive, larger, less * larger);
      down[i] = select(positive, less * larger, larger);
      rise[i] = exp(at_most(V(0), z[i]) - most_rise) * larger;
      fall[i] = exp(at_most(V(0), -z[i]) - most_fall) * larger;
    }
  }
};

// One output of a layer. alpha_i = w_i rise_i / rises, beta_i = w_i fall_i / falls.
template <class V>
struct Output {
  V per_rise, per_fall;  // 1 / rises, 1 / falls
  V value;               // h'
  V d_rise, d_fall;      // the derivatives by x of its two logarithms, the second one's negated: dh'/dx is their sum

  HWY_INLINE Output(const Units<V>& units, const Value<V>* w, int count) {
    V rises(0), falls(0);
    d_rise = d_fall = V(0);
    for (int i = 0; i < count; ++i) {
      const V wi = V::load(w + i * kRows), rise = wi * units.rise[i], fall = wi * units.fall[i];
      rises = rises + rise;
      falls = falls + fall;
      d_rise = multiply_add(rise, units.down[i] * units.rate[i], d_rise);
      d_fall = multiply_add(fall, units.up[i] * units.rate[i], d_fall);
    }
    per_rise = V(1) / rises, per_fall = V(1) / falls;
    d_rise = d_rise * per_rise, d_fall = d_fall * per_fall;
    value = units.shift + log(rises * per_fall);
  }
};

// h and g = dh/dx before each layer, and at the end.
template <class V>
struct Values {
  V h[DeepSigmoid::kMostLayers][kMost], g[DeepSigmoid::kMostLayers][kMost];
  V y, dy;

  HWY_INLINE Values(const DeepSigmoid& s, const Value<V>* numbers, V x) {
    h[0][0] = x, g[0][0] = V(1);
    for (int l = 0; l < s.layers; numbers += s.num_params(l) * kRows, ++l) {
      const Layer<Value<V>> layer(s, l, numbers);
      const Units<V> units(layer, h[l], g[l]);
      for (int o = 0; o < layer.outputs; ++o) {
        const Output<V> output(units, layer.w + o * layer.units * kRows, layer.units);
        (l + 1 < s.layers ? h[l + 1][o] : y) = output.value;
        (l + 1 < s.layers ? g[l + 1][o] : dy) = output.d_rise + output.d_fall;
      }
    }
    dy = at_least(V(kFlattest), dy);
  }
};

template <class V>
HWY_INLINE V cut_far(V x) {
  return at_least(V(-kFar), at_most(V(kFar), x));
}

template <class V>
HWY_INLINE void forward_row(const DeepSigmoid& s, const Value<V>* x, const Value<V>* phi, Value<V>* y, Value<V>* logd,
                            Value<V>* numbers) {
  prepare<V>(s, phi, numbers);
  const Values<V> values(s, numbers, cut_far(V::load(x)));
  values.y.store(y);
  log(values.dy).store(logd);
}

// A layer's outputs lie between its units' least and largest z, and means between the least and largest h: so, from the
// last layer back, y bounds what goes in.
template <class V>
HWY_INLINE void inverse_row(const DeepSigmoid& s, const Value<V>* y, const Value<V>* phi, Value<V>* x, Value<V>* logd,
                            Value<V>* numbers) {
  prepare<V>(s, phi, numbers);
  const V target = cut_far(V::load(y));
  V low = target, high = target;
  const Value<V>* at = numbers + s.num_params() * kRows;
  for (int l = s.layers - 1; l >= 0; --l) {
    at -= s.num_params(l) * kRows;
    V least = V(1e38), most = V(-1e38);
    for (int i = 0; i < s.units; ++i) {
      const V b = V::load(at + i * kRows), a = V::load(at + (s.units + i) * kRows);
      least = at_most((low - b) / a, least);
      most = at_least((high - b) / a, most);
    }
    low = least, high = most;
  }
  const auto map = [&](V at_x, V& slope) HWY_ATTR {
    const Values<V> values(s, numbers, at_x);
    slope = values.dy;
    return values.y;
  };
  const V solution = solve(map, target, low, high, at_least(low, at_most(high, target)));
  solution.store(x);
  (-log(Values<V>(s, numbers, solution).dy)).store(logd);
}

// From the gradients of a layer's h' and g', those of its h and g and of its part of phi.
template <class V>
HWY_INLINE void layer_backward(const Layer<Value<V>>& layer, const Value<V>* phi, const V* h, const V* g, V* dh, V* dg,
                               Value<V>* dphi) {
  const Units<V> units(layer, h, g);
  V dz[kMost], drate[kMost];
  for (int i = 0; i < layer.units; ++i) dz[i] = drate[i] = V(0);
  const auto slope = [&](std::ptrdiff_t p) HWY_ATTR { 
    const V shrunk = shrink(V::load(phi + p));
    return shrunk * shrunk;
  };
  for (int o = 0; o < layer.outputs; ++o) {
    const Value<V>* w = layer.w + o * layer.units * kRows;
    const Output<V> output(units, w, layer.units);
    for (int i = 0; i < layer.units; ++i) {
      const V wi = V::load(w + i * kRows), up = units.up[i], down = units.down[i], rate = units.rate[i];
      const V alpha = wi * units.rise[i] * output.per_rise, beta = wi * units.fall[i] * output.per_fall;
      const V rising = alpha * down, falling = beta * up, bend = rate * (down - up);
      drate[i] = multiply_add(dg[o], rising + falling, drate[i]);
      dz[i] = dz[i] + dh[o] * (rising + falling) +
              dg[o] * (rising * (bend - output.d_rise) + falling * (bend + output.d_fall));
      const V dw =
          dh[o] * (alpha - beta) + dg[o] * (alpha * (rate * down - output.d_rise) + beta * (rate * up - output.d_fall));
      const std::ptrdiff_t p = w + i * kRows - layer.b;
      (dw * slope(p)).store(dphi + p);
    }
  }
  for (int k = 0; k < layer.inputs; ++k) dh[k] = dg[k] = V(0);
  for (int i = 0; i < layer.units; ++i) {
    const V a = V::load(layer.a + i * kRows);
    const std::ptrdiff_t at_a = (layer.units + i) * kRows;
    dz[i].store(dphi + i * kRows);
    (a * (dz[i] * units.p[i] + drate[i] * units.q[i]) * slope(at_a)).store(dphi + at_a);
    const V dp = a * dz[i], dq = a * drate[i];
    if (layer.inputs == 1) {
      dh[0] = dh[0] + dp, dg[0] = dg[0] + dq;
      continue;
    }
    // dL/du_ik less its mean over the row: p and q are those means of h and g.
    for (int k = 0; k < layer.inputs; ++k) {
      const std::ptrdiff_t at_u = layer.u + (i * layer.inputs + k) * kRows - layer.b;
      const V u = V::load(layer.b + at_u);
      (u * (dp * (h[k] - units.p[i]) + dq * (g[k] - units.q[i])) * slope(at_u)).store(dphi + at_u);
      dh[k] = multiply_add(u, dp, dh[k]);
      dg[k] = multiply_add(u, dq, dg[k]);
    }
  }
}

template <class V>
HWY_INLINE void backward_row(const DeepSigmoid& s, const Value<V>* x, const Value<V>* phi, const Value<V>* dy,
                             const Value<V>* dlogd, Value<V>* dx, Value<V>* dphi, Value<V>* numbers) {
  prepare<V>(s, phi, numbers);
  const Values<V> values(s, numbers, cut_far(V::load(x)));
  V dh[kMost], dg[kMost];
  dh[0] = V::load(dy), dg[0] = V::load(dlogd) / values.dy;
  std::ptrdiff_t at = s.num_params() * kRows;
  for (int l = s.layers - 1; l >= 0; --l) {
    at -= s.num_params(l) * kRows;
    layer_backward<V>(Layer<Value<V>>(s, l, numbers + at), phi + at, values.h[l], values.g[l], dh, dg, dphi + at);
  }
  dh[0].store(dx);
}

NF_MAP_HERE(DeepSigmoid)

// NOLINTNEXTLINE(google-readability-namespace-comments)
}  // namespace nf::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace nf::kernels {
NF_MAP_DISPATCH(DeepSigmoid)
}  // namespace nf::kernels
#endif
