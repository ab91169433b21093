#pragma once
// The twin of assign (assignment.h), for any size: rows and columns paired so that the sum of their costs is least.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <utility>
#include <vector>

namespace nf::kernels::plain {

// cost[n i + j] of row i and column j, at most 2^29 / n in size; returns each row's column. Rows bid for columns, then
// those that are left over go shortest augmenting paths: Jonker, Volgenant, A shortest augmenting path algorithm for
// dense and sparse linear assignment problems, 1987. O(n^3). n is fixed for the inner loops' sake.
template <int n>
class Assignment {
 public:
  explicit Assignment(const std::int32_t* cost) : cost_(cost) {
    row_.fill(-1);
    column_.fill(-1);
    start();
    bid();
    for (int i = 0; i < n; ++i)
      if (column_[i] < 0) augment(i);
  }
  const std::array<int, n>& columns() const { return column_; }  // of each row

 private:
  using Costs = std::array<std::int32_t, n>;
  static constexpr std::int32_t kNever = std::numeric_limits<std::int32_t>::max();

  const std::int32_t* costs(int i) const { return cost_ + static_cast<std::ptrdiff_t>(n) * i; }
  static std::int32_t least_of(const Costs& some) {
    std::int32_t least = kNever;
    for (int j = 0; j < n; ++j) least = some[j] < least ? some[j] : least;
    return least;
  }
  static int place_of(std::int32_t value, const Costs& some) {
    return static_cast<int>(std::find(some.begin(), some.end(), value) - some.begin());
  }

  // Every column's price is its least cost; a row takes the last of those where it is the one that pays it.
  void start() {
    std::array<int, n> best = {};
    std::copy_n(cost_, n, price_.begin());
    for (int i = 1; i < n; ++i)
      for (int j = 0; j < n; ++j)
        if (costs(i)[j] < price_[j]) price_[j] = costs(i)[j], best[j] = i;
    for (int j = n - 1; j >= 0; --j)
      if (column_[best[j]] < 0) column_[best[j]] = j, row_[j] = best[j];
  }

  // A free row takes its best column for as much as makes the second best as good, and turns that one's row out.
  void bid() {
    constexpr int kRounds = 3, kMostBids = 16 * n;
    std::vector<int> free, turned_out;
    for (int i = 0; i < n; ++i)
      if (column_[i] < 0) free.push_back(i);
    int bids = 0;
    for (int round = 0; round < kRounds && n > 1; ++round) {
      turned_out.clear();
      for (const int first : free)
        for (int i = first; i >= 0;) {
          Costs reduced;
          for (int j = 0; j < n; ++j) reduced[j] = costs(i)[j] - price_[j];
          const std::int32_t least = least_of(reduced);
          const int best = place_of(least, reduced), other = row_[best];
          reduced[best] = kNever;
          const std::int32_t second = least_of(reduced);
          price_[best] -= second - least;
          row_[best] = i;
          column_[i] = best;
          if (other >= 0) column_[other] = -1;
          const bool goes_on = second > least && ++bids < kMostBids;
          if (other >= 0 && !goes_on) turned_out.push_back(other);
          i = goes_on ? other : -1;
        }
      free.swap(turned_out);
    }
  }

  void augment(int begin) {
    Costs open, far;  // ways from `begin` to each column: not yet left; the shortest
    for (int j = 0; j < n; ++j) open[j] = far[j] = costs(begin)[j] - price_[j];
    std::array<int, n> before;
    before.fill(begin);
    std::vector<int> left;
    std::int32_t least = least_of(open);
    int end = place_of(least, open);
    while (row_[end] >= 0) {
      open[end] = kNever;
      left.push_back(end);
      const int next = row_[end];
      const std::int32_t less = costs(next)[end] - price_[end] - least;
      for (int j = 0; j < n; ++j) {
        const std::int32_t way = costs(next)[j] - price_[j] - less;
        if (open[j] == kNever || way >= open[j]) continue;
        open[j] = far[j] = way;
        before[j] = next;
      }
      least = least_of(open);
      end = place_of(least, open);
    }
    for (const int j : left) price_[j] += far[j] - least;
    for (int from = -1; from != begin;) {
      from = before[end];
      row_[end] = from;
      std::swap(column_[from], end);
    }
  }

  const std::int32_t* cost_;
  Costs price_;
  std::array<int, n> row_, column_;  // of each column and row; -1: none
};

}  // namespace nf::kernels::plain
