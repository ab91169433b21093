#pragma once
#include <cstddef>
#include <string>
#include <vector>

#include "nf/core/manifold.h"
#include "nf/core/params.h"

namespace nf {

// Where a slot's numbers stand in theta.
struct Place {
  std::size_t offset = 0;
  std::ptrdiff_t ld = 0;
  std::size_t at(int row, int col = 0) const { return offset + row * ld + col; }
};

// A block that a flow's units share: each adds its part and keeps where it begins.
struct Shared {
  int size = 0;
  int add(int count, int multiple = 1) {
    const int begin = (size + multiple - 1) / multiple * multiple;
    size = begin + count;
    return begin;
  }
};

// What the units of a flow ask for beside their slots.
struct Wants {
  Shared prepared;  // numbers that follow from theta (Pass::prepared)
  Shared stats;     // sums over training rows (Pass::stats)
  Shared streams;   // of random numbers (Noise::normals)
};

// Where a layer or a base is built: the flow's width there, its context's, the slots, the unit's name ("layers.3",
// "base"), and what its columns are: a layer maps each onto itself (empty: all are lines).
struct Site {
  int dim = 0, context = 0;
  Params& params;
  Wants& wants;
  std::string name;
  std::vector<Manifold> manifolds = {};
  Manifold manifold(int column) const { return manifolds.empty() ? Manifold::kLine : manifolds[column]; }
  // A slot of this unit, "layers.3.mean" for "mean".
  Place add(const char* what, int rows, int cols, bool trainable = true) const {
    const Slot& slot =
        params[params.add({.name = name + "." + what, .rows = rows, .cols = cols, .trainable = trainable})];
    return {slot.offset, slot.ld};
  }
  // Room among the prepared numbers, 64-byte aligned.
  int prepare(int count) const { return wants.prepared.add(count, 16); }
};

}  // namespace nf
