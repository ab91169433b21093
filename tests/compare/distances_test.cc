#include "nf/compare/distances.h"

#include "compare/compare_test.h"

namespace nf::compare {
namespace {

constexpr double kShift = 0.8;
// Standard deviation of the even mixture of two normals a shift apart.
double pooled(double shift) { return std::sqrt(1 + shift * shift / 4); }

BOOST_AUTO_TEST_CASE(quantiles_of_samples_of_unequal_length_are_integrated_exactly) {
  Pool pool(1);
  // Quantile functions 0, 6 (halves) and 0, 3, 6 (thirds) differ by 3 for 1/6 + 1/6 of the time.
  const std::vector<double> a = {6, 0}, b = {3, 6, 0};
  const double unit = pooled_moments({a.data(), 2, 1}, {b.data(), 3, 1})[0].sd;
  BOOST_TEST(unit == std::sqrt((9 + 6) / 2.0), boost::test_tools::tolerance(1e-14));
  BOOST_TEST(sliced_wasserstein({a.data(), 2, 1}, {b.data(), 3, 1}, 5, 1, pool) == 1 / unit,
             boost::test_tools::tolerance(1e-14));
}

BOOST_AUTO_TEST_CASE(a_shift_in_one_column_is_its_own_wasserstein_distance) {
  Pool pool(1);
  const Table a = normals(20000, 1, 1), b = normals(30000, 1, 2, kShift);
  BOOST_TEST(std::abs(sliced_wasserstein(a.view(), b.view(), 128, 0, pool) - kShift / pooled(kShift)) < 0.03);
}

BOOST_AUTO_TEST_CASE(a_shift_in_three_columns_is_seen_by_directions_at_random) {
  Pool pool(1);
  // All columns shifted: |d| = sqrt 3 shift, and the mean of |cos| over directions in space is 1/2.
  const Table a = normals(3000, 3, 1), b = normals(2000, 3, 2, kShift);
  const double expected = std::sqrt(3.0) * kShift / pooled(kShift) / 2;
  BOOST_TEST(std::abs(sliced_wasserstein(a.view(), b.view(), 2000, 0, pool) - expected) < 0.05);
}

// E|N(mean, 2)|.
double mean_distance(double mean) {
  const double pi = std::acos(-1.0);
  return 2 / std::sqrt(pi) * std::exp(-mean * mean / 4) + mean * (1 - 2 * normal_cdf(-mean / std::sqrt(2.0)));
}

BOOST_AUTO_TEST_CASE(energy_distance_of_a_shift_is_as_integrated) {
  Pool pool(1);
  const Table a = normals(6000, 1, 1), b = normals(5000, 1, 2, kShift);
  const double expected = 2 * (mean_distance(kShift) - mean_distance(0)) / pooled(kShift);
  BOOST_TEST(std::abs(energy_distance(a.view(), b.view(), 4000, 0, pool) - expected) < 0.03);
}

BOOST_AUTO_TEST_CASE(energy_distance_of_small_tables_is_as_counted_by_hand) {
  Pool pool(1);
  const std::vector<double> a = {0, 0, 4, 0}, b = {0, 3, 4, 3};  // points of the plane; both columns have spread
  const std::vector<Moments> unit = pooled_moments({a.data(), 2, 2}, {b.data(), 2, 2});
  const double x = 4 / unit[0].sd, y = 3 / unit[1].sd;
  const double expected = 2 * (2 * y + 2 * std::hypot(x, y)) / 4 - x - x;
  BOOST_TEST(energy_distance({a.data(), 2, 2}, {b.data(), 2, 2}, 10, 0, pool) == expected,
             boost::test_tools::tolerance(1e-12));
}

BOOST_AUTO_TEST_CASE(energy_distance_of_equal_tables_is_around_zero) {
  Pool pool(1);
  double sum = 0;
  int negative = 0;
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const double distance =
        energy_distance(normals(500, 2, 2 * seed).view(), normals(300, 2, 2 * seed + 1).view(), 1000, seed, pool);
    sum += distance;
    negative += distance < 0;
  }
  BOOST_TEST(std::abs(sum / 20) < 0.003);  // with the pairs of a row with itself: 0.009
  BOOST_TEST(negative > 2);
}

BOOST_AUTO_TEST_CASE(distances_do_not_depend_on_threads_or_units) {
  Pool one(1), two(2);
  Table a = normals(1000, 3, 1), b = normals(700, 3, 2, 0.1);
  const double sliced = sliced_wasserstein(a.view(), b.view(), 20, 7, one);
  const double energy = energy_distance(a.view(), b.view(), 500, 7, one);
  BOOST_TEST(sliced_wasserstein(a.view(), b.view(), 20, 7, two) == sliced);
  BOOST_TEST(energy_distance(a.view(), b.view(), 500, 7, two) == energy);
  for (Table* table : {&a, &b})
    for (double& value : table->values) value = 1000 - 8 * value;
  BOOST_TEST(sliced_wasserstein(a.view(), b.view(), 20, 7, one) == sliced, boost::test_tools::tolerance(1e-9));
  BOOST_TEST(energy_distance(a.view(), b.view(), 500, 7, one) == energy, boost::test_tools::tolerance(1e-9));
}

BOOST_AUTO_TEST_CASE(drawn_rows_differ_and_each_is_drawn_as_often) {
  std::vector<int> seen(10);
  for (std::uint64_t seed = 0; seed < 2000; ++seed) {
    const std::vector<Eigen::Index> rows = draw_rows(10, 3, seed);
    BOOST_REQUIRE(rows.size() == 3u);
    BOOST_TEST((rows[0] != rows[1] && rows[0] != rows[2] && rows[1] != rows[2]));
    for (const Eigen::Index row : rows) ++seen[row];
  }
  for (const int count : seen) BOOST_TEST(std::abs(count - 600) < 4 * std::sqrt(2000 * 0.3 * 0.7));
  BOOST_TEST(draw_rows(4, 100, 0).size() == 4u);
}

}  // namespace
}  // namespace nf::compare
