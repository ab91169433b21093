#pragma once
// A column's numbers in order, and what is seen of them so.
#include <cstddef>
#include <vector>

#include "nf/data/sample.h"

namespace nf {
inline namespace NF_PRECISION {

struct Profile {
  struct Run {
    double value;
    std::size_t count;
  };
  std::vector<double> sorted;  // without gaps and words
  std::vector<Run> runs;       // different values
  std::size_t kinds = 0;       //   and how many there are of them, words and gaps
  bool whole = true;           // all are whole numbers
  double median = 0, quartiles = 0;

  std::size_t count() const { return sorted.size(); }
  double quantile(double share) const {
    return sorted[static_cast<std::size_t>(share * static_cast<double>(sorted.size() - 1) + 0.5)];
  }
  bool varies() const { return runs.size() > 1; }
  double low() const { return sorted.front(); }
  double high() const { return sorted.back(); }
};

Profile profile(std::vector<double> numbers);
Profile profile(const Sample& table, const std::vector<std::size_t>& rows, std::size_t j);
// Of every column.
std::vector<Profile> profiles(const Sample& table, const std::vector<std::size_t>& rows, int threads);
// All, or 200000 or so of them from all over the table, with each column's extremes.
std::vector<std::size_t> rows_to_look_at(const Sample& table);

// Values that are repeated at one end, far from all others, as instruments write for "missing".
struct Marks {
  std::vector<Profile::Run> runs;
  double nearest = 0;  // of the others
  bool has(double value) const;
};
Marks find_marks(const Profile& column);
// One value that many rows share where the others hardly repeat; null: none. `rows`: of the column.
const Profile::Run* find_spike(const Profile& column);

}  // namespace NF_PRECISION
}  // namespace nf
