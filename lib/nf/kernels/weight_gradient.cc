// weight_gradient.cc -- dW += dy^T x over the 64 rows of a tile.
//
// Vectors run along a unit's inputs, so that sums over rows need no horizontal additions: x is transposed first, into
// panels of two vectors of inputs by 64 rows. A block of up to 12 (or 6) units by a panel stays in registers. Units
// whose range ends before a panel skip it, units whose range ends in its first half use only that half.
#include "nf/kernels/simd.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "nf/kernels/weight_gradient.cc"
#include "hwy/cache_control.h"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"
#include "nf/kernels/kernels.h"
#include "nf/kernels/vector-inl.h"

HWY_BEFORE_NAMESPACE();
namespace nf::kernels::HWY_NAMESPACE {

#if HWY_TARGET == HWY_SCALAR
void weight_gradient(const WeightGradient<float>& g) { plain::weight_gradient(g); }
#else

constexpr int kPanel = 2 * kLanes;
constexpr int kMaxUnits = kManyRegisters ? 12 : 6;

// Four values from each of lanes / 4 rows that stand four apart in `rows`.
template <class D>
HWY_INLINE hn::Vec<D> load_quads(D d, const float* const* rows, int at) {
  constexpr int kCount = static_cast<int>(hn::MaxLanes(D()));
  if constexpr (kCount == 4) {
    return hn::Load(d, rows[0] + at);
  } else {
    const hn::Half<D> half;
    return hn::Combine(d, load_quads(half, rows + kCount / 2, at), load_quads(half, rows, at));
  }
}

// a, b, c, e as rows of 4 x 4 matrices, one a 128-bit block; on return, as their columns.
HWY_INLINE void transpose_quads(F& a, F& b, F& c, F& e) {
  const Floats d;
  const F ac_low = hn::InterleaveLower(d, a, c), ac_high = hn::InterleaveUpper(d, a, c);
  const F be_low = hn::InterleaveLower(d, b, e), be_high = hn::InterleaveUpper(d, b, e);
  a = hn::InterleaveLower(d, ac_low, be_low);
  b = hn::InterleaveUpper(d, ac_low, be_low);
  c = hn::InterleaveLower(d, ac_high, be_high);
  e = hn::InterleaveUpper(d, ac_high, be_high);
}

// panels[p][row][k]: inputs kPanel p + k, zero beyond the last.
HWY_INLINE void transpose(const float* x, int inputs, float* panels) {
  alignas(64) static constexpr float kZero[kRows] = {};
  const Floats d;
  for (int k = 0; k < inputs; k += kLanes) {
    const float* rows[kLanes];
    for (int i = 0; i < kLanes; ++i) rows[i] = k + i < inputs ? x + static_cast<std::ptrdiff_t>(k + i) * kRows : kZero;
    float* to = panels + static_cast<std::ptrdiff_t>(k / kPanel) * kPanel * kRows + k % kPanel;
    for (int row = 0; row < kRows; row += 4, to += 4 * kPanel) {
      F a = load_quads(d, rows, row), b = load_quads(d, rows + 1, row);
      F c = load_quads(d, rows + 2, row), e = load_quads(d, rows + 3, row);
      transpose_quads(a, b, c, e);
      hn::Store(a, d, to);
      hn::Store(b, d, to + kPanel);
      hn::Store(c, d, to + 2 * kPanel);
      hn::Store(e, d, to + 3 * kPanel);
    }
  }
}

// db[n] += sum over the rows of dy[n], four units at a time.
HWY_INLINE void bias_gradient(const float* dy, int units, float* db) {
  const Floats d;
  const hn::FixedTag<float, 4> quad;
  for (int n = 0; n < units; n += 4) {
    F sums[4];
    for (int u = 0; u < 4; ++u) {
      const float* rows = dy + static_cast<std::ptrdiff_t>(n + u < units ? n + u : n) * kRows;
      sums[u] = hn::Load(d, rows);
      for (int row = kLanes; row < kRows; row += kLanes) sums[u] = hn::Add(sums[u], hn::Load(d, rows + row));
    }
    transpose_quads(sums[0], sums[1], sums[2], sums[3]);
    alignas(64) float blocks[kLanes];
    hn::Store(hn::Add(hn::Add(sums[0], sums[1]), hn::Add(sums[2], sums[3])), d, blocks);
    auto total = hn::Load(quad, blocks);
    for (int i = 4; i < kLanes; i += 4) total = hn::Add(total, hn::Load(quad, blocks + i));
    if (n + 4 <= units) {
      hn::StoreU(hn::Add(hn::LoadU(quad, db + n), total), quad, db + n);
    } else {
      hn::Store(total, quad, blocks);
      for (int u = 0; n + u < units; ++u) db[n + u] += blocks[u];
    }
  }
}

// Units n..n+kUnits-1 by kVectors vectors of inputs from k.
template <int kUnits, int kVectors>
HWY_NOINLINE void block(const WeightGradient<float>& g, const float* panel, int n, int k) {
  const Floats d;
  const float* dy = g.dy + static_cast<std::ptrdiff_t>(n) * kRows;
  // The gradients of a wide flow do not fit the L2 cache; they arrive while the sums are made.
  for (int u = 0; u < kUnits; ++u) {
    const float* dw = g.dw + (n + u) * g.ld + k;
    for (int v = 0; v < kVectors; ++v) hwy::Prefetch(dw + v * kLanes);
  }
  F acc[kUnits][kVectors];
  HWY_UNROLL(12)
  for (int u = 0; u < kUnits; ++u) {
    HWY_UNROLL(2)
    for (int v = 0; v < kVectors; ++v) acc[u][v] = hn::Zero(d);
  }
  for (int row = 0; row < kRows; ++row, panel += kPanel) {
    F xs[kVectors];
    HWY_UNROLL(2)
    for (int v = 0; v < kVectors; ++v) xs[v] = hn::Load(d, panel + v * kLanes);
    HWY_UNROLL(12)
    for (int u = 0; u < kUnits; ++u) {
      const F dyu = hn::Set(d, dy[u * kRows + row]);
      HWY_UNROLL(2)
      for (int v = 0; v < kVectors; ++v) acc[u][v] = hn::MulAdd(dyu, xs[v], acc[u][v]);
    }
  }
  HWY_UNROLL(12)
  for (int u = 0; u < kUnits; ++u) {
    float* dw = g.dw + (n + u) * g.ld + k;
    int rest = (g.end ? g.end[n + u] : g.inputs) - k;
    HWY_UNROLL(2)
    for (int v = 0; v < kVectors; ++v, dw += kLanes, rest -= kLanes) {
      if (rest >= kLanes) {
        hn::StoreU(hn::Add(hn::LoadU(d, dw), acc[u][v]), d, dw);
      } else if (rest > 0) {
        const std::size_t count = rest;
        store_first(hn::Add(load_first(dw, count), acc[u][v]), dw, count);
      }
    }
  }
}

template <int kVectors, int kUnits = kMaxUnits>
HWY_INLINE void block_of(int units, const WeightGradient<float>& g, const float* panel, int n, int k) {
  if (units == kUnits) {
    block<kUnits, kVectors>(g, panel, n, k);
  } else if constexpr (kUnits > 1) {
    block_of<kVectors, kUnits - 1>(units, g, panel, n, k);
  }
}

template <int kVectors>
HWY_INLINE void blocks(const WeightGradient<float>& g, const float* panel, int from, int to, int k) {
  for (int n = from, groups = (to - from + kMaxUnits - 1) / kMaxUnits; groups > 0; --groups) {
    const int units = (to - n + groups - 1) / groups;
    block_of<kVectors>(units, g, panel, n, k);
    n += units;
  }
}

void weight_gradient(const WeightGradient<float>& g) {
  if (g.db) bias_gradient(g.dy, g.units, g.db);
  const int inputs = !g.end ? g.inputs : g.units > 0 ? g.end[g.units - 1] : 0;
  transpose(g.x, inputs, g.scratch);
  const float* panel = g.scratch;
  for (int k = 0, begun = 0, half = 0; k < inputs; k += kPanel, panel += kPanel * kRows) {
    if (g.end) {
      while (begun < g.units && g.end[begun] <= k) ++begun;
      while (half < g.units && g.end[half] <= k + kLanes) ++half;
    } else if (inputs <= k + kLanes) {
      half = g.units;
    }
    blocks<1>(g, panel, begun, half, k);
    blocks<2>(g, panel, half > begun ? half : begun, g.units, k);
  }
}
#endif

// NOLINTNEXTLINE(google-readability-namespace-comments)
}  // namespace nf::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace nf::kernels {
void weight_gradient(const WeightGradient<float>& g) { NF_DISPATCH(weight_gradient)(g); }
}  // namespace nf::kernels
#endif
