#include "nf/kernels/assignment.h"

#include <numeric>

#include "kernels/kernels_test.h"
#include "nf/core/random.h"
#include "nf/kernels/plain_assignment.h"

namespace nf::kernels {
namespace {

// As all orders tried in turn say; small costs make ties.
template <int n>
void cheapest_of_all(std::uint64_t below) {
  Uniforms random(n, Stream::kTest);
  for (int repeat = 0; repeat < 200; ++repeat) {
    std::vector<std::int32_t> cost(n * n);
    for (std::int32_t& one : cost) one = static_cast<std::int32_t>(random.below(below));
    const plain::Assignment<n> assignment(cost.data());
    std::int64_t sum = 0, least = INT64_MAX;
    std::vector<int> seen(n), order(n);
    for (int i = 0; i < n; ++i) {
      sum += cost[n * i + assignment.columns()[i]];
      ++seen[assignment.columns()[i]];
    }
    BOOST_TEST((seen == std::vector<int>(n, 1)));
    std::iota(order.begin(), order.end(), 0);
    do {
      std::int64_t other = 0;
      for (int i = 0; i < n; ++i) other += cost[n * i + order[i]];
      least = std::min(least, other);
    } while (std::next_permutation(order.begin(), order.end()));
    BOOST_TEST(sum == least);
  }
}

BOOST_AUTO_TEST_CASE(no_other_pairing_costs_less) {
  for (const std::uint64_t below : {3, 1000000}) {
    cheapest_of_all<1>(below);
    cheapest_of_all<2>(below);
    cheapest_of_all<3>(below);
    cheapest_of_all<6>(below);
  }
}

BOOST_AUTO_TEST_CASE(points_on_a_line_are_paired_in_order) {
  constexpr int n = 64;
  std::vector<std::int32_t> cost(n * n);
  for (int i = 0; i < n; ++i)
    for (int j = 0; j < n; ++j) cost[n * i + j] = (i - (n - 1 - j)) * (i - (n - 1 - j)) * 100;
  const plain::Assignment<n> assignment(cost.data());
  for (int i = 0; i < n; ++i) BOOST_TEST(assignment.columns()[i] == n - 1 - i);
}

// The same pairs, ties and all.
BOOST_AUTO_TEST_CASE(fast_pairs_are_the_twins) {
  on_every_target([] {
    Uniforms random(1, Stream::kTest);
    for (const std::uint64_t below : {2, 30, 1000000}) {
      for (int repeat = 0; repeat < 50; ++repeat) {
        std::vector<std::int32_t> cost(kRows * kRows);
        // Of points on lines, as rows of a table are, or of anything.
        std::vector<std::int64_t> x(kRows), z(kRows);
        for (auto* points : {&x, &z})
          for (std::int64_t& one : *points) one = static_cast<std::int64_t>(random.below(1000));
        for (int i = 0; i < kRows; ++i)
          for (int j = 0; j < kRows; ++j)
            cost[kRows * i + j] = repeat % 2 == 0 ? static_cast<std::int32_t>(random.below(below))
                                                  : static_cast<std::int32_t>(-x[i] * z[j] + random.below(below));
        std::vector<std::int32_t> fast(kRows), twin(kRows);
        assign(cost.data(), fast.data());
        plain::assign(cost.data(), twin.data());
        BOOST_TEST(fast == twin);
      }
    }
  });
}

}  // namespace
}  // namespace nf::kernels
