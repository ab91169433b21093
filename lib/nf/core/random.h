#pragma once
// Randomness by place, not by history: every number is a function of (seed, stream, row, column), so a row never
// depends on batch size, threads or sharding. See kernels.h for the generator.
#include <cstdint>
#include <utility>
#include <vector>

#include "nf/core/pass.h"
#include "nf/kernels/kernels.h"

namespace nf {

// Seeds for the parts of what one seed fixes: epochs, folds, groups of columns.
inline std::uint64_t seed_of_part(std::uint64_t seed, std::uint64_t part) {
  return seed + 0x9E3779B97F4A7C15u * (part + 1);
}

// A seed whose parts are not those of others that came by addition (Steele, Lea, Flood, SplitMix, 2014).
inline std::uint64_t scrambled(std::uint64_t seed) {
  seed = (seed ^ seed >> 30) * 0xBF58476D1CE4E5B9u;
  seed = (seed ^ seed >> 27) * 0x94D049BB133111EBu;
  return seed ^ seed >> 31;
}

inline namespace NF_PRECISION {

// What the numbers are for; part of the counter, so purposes never share numbers.
enum class Stream : std::uint32_t {
  kBase = 0,
  kBaseMore = 1,
  kInit = 16,
  kShuffle = 17,
  kSplit = 18,
  kPermutation = 19,
  kDistill = 20,
  kContext = 21,
  kTest = 22,
  kTeacher = 23,
  kMatch = 24,
  kMatchTime = 25,
  kLayers = 1 << 16  // the first of the layers' own
};

struct Random {
  std::uint64_t seed = 0;

  // Rows first_row .. first_row + 63, columns 0 .. columns - 1.
  void normals(Stream stream, std::uint64_t first_row, int columns, Real* tile) const {
    kernels::normals({seed, first_row, static_cast<std::uint32_t>(stream), 0, columns}, tile);
  }
  void uniforms(Stream stream, std::uint64_t first_row, int columns, Real* tile) const {
    kernels::uniforms({seed, first_row, static_cast<std::uint32_t>(stream), 0, columns}, tile);
  }
  // In double in both builds, from column `first`, a multiple of 4.
  void uniforms(Stream stream, std::uint64_t first_row, int first, int columns, double* tile) const {
    kernels::uniforms({seed, first_row, static_cast<std::uint32_t>(stream), first, columns}, tile);
  }
};

inline Stream stream_of_layer(int stream) {
  return static_cast<Stream>(static_cast<std::uint32_t>(Stream::kLayers) + static_cast<std::uint32_t>(stream));
}
inline void Noise::normals(int stream, int columns, Real* tile) const {
  Random{seed}.normals(stream_of_layer(stream), first_row, columns, tile);
}
inline void Noise::uniforms(int stream, int columns, Real* tile) const {
  Random{seed}.uniforms(stream_of_layer(stream), first_row, columns, tile);
}

// A sequence of uniforms in (0, 1), for set-up work.
class Uniforms {
 public:
  Uniforms(std::uint64_t seed, Stream stream) : seed_(seed), stream_(static_cast<std::uint32_t>(stream)) {}
  double next() {
    if (at_ == kBatch) {
      kernels::uniforms({seed_, row_, stream_, 0, 4}, buffer_);
      row_ += kernels::kRows;
      at_ = 0;
    }
    return buffer_[at_++];
  }
  // Below n, for n far below 2^32.
  std::uint64_t below(std::uint64_t n) { return static_cast<std::uint64_t>(next() * static_cast<double>(n)); }

 private:
  static constexpr int kBatch = 4 * kernels::kRows;
  alignas(64) double buffer_[kBatch] = {};
  int at_ = kBatch;
  std::uint64_t seed_, row_ = 0;
  std::uint32_t stream_;
};

// Fisher and Yates.
template <class T>
void shuffle(std::vector<T>& items, Uniforms& random) {
  for (std::size_t i = items.size(); i > 1; --i) std::swap(items[i - 1], items[random.below(i)]);
}

}  // namespace NF_PRECISION
}  // namespace nf
