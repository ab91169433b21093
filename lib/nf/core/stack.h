#pragma once
// A stack of tiles: the tape of a forward pass, and the scratch memory of one thread. Memory is kept between uses, so
// nothing is allocated after the first batch.
#include <Eigen/Core>
#include <cstddef>
#include <memory>
#include <vector>

#include "nf/core/types.h"

namespace nf {
inline namespace NF_PRECISION {

class Stack {
 public:
  // Uninitialised, 64-byte aligned, `columns` x 64; stays where it is until popped.
  Real* push(int columns) {
    const std::size_t need = size_of(columns);
    while (current_ < blocks_.size() && blocks_[current_].used + need > blocks_[current_].capacity) ++current_;
    if (current_ == blocks_.size()) add_block(need);
    Block& block = blocks_[current_];
    Real* top = block.data.get() + block.used;
    block.used += need;
    return top;
  }
  // The same pointer again. REQUIRES: what was pushed last, and not popped, had this many columns.
  Real* pop(int columns) {
    const std::size_t need = size_of(columns);
    while (blocks_[current_].used == 0 && current_ > 0) --current_;
    eigen_assert(blocks_[current_].used >= need);
    blocks_[current_].used -= need;
    return blocks_[current_].data.get() + blocks_[current_].used;
  }
  // Where the top is now; release takes back, at once, all that was pushed since.
  struct Mark {
    std::size_t block = 0, used = 0;
  };
  Mark mark() const { return blocks_.empty() ? Mark{} : Mark{current_, blocks_[current_].used}; }
  void release(Mark mark) {
    for (; current_ > mark.block; --current_) blocks_[current_].used = 0;
    if (!blocks_.empty()) blocks_[current_].used = mark.used;
  }
  bool empty() const {
    for (const Block& block : blocks_)
      if (block.used != 0) return false;
    return true;
  }
  void clear() {
    for (Block& block : blocks_) block.used = 0;
    current_ = 0;
  }

 private:
  struct Free {
    void operator()(Real* p) const { Eigen::internal::aligned_free(p); }
  };
  struct Block {
    std::unique_ptr<Real[], Free> data;
    std::size_t capacity = 0, used = 0;
  };
  // Every piece holds at least one column, so that an empty one has an address too and pops stay unambiguous.
  static std::size_t size_of(int columns) { return static_cast<std::size_t>(columns < 1 ? 1 : columns) * kTile; }
  void add_block(std::size_t need) {
    std::size_t capacity = std::size_t{1} << 15;
    for (const Block& block : blocks_) capacity += block.capacity;
    if (capacity < need) capacity = need;
    auto* data = static_cast<Real*>(Eigen::internal::aligned_malloc(capacity * sizeof(Real)));
    blocks_.push_back({std::unique_ptr<Real[], Free>(data), capacity, 0});
  }

  std::vector<Block> blocks_;
  std::size_t current_ = 0;
};

// Tiles that live as long as this object. Of two that share a stack the younger ends first, and with it all that was
// taken from either since it began.
class Scratch {
 public:
  explicit Scratch(Stack& stack) : stack_(stack), mark_(stack.mark()) {}
  ~Scratch() { stack_.release(mark_); }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  Real* get(int columns) { return stack_.push(columns); }
  Tile tile(int columns) { return Tile(get(columns), kTile, columns); }

 private:
  Stack& stack_;
  Stack::Mark mark_;
};

}  // namespace NF_PRECISION
}  // namespace nf
