#include "nf/compare/classifier.h"

#include <numbers>

#include "compare/compare_test.h"
#include "nf/compare/auc.h"

namespace nf::compare {
namespace {

constexpr double kLn2 = std::numbers::ln2;

// One small network a fold.
ClassifierOptions quick() {
  ClassifierOptions options;
  options.folds = 3;
  options.members = 1;
  options.hidden = {32, 32};
  options.epochs = 10;
  options.least_steps = 200;
  return options;
}

ClassifierResult classify(const Table& a, const Table& b, int threads = 1, const ClassifierOptions& options = quick()) {
  Pool pool(threads);
  return classifier_two_sample(a.view(), b.view(), options, pool);
}

BOOST_AUTO_TEST_CASE(auc_counts_pairs_and_ties_by_half) {
  BOOST_TEST(auc({1, 2}, {3, 4}).value == 1.0);
  BOOST_TEST(auc({3, 4}, {1, 2}).value == 0.0);
  BOOST_TEST(auc({1, 1, 1}, {1, 1}).value == 0.5);
  BOOST_TEST(auc({0, 2}, {1, 2}).value == (1 + 1 + 0 + 0.5) / 4);
  BOOST_TEST(auc({1, 2}, {3, 4}).error == 0.0);
  // Places of b among a: 1/2, 3/4; of a among b: 0, 3/4: variances (1/8)^2 * 2 / 2 and (3/8)^2 * 2 / 2.
  BOOST_TEST(auc({0, 2}, {1, 2}).error == std::sqrt(1.0 / 64 + 9.0 / 64), boost::test_tools::tolerance(1e-12));
}

BOOST_AUTO_TEST_CASE(auc_error_is_the_scatter_of_auc) {
  double sum = 0, squares = 0, error = 0;
  constexpr int kTimes = 400;
  for (std::uint64_t seed = 0; seed < kTimes; ++seed) {
    const Auc one = auc(normals(100, 1, 2 * seed).values, normals(60, 1, 2 * seed + 1, 1).values);
    sum += one.value, squares += one.value * one.value, error += one.error / kTimes;
  }
  const double mean = sum / kTimes, scatter = std::sqrt(squares / kTimes - mean * mean);
  BOOST_TEST(std::abs(mean - normal_cdf(1 / std::sqrt(2.0))) < 4 * scatter / std::sqrt(kTimes));
  BOOST_TEST(error == scatter, boost::test_tools::tolerance(0.15));
}

BOOST_AUTO_TEST_CASE(equal_tables_cannot_be_told_apart) {
  const ClassifierResult r = classify(normals(3000, 3, 1), normals(2000, 3, 2));
  BOOST_TEST(std::abs(r.auc - 0.5) < 3 * r.auc_error);
  BOOST_TEST(std::abs(r.log_loss - kLn2) < 0.01);
  BOOST_TEST(r.rows_a == 3000);
  BOOST_TEST(r.rows_b == 2000);
}

BOOST_AUTO_TEST_CASE(a_shift_is_found_as_well_as_it_can_be) {
  constexpr double kShift = 1;
  const ClassifierResult r = classify(normals(6000, 1, 1), normals(4000, 1, 2, kShift));
  BOOST_TEST(std::abs(r.auc - normal_cdf(kShift / std::sqrt(2.0))) < 3 * r.auc_error);
  // E log(1 + exp(-L)) for the log odds L ~ N(1/2, 1) of a shift by 1, integrated numerically.
  BOOST_TEST(std::abs(r.log_loss - 0.5817) < 3 * r.log_loss_error);
}

BOOST_AUTO_TEST_CASE(a_smaller_radius_is_found) {
  Table a = normals(6000, 6, 1), b = normals(6000, 6, 2);
  for (double& value : b.values) value *= 0.8;
  const double best = 0.7;  // P(0.64 X < Y) = 0.7015, X and Y chi-squared with 6 degrees of freedom
  const ClassifierResult r = classify(a, b);
  BOOST_TEST(r.auc > best - 0.04);
  BOOST_TEST(r.auc < best + 3 * r.auc_error);
}

BOOST_AUTO_TEST_CASE(a_far_outlier_hides_nothing) {
  Table a = normals(3000, 2, 1), b = normals(3000, 2, 2, 1);
  const double without = classify(a, b).auc;
  a.values[17] = 1e30;
  BOOST_TEST(std::abs(classify(a, b).auc - without) < 0.01);
}

BOOST_AUTO_TEST_CASE(a_thin_direction_is_looked_into) {
  // b leaves the diagonal by 3 in units of the width 0.001 around it.
  Table a = normals(3000, 2, 1), b = normals(3000, 2, 2);
  for (std::size_t i = 0; i < a.values.size(); i += 2) {
    a.values[i + 1] = a.values[i] + 0.001 * a.values[i + 1];
    b.values[i + 1] = b.values[i] + 0.001 * (b.values[i + 1] + 3);
  }
  BOOST_TEST(classify(a, b).auc > 0.97);
}

// Normals; in b every value of the first column stands in two rows: no smooth map sees that.
BOOST_AUTO_TEST_CASE(repeated_values_are_seen) {
  Table a = normals(3000, 2, 1), b = normals(3000, 2, 2);
  for (std::size_t i = 0; i < b.values.size(); i += 4) b.values[i + 2] = b.values[i];
  const ClassifierResult r = classify(a, b);
  BOOST_TEST(r.network_auc < 0.6);
  BOOST_TEST(r.trees_auc > 0.8);  // two thirds of the rows have their partner in other folds
  BOOST_TEST(r.auc == r.trees_auc);
}

BOOST_AUTO_TEST_CASE(whole_numbers_differ_from_jittered_ones) {
  Table a = normals(3000, 2, 1), b = normals(3000, 2, 2);
  for (Table* table : {&a, &b})
    for (std::size_t i = 0; i < table->values.size(); i += 2) table->values[i] = std::round(20 * table->values[i]);
  const Table jitter = normals(3000, 2, 3);
  for (std::size_t i = 0; i < b.values.size(); i += 2) b.values[i] += 0.2 * jitter.values[i];
  BOOST_TEST(classify(a, b).auc > 0.99);
}

BOOST_AUTO_TEST_CASE(equal_tables_of_repeated_values_cannot_be_told_apart) {
  Table a = normals(3000, 2, 1), b = normals(3000, 2, 2);
  for (Table* table : {&a, &b})
    for (std::size_t i = 0; i < table->values.size(); i += 2) table->values[i] = std::round(5 * table->values[i]);
  const ClassifierResult r = classify(a, b);
  BOOST_TEST(std::abs(r.auc - 0.5) < 3 * r.auc_error);
}

BOOST_AUTO_TEST_CASE(constant_and_repeated_columns_do_no_harm) {
  Table a{{}, 4}, b{{}, 4};
  for (const auto& [table, seed] : {std::pair(&a, 1), {&b, 2}})
    for (const double v : normals(2000, 1, static_cast<std::uint64_t>(seed)).values)
      table->values.insert(table->values.end(), {v, v, 7, v > 0 ? 1.0 : 0.0});
  const ClassifierResult r = classify(a, b);
  BOOST_TEST(std::abs(r.auc - 0.5) < 3 * r.auc_error);
}

BOOST_AUTO_TEST_CASE(the_same_numbers_for_any_number_of_threads) {
  const Table a = normals(1500, 2, 1), b = normals(1300, 2, 2, 0.3);
  ClassifierOptions options = quick();
  options.members = 2;
  options.most_rows = 1400;
  const ClassifierResult one = classify(a, b, 1, options), two = classify(a, b, 2, options);
  BOOST_TEST(one.auc == two.auc);
  BOOST_TEST(one.auc_error == two.auc_error);
  BOOST_TEST(one.log_loss == two.log_loss);
  BOOST_TEST(one.rows_a == 1400);
  options.seed = 1;
  BOOST_TEST(classify(a, b, 1, options).auc != one.auc);
}

BOOST_AUTO_TEST_CASE(tables_with_too_few_rows_are_refused) {
  BOOST_CHECK_THROW(classify(normals(5, 1, 1), normals(100, 1, 2)), Error);
  BOOST_CHECK_NO_THROW(classify(normals(6, 1, 1), normals(100, 1, 2)));
}

}  // namespace
}  // namespace nf::compare
