// assignment.cc -- Jonker's and Volgenant's method; plain_assignment.h says how it goes. Here its loops over 64 columns
// run by registers, and minima are kept as they go.
#include "nf/kernels/assignment.h"

#include "nf/kernels/simd.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "nf/kernels/assignment.cc"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"
#include "nf/kernels/kernels.h"

HWY_BEFORE_NAMESPACE();
namespace nf::kernels::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

constexpr int kSize = kRows, kNever = 0x7fffffff;

class Pairing {
 public:
  HWY_INLINE explicit Pairing(const std::int32_t* cost) : cost_(cost) {
    for (int j = 0; j < kSize; ++j) row_[j] = column_[j] = -1;
    start();
    bid();
    for (int i = 0; i < kSize; ++i)
      if (column_[i] < 0) augment(i);
  }
  HWY_INLINE void write(std::int32_t* columns) const {
    for (int i = 0; i < kSize; ++i) columns[i] = column_[i];
  }

 private:
  static constexpr hn::CappedTag<std::int32_t, kSize> kTag = {};
  using V = hn::Vec<hn::CappedTag<std::int32_t, kSize>>;
  static HWY_INLINE int step() { return static_cast<int>(hn::Lanes(kTag)); }
  static HWY_INLINE V load(const std::int32_t* from) { return hn::LoadU(kTag, from); }
  static HWY_INLINE V all(std::int32_t value) { return hn::Set(kTag, value); }
  static HWY_INLINE std::int32_t least_of(V v) { return hn::GetLane(hn::MinOfLanes(kTag, v)); }
  static HWY_INLINE std::int32_t least_of(const std::int32_t* some) {
    V least = all(kNever);
    for (int j = 0; j < kSize; j += step()) least = hn::Min(least, load(some + j));
    return least_of(least);
  }
  static HWY_INLINE int place_of(std::int32_t value, const std::int32_t* some) {
    for (int j = 0; j < kSize; j += step()) {
      const auto at = hn::FindFirstTrue(kTag, hn::Eq(load(some + j), all(value)));
      if (at >= 0) return j + static_cast<int>(at);
    }
    return 0;
  }
  HWY_INLINE const std::int32_t* costs(int i) const { return cost_ + kSize * i; }

  HWY_INLINE void start() {
    std::int32_t best[kSize] = {};
    for (int j = 0; j < kSize; j += step()) {
      V price = load(cost_ + j), at = all(0);
      for (int i = 1; i < kSize; ++i) {
        const V own = load(costs(i) + j);
        const auto less = hn::Lt(own, price);
        price = hn::IfThenElse(less, own, price);
        at = hn::IfThenElse(less, all(i), at);
      }
      hn::StoreU(price, kTag, price_ + j);
      hn::StoreU(at, kTag, best + j);
    }
    for (int j = kSize - 1; j >= 0; --j)
      if (column_[best[j]] < 0) column_[best[j]] = j, row_[j] = best[j];
  }

  HWY_INLINE void bid() {
    constexpr int kRounds = 3, kMostBids = 16 * kSize;
    int lists[2][kSize], count = 0, bids = 0;
    int *free = lists[0], *turned_out = lists[1];
    for (int i = 0; i < kSize; ++i)
      if (column_[i] < 0) free[count++] = i;
    for (int round = 0; round < kRounds; ++round) {
      int out = 0;
      for (int k = 0; k < count; ++k)
        for (int i = free[k]; i >= 0;) {
          std::int32_t reduced[kSize];
          V m = all(kNever);
          for (int j = 0; j < kSize; j += step()) {
            const V own = hn::Sub(load(costs(i) + j), load(price_ + j));
            hn::StoreU(own, kTag, reduced + j);
            m = hn::Min(m, own);
          }
          const std::int32_t least = least_of(m);
          const int best = place_of(least, reduced), other = row_[best];
          reduced[best] = kNever;
          const std::int32_t second = least_of(reduced);
          price_[best] -= second - least;
          row_[best] = i;
          column_[i] = best;
          if (other >= 0) column_[other] = -1;
          const bool goes_on = second > least && ++bids < kMostBids;
          if (other >= 0 && !goes_on) turned_out[out++] = other;
          i = goes_on ? other : -1;
        }
      int* const others = free;
      free = turned_out;
      turned_out = others;
      count = out;
    }
  }

  HWY_INLINE void augment(int begin) {
    std::int32_t open[kSize], far[kSize], before[kSize], left[kSize], count = 0;
    V m = all(kNever);
    for (int j = 0; j < kSize; j += step()) {
      const V way = hn::Sub(load(costs(begin) + j), load(price_ + j));
      hn::StoreU(way, kTag, open + j);
      hn::StoreU(way, kTag, far + j);
      hn::StoreU(all(begin), kTag, before + j);
      m = hn::Min(m, way);
    }
    std::int32_t least = least_of(m);
    int end = place_of(least, open);
    while (row_[end] >= 0) {
      open[end] = kNever;
      left[count++] = end;
      const int next = row_[end];
      const V less = all(costs(next)[end] - price_[end] - least);
      m = all(kNever);
      for (int j = 0; j < kSize; j += step()) {
        const V now = load(open + j), way = hn::Sub(hn::Sub(load(costs(next) + j), load(price_ + j)), less);
        const auto better = hn::AndNot(hn::Eq(now, all(kNever)), hn::Lt(way, now));
        const V then = hn::IfThenElse(better, way, now);
        hn::StoreU(then, kTag, open + j);
        hn::StoreU(hn::IfThenElse(better, way, load(far + j)), kTag, far + j);
        hn::StoreU(hn::IfThenElse(better, all(next), load(before + j)), kTag, before + j);
        m = hn::Min(m, then);
      }
      least = least_of(m);
      end = place_of(least, open);
    }
    for (int k = 0; k < count; ++k) price_[left[k]] += far[left[k]] - least;
    for (int from = -1; from != begin;) {
      from = before[end];
      row_[end] = from;
      const int of_from = column_[from];
      column_[from] = end;
      end = of_from;
    }
  }

  const std::int32_t* cost_;
  std::int32_t price_[kSize], row_[kSize], column_[kSize];  // of each column, column and row; -1: none
};

void assign_all(const std::int32_t* cost, std::int32_t* columns) { Pairing(cost).write(columns); }

// NOLINTNEXTLINE(google-readability-namespace-comments)
}  // namespace nf::kernels::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace nf::kernels {
void assign(const std::int32_t* cost, std::int32_t* columns) { NF_DISPATCH(assign_all)(cost, columns); }
}  // namespace nf::kernels
#endif
