#pragma once
// What a column's words are: names of something, or numbers, dates and gaps as tables write them.
#include <string>
#include <vector>

#include "nf/data/sample.h"

namespace nf {
inline namespace NF_PRECISION {

// A column after tidying. Cells are numbers (of dates: seconds since 1970), kGap, or words.
struct Content {
  std::size_t numbers = 0, gaps = 0, words = 0;  // cells of each
  bool dates = false;                            // the numbers are
  std::string date = {};                         //   and how they are written (io/date.h)
  std::string gap = {};                          // how gaps are, most often
};

// Reads the sample's words: in each column gaps become kGap, and numbers or dates, where no other word is, numbers.
// What stays are words; where those are many, the numbers beside them become words too.
std::vector<Content> tidy(Sample& sample);
// Makes another sample's cells what those of a column with this content are.
void tidy(Sample& sample, const std::vector<Content>& as);
// All numbers of column j become words, as they are printed.
void name_numbers(Sample& sample, std::size_t j);

}  // namespace NF_PRECISION
}  // namespace nf
