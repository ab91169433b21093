#pragma once
// What the kernels' tests share: every target in turn, aligned memory between sentinels, random numbers.
#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "nf/kernels/kernels.h"

namespace nf::kernels {

// Runs the body on every target of this machine, and goes back to the one before.
template <class Body>
void on_every_target(Body body) {
  const std::string before = target();
  for (int i = 0; i < num_targets(); ++i) {
    choose_target(target_name(i));
    BOOST_TEST_CONTEXT("target " << target()) { body(); }
  }
  choose_target(before.c_str());
}

// For maps that want none.
alignas(64) inline float no_scratch[kRows];

inline constexpr float kSentinel = -1.2345e20f;

// `size` values, 64-byte aligned, with sentinels on both sides.
class Buffer {
 public:
  explicit Buffer(std::size_t size, float value = 0) : values_(size + 2 * kMargin, value), size_(size) {
    const std::size_t address = reinterpret_cast<std::size_t>(values_.data()) / sizeof(float);
    start_ = kMargin - address % kMargin;
    std::fill(values_.begin(), values_.begin() + static_cast<std::ptrdiff_t>(start_), kSentinel);
    std::fill(values_.begin() + static_cast<std::ptrdiff_t>(start_ + size), values_.end(), kSentinel);
  }
  Buffer(const Buffer& other) : Buffer(other.size_) {
    for (std::size_t i = 0; i < size_; ++i) (*this)[i] = other[i];
  }
  Buffer& operator=(const Buffer&) = delete;

  float* data() { return values_.data() + start_; }
  const float* data() const { return values_.data() + start_; }
  float& operator[](std::size_t i) { return values_[start_ + i]; }
  float operator[](std::size_t i) const { return values_[start_ + i]; }
  std::size_t size() const { return size_; }

  bool margins_intact() const {
    for (std::size_t i = 0; i < values_.size(); ++i) {
      if ((i < start_ || i >= start_ + size_) && values_[i] != kSentinel) return false;
    }
    return true;
  }

 private:
  static constexpr std::size_t kMargin = 16;  // values in 64 bytes
  std::vector<float> values_;
  std::size_t start_ = 0, size_ = 0;
};

class Numbers {
 public:
  explicit Numbers(unsigned seed) : engine_(seed) {}
  int integer(int low, int high) { return low + static_cast<int>(engine_() % static_cast<unsigned>(high - low + 1)); }
  bool coin() { return integer(0, 1) == 1; }
  float real(float scale = 1) { return scale * (static_cast<float>(engine_() >> 8) * 0x1p-23f - 1.0f); }
  void fill(Buffer& b, float scale = 1) {
    for (std::size_t i = 0; i < b.size(); ++i) b[i] = real(scale);
  }
  // 0 <= .. <= high, not decreasing.
  std::vector<int> staircase(int count, int high) {
    std::vector<int> steps(count);
    for (int& step : steps) step = integer(0, high);
    std::sort(steps.begin(), steps.end());
    return steps;
  }

 private:
  std::mt19937 engine_;
};

// Within `most`, relative to 1 and to b, and nothing beside a's values touched.
inline void check_close(const Buffer& a, const Buffer& b, float most = 1e-5f) {
  float worst = 0;
  for (std::size_t i = 0; i < a.size(); ++i) worst = std::max(worst, std::fabs(a[i] - b[i]) / (1 + std::fabs(b[i])));
  BOOST_TEST(worst <= most);
  BOOST_TEST(a.margins_intact());
}

inline bool same_bits(const float* a, const float* b, std::size_t n) {
  return std::memcmp(a, b, n * sizeof(float)) == 0;
}

// The distance of y from the exact value in units of the last place of the float nearest to it, denormals counted as
// multiples of the smallest normal's unit.
inline double ulps(float y, double exact) {
  const float rounded = static_cast<float>(exact);
  if (std::isnan(exact) || std::isnan(y)) return std::isnan(exact) && std::isnan(y) ? 0 : 1e30;
  if (std::isinf(rounded) || std::isinf(y)) return rounded == y ? 0 : 1e30;
  int exponent = 0;
  std::frexp(std::fabs(rounded), &exponent);
  return std::fabs(static_cast<double>(y) - exact) / std::ldexp(1.0, std::max(exponent, -125) - 24);
}

}  // namespace nf::kernels
