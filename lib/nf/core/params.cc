#include "nf/core/params.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "nf/core/error.h"

namespace nf {

int Params::add(Slot slot) {
  numbers_ += static_cast<std::size_t>(slot.rows) * static_cast<std::size_t>(slot.cols);
  if (numbers_ > most_numbers_)
    throw Error(fmt::format("the spec asks for {} numbers or more, up to '{}', where {} may be", numbers_, slot.name,
                            most_numbers_));
  if (slots_.size() == most_slots_)
    throw Error(fmt::format("the spec asks for more than {} tensors: '{}' is one more", most_slots_, slot.name));
  slot.ld = slot.cols;
  if (slot.rows > 1) {
    slot.ld = (slot.cols + 15) / 16 * 16;
    if (slot.ld % 128 == 0) slot.ld += 16;  // rows a power of two apart share few cache sets
  }
  slot.offset = size_;
  const auto numbers = static_cast<std::size_t>(slot.rows) * static_cast<std::size_t>(slot.ld);
  size_ += (numbers + 15) / 16 * 16;
  slots_.push_back(std::move(slot));
  return static_cast<int>(slots_.size()) - 1;
}

std::size_t Params::count() const {
  std::size_t total = 0;
  for (const Slot& slot : slots_) {
    if (!slot.trainable) continue;
    for (int row = 0; row < slot.rows; ++row) total += static_cast<std::size_t>(slot.live(row));
  }
  return total;
}

std::vector<Range> Params::ranges(std::size_t longest, std::size_t bridge) const {
  std::vector<Range> ranges;
  const auto add = [&](std::size_t begin, std::size_t end, bool decay) {
    for (; begin < end; begin += longest) ranges.push_back({begin, std::min(longest, end - begin), decay});
  };
  for (const Slot& slot : slots_) {
    if (!slot.trainable) continue;
    std::size_t begin = slot.offset, end = begin;
    for (int row = 0; row < slot.rows; ++row) {
      const auto live = static_cast<std::size_t>(slot.live(row));
      if (live == 0) continue;
      if (end == begin || slot.at(row) > end + bridge) {
        add(begin, end, slot.decay);
        begin = slot.at(row);
      }
      end = slot.at(row) + live;
    }
    add(begin, end, slot.decay);
  }
  return ranges;
}

}  // namespace nf
