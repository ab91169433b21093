#pragma once
// theta: every number of a flow in one flat block, and the named slots that say what stands where.
//
// Layers hold shapes and slot numbers, never numbers: theta and its gradient are handed in. Whoever walks over all
// parameters (optimiser, norms, saving, finite differences) loops over the slots' live ranges; theta and dtheta are
// exactly 0 outside them.
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace nf {

struct Slot {
  std::string name;               // "layers.0.net.weight.1"
  int rows = 1, cols = 0;         // row-major
  std::vector<int> row_len = {};  // live prefix of each row; empty: whole rows
  bool trainable = true;
  bool decay = false;      // weight decay applies: weights, never biases, scales or statistics
  std::size_t offset = 0;  // set by Params::add: a multiple of 16
  int ld = 0;              // set by Params::add: distance between rows, >= cols, kept off powers of two

  int live(int row) const { return row_len.empty() ? cols : row_len[row]; }
  std::size_t at(int row, int col = 0) const {
    return offset + static_cast<std::size_t>(row) * static_cast<std::size_t>(ld) + col;
  }
};

// A run of live numbers in theta.
struct Range {
  std::size_t offset = 0, length = 0;
  bool decay = false;
};

class Params {
 public:
  static constexpr std::size_t kBridge = 64;  // of ranges() for kernels
  // The most that may be added. A flow from a file has what the file holds: a spec that asks for more is refused before
  // anything takes memory by what it says.
  explicit Params(std::size_t most_numbers = std::size_t{1} << 31, std::size_t most_slots = SIZE_MAX)
      : most_numbers_(most_numbers), most_slots_(most_slots) {}
  int add(Slot slot);  // returns the slot's number; throws Error beyond the most
  const Slot& operator[](int slot) const { return slots_[slot]; }
  const std::vector<Slot>& slots() const { return slots_; }
  std::size_t size() const { return size_; }             // of theta, padding included
  std::size_t count() const;                             // live trainable numbers
  // Trainable live ranges in order, cut to at most `longest`. Those of one slot with at most `bridge` numbers between
  // them, which are 0 and stay so, are one: short ranges take longer than the numbers in between.
  std::vector<Range> ranges(std::size_t longest, std::size_t bridge = 0) const;

 private:
  std::vector<Slot> slots_;
  std::size_t size_ = 0, numbers_ = 0, most_numbers_, most_slots_;
};

}  // namespace nf
