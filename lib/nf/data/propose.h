#pragma once
// What a table's columns are, as far as their cells tell: the door for each, and why.
#include <string>
#include <vector>

#include "nf/data/profile.h"
#include "nf/data/tidy.h"

namespace nf {
inline namespace NF_PRECISION {

struct Proposal {
  Json door = nullptr;  // a wish for measure_door; null: the column says nothing of other rows and is left out
  std::string why = {};
};

struct ProposeOptions {
  bool circles = true;  // angles may be proposed: x's layers keep them
  bool asked = false;   // every column is wanted, and none left out
  int threads = 1;
};

// Of a tidy sample, x's columns first.
std::vector<Proposal> propose(const Sample& table, const std::vector<Content>& contents, const ProposeOptions& options);
// The door asked for, with one around it for the gaps and words that the column has beside numbers.
Json with_gaps(const Json& wish, const Content& content, const std::vector<std::string>& words);

}  // namespace NF_PRECISION
}  // namespace nf
