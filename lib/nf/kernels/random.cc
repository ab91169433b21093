// random.cc -- Philox4x32-10 words as uniforms and normals, one row a lane.
//
// Uniforms have the same bits on every target. Normals: max error 4 ULP of the exact value of the words. The words go
// to float only after exact integer reductions (of u0 towards 1, of u1 to an eighth of a turn), so that small radii and
// small sines keep their relative accuracy.
#include "nf/kernels/simd.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "nf/kernels/random.cc"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"
#include "nf/kernels/kernels.h"
#include "nf/kernels/vector-inl.h"

HWY_BEFORE_NAMESPACE();
namespace nf::kernels::HWY_NAMESPACE {

#if HWY_TARGET == HWY_SCALAR
void normals(const RandomTile& at, float* z) { plain::normals(at, z); }
void uniforms(const RandomTile& at, float* u) { plain::uniforms(at, u); }
#else

using Words = hn::RebindToUnsigned<Floats>;
using Wides = hn::RepartitionToWide<Words>;
using W = hn::Vec<Words>;
using L = hn::Vec<Wides>;

// A word in the low half of each 64-bit lane; the high half is anything, the multiplication ignores it.
struct Counter {
  L c[4];
};

HWY_INLINE L multiply(L a, std::uint32_t b) {
  return hn::MulEven(hn::BitCast(Words(), a), hn::Set(Words(), b));
}

HWY_INLINE void philox(Counter* counters, int count, std::uint64_t seed) {
  std::uint32_t key0 = static_cast<std::uint32_t>(seed), key1 = static_cast<std::uint32_t>(seed >> 32);
  for (int round = 0; round < 10; ++round) {
    const L k0 = hn::Set(Wides(), key0), k1 = hn::Set(Wides(), key1);
    for (int i = 0; i < count; ++i) {
      L* c = counters[i].c;
      const L product0 = multiply(c[0], 0xD2511F53u), product1 = multiply(c[2], 0xCD9E8D57u);
      c[0] = hn::Xor3(hn::ShiftRight<32>(product1), c[1], k0);
      c[1] = product1;
      c[2] = hn::Xor3(hn::ShiftRight<32>(product0), c[3], k1);
      c[3] = product0;
    }
    key0 += 0x9E3779B9u;
    key1 += 0xBB67AE85u;
  }
}

// The four words of `block` (four columns) for rows first_row + row .. + kLanes - 1.
HWY_INLINE void words_of(const RandomTile& at, int row, std::uint32_t block, W (&words)[4]) {
  const Wides d;
  const L even_row = hn::Add(hn::Set(d, at.first_row + static_cast<std::uint64_t>(row)),
                             hn::ShiftLeft<1>(hn::Iota(d, 0)));
  const L odd_row = hn::Add(even_row, hn::Set(d, 1));
  const L block_word = hn::Set(d, block), stream = hn::Set(d, at.stream);
  Counter counters[2] = {{{even_row, hn::ShiftRight<32>(even_row), block_word, stream}},
                         {{odd_row, hn::ShiftRight<32>(odd_row), block_word, stream}}};
  philox(counters, 2, at.seed);
  for (int i = 0; i < 4; ++i) {
    words[i] = hn::OddEven(hn::BitCast(Words(), hn::ShiftLeft<32>(counters[1].c[i])),
                           hn::BitCast(Words(), counters[0].c[i]));
  }
}

// (a + 1/2) / 2^32 rounded once: both halves are exact. A signed gives a from -2^31 to 2^31 - 1.
HWY_INLINE F fraction(I high, W low) {
  const F low_part = hn::Add(hn::ConvertTo(Floats(), hn::BitCast(Ints(), low)), set(0.5f));
  return hn::MulAdd(hn::ConvertTo(Floats(), high), set(0x1p-16f), hn::Mul(low_part, set(0x1p-32f)));
}
HWY_INLINE F fraction(W a) {
  return fraction(hn::BitCast(Ints(), hn::ShiftRight<16>(a)), hn::And(a, hn::Set(Words(), 0xffff)));
}
HWY_INLINE F signed_fraction(W a) {
  return fraction(hn::ShiftRight<16>(hn::BitCast(Ints(), a)), hn::And(a, hn::Set(Words(), 0xffff)));
}

// Rounding may reach 1; uniforms stay below.
HWY_INLINE F uniform(W a) { return hn::Min(fraction(a), set(0x1.fffffep-1f)); }

// sqrt(-2 ln u)
HWY_INLINE F radius(W a) {
  const Mantissa s = split_log(fraction(a));
  // In [sqrt(1/2), 1) the mantissa minus one is -(1 - u), which has its own integer.
  const auto near_one = hn::Ge(s.e, hn::Zero(Floats()));
  const F f = hn::IfThenElse(near_one, hn::Neg(fraction(hn::Not(a))), hn::Sub(s.m, set(1.0f)));
  return hn::Sqrt(hn::Mul(set(-2.0f), log1p_small(f, s.e)));
}

struct CosSin {
  F cos, sin;
};
// cos and sin of 2 pi (a + 1/2) / 2^32.
HWY_INLINE CosSin direction(W a) {
  const W quadrant = hn::ShiftRight<30>(hn::Add(a, hn::Set(Words(), 1u << 29)));
  const F t = hn::Mul(signed_fraction(hn::Sub(a, hn::ShiftLeft<30>(quadrant))), set(6.28318530718f));
  const F t2 = hn::Mul(t, t);
  F sin = hn::MulAdd(t2, set(-1.9515295891e-4f), set(8.3321608736e-3f));
  sin = hn::MulAdd(sin, t2, set(-1.6666654611e-1f));
  sin = hn::MulAdd(hn::Mul(sin, t2), t, t);
  F cos = hn::MulAdd(t2, set(2.443315711809948e-5f), set(-1.388731625493765e-3f));
  cos = hn::MulAdd(cos, t2, set(4.166664568298827e-2f));
  cos = hn::MulAdd(hn::Mul(cos, t2), t2, hn::NegMulAdd(t2, set(0.5f), set(1.0f)));
  // A quarter turn takes (cos, sin) to (-sin, cos).
  const auto swap = hn::RebindMask(Floats(), hn::TestBit(quadrant, hn::Set(Words(), 1)));
  const W cos_sign = hn::ShiftLeft<31>(hn::ShiftRight<1>(hn::Add(quadrant, hn::Set(Words(), 1))));
  const W sin_sign = hn::ShiftLeft<31>(hn::ShiftRight<1>(quadrant));
  return {hn::Xor(hn::IfThenElse(swap, sin, cos), hn::BitCast(Floats(), cos_sign)),
          hn::Xor(hn::IfThenElse(swap, cos, sin), hn::BitCast(Floats(), sin_sign))};
}

// Calls fill(words, out) for every block of four columns; the last may have fewer.
template <class Fill>
HWY_INLINE void for_blocks(const RandomTile& at, float* to, Fill fill) {
  const Floats d;
  for (int column = 0; column < at.columns; column += 4, to += 4 * kRows) {
    const std::uint32_t block = static_cast<std::uint32_t>((at.first_column + column) / 4);
    for (int row = 0; row < kRows; row += kLanes) {
      W words[4];
      words_of(at, row, block, words);
      F out[4];
      fill(words, out);
      if (column + 4 <= at.columns) {
        HWY_UNROLL(4)
        for (int i = 0; i < 4; ++i) hn::Store(out[i], d, to + i * kRows + row);
      } else {
        for (int i = 0; column + i < at.columns; ++i) hn::Store(out[i], d, to + i * kRows + row);
      }
    }
  }
}

void normals(const RandomTile& at, float* z) {
  for_blocks(at, z, [](const W (&words)[4], F (&out)[4]) HWY_ATTR {
    HWY_UNROLL(2)
    for (int pair = 0; pair < 4; pair += 2) {
      const F r = radius(words[pair]);
      const CosSin way = direction(words[pair + 1]);
      out[pair] = hn::Mul(r, way.cos);
      out[pair + 1] = hn::Mul(r, way.sin);
    }
  });
}

void uniforms(const RandomTile& at, float* u) {
  for_blocks(at, u, [](const W (&words)[4], F (&out)[4]) HWY_ATTR {
    HWY_UNROLL(4)
    for (int i = 0; i < 4; ++i) out[i] = uniform(words[i]);
  });
}
#endif

// NOLINTNEXTLINE(google-readability-namespace-comments)
}  // namespace nf::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace nf::kernels {
void normals(const RandomTile& at, float* z) { NF_DISPATCH(normals)(at, z); }
void uniforms(const RandomTile& at, float* u) { NF_DISPATCH(uniforms)(at, u); }
}  // namespace nf::kernels
#endif
