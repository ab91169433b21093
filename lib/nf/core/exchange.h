#pragma once
// Ranks: processes, or threads, that each do a part of every step and add up what they found.
#include <span>

namespace nf {

// All ranks call the same functions in the same order, each with as many values. Sums are pairwise in the order of the
// ranks, split before the largest power of two below their number, so every rank gets the same bits, and the sums of
// ranks that hold neighbouring parts are those of one rank that adds up all parts that way (tree_sum).
class Exchange {
 public:
  virtual ~Exchange() = default;
  virtual int rank() const = 0;  // 0 .. size() - 1
  virtual int size() const = 0;
  virtual void sum(std::span<float> values) = 0;
  virtual void sum(std::span<double> values) = 0;
};

// One rank.
class Alone final : public Exchange {
 public:
  int rank() const override { return 0; }
  int size() const override { return 1; }
  void sum(std::span<float>) override {}
  void sum(std::span<double>) override {}
};

// values[0] + values[stride] + ..., `count` of them, added up pairwise as above.
template <class T>
T tree_sum(const T* values, int count, int stride = 1) {
  if (count == 0) return T(0);
  if (count == 1) return values[0];
  int half = 1;
  while (2 * half < count) half *= 2;
  return tree_sum(values, half, stride) + tree_sum(values + half * stride, count - half, stride);
}

}  // namespace nf
