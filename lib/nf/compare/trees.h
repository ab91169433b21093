#pragma once
// Gradient-boosted trees that tell the rows of two tables apart: they see what a smooth classifier does not, values
// that repeat exactly, whole numbers, spikes and gaps. Friedman, Greedy function approximation: a gradient boosting
// machine, 2001; Ke et al., LightGBM: a highly efficient gradient boosting decision tree, 2017 (histograms, best leaf
// first).
#include <cstdint>
#include <vector>

#include "nf/compare/labelled.h"

namespace nf::compare {

struct TreeOptions {
  int rounds = 200, patience = 20;  // trees at most; the number with the least loss on a tenth kept aside is taken
  int leaves = 31, least_rows = 20;
  double rate = 0.1, penalty = 1;
  int most_features = 64;  // that a tree may use, drawn at random
};

// The logits of the rows of `fold` in their order, learned from all other rows; both classes are weighted equally. The
// features of a column are its value, how many other rows of the training folds have exactly that value, and whether it
// is a whole number. All are 0 where nothing helped the rows kept aside.
std::vector<double> tree_logits(const Labelled& data, int fold, const TreeOptions& options, std::uint64_t seed);

}  // namespace nf::compare
