#pragma once
// What can be said about the log-densities of all rows.
#include <cstdint>
#include <vector>

#include "nf/core/spec.h"

namespace nf::compare {

// Values are kept, eight bytes a row, since a trimmed mean needs the number of rows. NaN is left out. The lower-trimmed
// mean leaves out the 0.1 % of rows with the lowest log-densities and so is too high, by lower_trimmed_bias = it -
// mean; the two-sided one leaves out the highest 0.1 % as well.
class Summary {
 public:
  void add(const std::vector<double>& log_probs, const std::vector<std::uint64_t>& records);
  // Of bounds: the standard deviations over each row's draws, whose mean json() shows as draw_spread.
  void add_spread(const std::vector<double>& spread);
  void add_error(const std::vector<double>& errors);  // of rows; shown as the root of their mean square
  bool empty() const { return values_.empty(); }
  // unit: what a value in nats is multiplied by; for bits per dimension it is negative. REQUIRES: !empty().
  Json json(double unit, std::uint64_t bad_rows) const;

 private:
  std::vector<double> values_;
  double worst_ = 0;
  std::uint64_t worst_row_ = 0;
  double spreads_ = 0, error_squares_ = 0;
  std::int64_t spread_rows_ = 0, error_rows_ = 0;
};

}  // namespace nf::compare
