#include "nf/compare/columns.h"

#include "compare/compare_test.h"

namespace nf::compare {
namespace {

double distance(const std::vector<double>& a, const std::vector<double>& b) {
  Pool pool(1);
  return ks({a.data(), static_cast<Eigen::Index>(a.size()), 1}, {b.data(), static_cast<Eigen::Index>(b.size()), 1},
            pool)[0]
      .distance;
}

BOOST_AUTO_TEST_CASE(ks_distances_of_small_samples_are_as_counted_by_hand) {
  BOOST_TEST(distance({1, 2, 3}, {4, 5}) == 1.0);
  BOOST_TEST(distance({4, 5}, {3, 2, 1}) == 1.0);
  BOOST_TEST(distance({1, 3}, {2, 4}) == 0.5);
  BOOST_TEST(distance({1, 2, 3, 4}, {1, 2, 3, 4}) == 0.0);
  BOOST_TEST(distance({0, 0, 0, 1}, {0, 1, 1, 1}) == 0.5);  // tied values count together
  BOOST_TEST(distance({0, 1, 0, 1}, {1, 0}) == 0.0);        // equal shares in tables of unequal length
  BOOST_TEST(distance({0, 1}, {0, 0, 1, 1}) == 0.0);
  BOOST_TEST(distance({0, 0, 1, 2}, {0, 1, 1, 2}) == 0.25);  // 1/2 against 1/4 behind 0
}

BOOST_AUTO_TEST_CASE(kolmogorovs_distribution_has_its_published_values) {
  BOOST_TEST(kolmogorov_survival(0) == 1.0);
  BOOST_TEST(kolmogorov_survival(1.2238478702170825) == 0.10, boost::test_tools::tolerance(1e-12));
  BOOST_TEST(kolmogorov_survival(1.3580986393225507) == 0.05, boost::test_tools::tolerance(1e-12));
  BOOST_TEST(kolmogorov_survival(1.6276236115189504) == 0.01, boost::test_tools::tolerance(1e-12));
  BOOST_TEST(kolmogorov_survival(0.8275735551899077) == 0.5, boost::test_tools::tolerance(1e-12));
  // Where one series takes over from the other.
  BOOST_TEST(kolmogorov_survival(1) == kolmogorov_survival(std::nextafter(1.0, 2.0)),
             boost::test_tools::tolerance(1e-13));
  BOOST_TEST(kolmogorov_survival(0.05) == 1.0);
  BOOST_TEST(kolmogorov_survival(6) < 1e-30);
}

BOOST_AUTO_TEST_CASE(ks_p_values_of_equal_tables_are_uniform) {
  constexpr int kColumns = 400;
  Pool pool(1);
  const Table a = normals(500, kColumns, 1), b = normals(700, kColumns, 2);
  double mean = 0;
  int small = 0;
  for (const KsResult& result : ks(a.view(), b.view(), pool)) {
    mean += result.p_value / kColumns;
    small += result.p_value < 0.1;
  }
  BOOST_TEST(std::abs(mean - 0.5) < 4 / std::sqrt(12.0 * kColumns));
  BOOST_TEST(std::abs(small - 0.1 * kColumns) < 4 * std::sqrt(0.09 * kColumns));
}

// y = r x + sqrt(1 - r^2) e in columns 0 and 2.
Table correlated(int rows, double r, std::uint64_t seed) {
  Table table = normals(rows, 3, seed);
  for (std::size_t i = 0; i < table.values.size(); i += 3)
    table.values[i + 2] = 5 + 100 * (r * table.values[i] + std::sqrt(1 - r * r) * table.values[i + 2]);
  return table;
}

BOOST_AUTO_TEST_CASE(the_pair_whose_correlation_changed_is_found) {
  const Table a = correlated(40000, 0.2, 1), b = correlated(30000, 0.7, 2);
  const CorrelationDifference there = correlation_difference(a.view(), b.view());
  BOOST_TEST(there.first == 0);
  BOOST_TEST(there.second == 2);
  BOOST_TEST(std::abs(there.largest - 0.5) < 0.02);
  BOOST_TEST(std::abs(there.rms - 0.5 / std::sqrt(3.0)) < 0.02);
  BOOST_TEST(correlation_difference(b.view(), a.view()).largest == -there.largest);
}

BOOST_AUTO_TEST_CASE(constant_and_single_columns_have_no_correlation) {
  const std::vector<double> constant = {0.1, 1, 0.1, 2, 0.1, 3}, varies = {1, 1, 2, 2, 3, 3};
  const CorrelationDifference change = correlation_difference({constant.data(), 3, 2}, {varies.data(), 3, 2});
  BOOST_TEST(change.largest == 1.0, boost::test_tools::tolerance(1e-12));
  BOOST_TEST(correlation_difference({constant.data(), 6, 1}, {varies.data(), 6, 1}).first == -1);
}

BOOST_AUTO_TEST_CASE(tables_that_cannot_be_compared_are_refused) {
  const std::vector<double> good = {1, 2, 3, 4, 5, 6}, bad = {1, 2, 3, 4, NAN, 6};
  const auto message = [&](const TableView& a, const TableView& b) {
    try {
      require_comparable(a, b);
    } catch (const Error& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  BOOST_TEST(message({good.data(), 3, 2}, {good.data(), 2, 3}) == "tables with 2 and 3 columns cannot be compared");
  BOOST_TEST(message({good.data(), 3, 2}, {bad.data(), 3, 2}) ==
             "the second table's row 3, column 1: nan is not finite");
  BOOST_TEST(message({good.data(), 1, 2}, {good.data(), 3, 2}) == "the first table has 1 rows: at least 2 are needed");
  BOOST_TEST(message({good.data(), 3, 2}, {good.data(), 2, 2}).empty());
}

}  // namespace
}  // namespace nf::compare
