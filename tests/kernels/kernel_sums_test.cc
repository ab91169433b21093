#include "kernels/kernels_test.h"

namespace nf::kernels {

BOOST_AUTO_TEST_CASE(column_sums_have_their_twins_bits) {
  on_every_target([] {
    Numbers numbers(1);
    for (int columns : {0, 1, 2, 7, 64}) {
      Buffer a(static_cast<std::size_t>(columns) * kRows);
      numbers.fill(a, 100);
      std::vector<double> sum(kRows, 0.25), expected(sum);
      sum_columns(a.data(), columns, sum.data());
      plain::sum_columns(a.data(), columns, expected.data());
      BOOST_TEST((sum == expected));
      sum_squares(a.data(), columns, sum.data());
      plain::sum_squares(a.data(), columns, expected.data());
      BOOST_TEST((sum == expected));
    }
  });
}

}  // namespace nf::kernels
