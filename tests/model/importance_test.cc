// Importance weights whose answer is known.
#include "nf/model/importance.h"

#include <boost/math/distributions/normal.hpp>
#include <boost/test/unit_test.hpp>
#include <cmath>

namespace nf {
namespace {

// Weights of target normal(0, target_scale) at the quantiles of proposal normal(0, 1), times e^constant.
std::vector<double> normal_weights(double target_scale, double constant, int rows) {
  const boost::math::normal standard;
  std::vector<double> log_weights;
  for (int i = 0; i < rows; ++i) {
    const double x = quantile(standard, (i + 0.5) / rows);
    log_weights.push_back(constant + x * x / 2 * (1 - 1 / (target_scale * target_scale)) - std::log(target_scale));
  }
  return log_weights;
}

BOOST_AUTO_TEST_CASE(a_perfect_proposal_has_equal_weights) {
  const ImportanceReport report = importance_report(std::vector<double>(1000, -3.5));
  BOOST_TEST(std::abs(report.log_normaliser + 3.5) <= 1e-12);
  BOOST_TEST(std::abs(report.effective_share - 1) <= 1e-12);
  BOOST_TEST(report.log_normaliser_error <= 1e-7);
  BOOST_TEST(report.pareto_k <= 0);
}

BOOST_AUTO_TEST_CASE(a_narrower_target_gives_its_normaliser_and_kishs_share) {
  const ImportanceReport report = importance_report(normal_weights(0.8, 2, 20000));
  BOOST_TEST(std::abs(report.log_normaliser - 2) <= 1e-3);
  // E w = 1 and E w^2 = 1 / (s sqrt(2 - s^2)) for scale s.
  BOOST_TEST(std::abs(report.effective_share - 0.8 * std::sqrt(2 - 0.64)) <= 1e-3);
  BOOST_TEST(report.pareto_k < 0.1);
}

BOOST_AUTO_TEST_CASE(the_tails_shape_is_that_of_the_ratio) {
  // P(w > t) falls as t^(-1/k) with k = 1 - 1/s^2, up to a power of log t.
  const double moderate = importance_report(normal_weights(1.3, 0, 200000)).pareto_k;
  const double heavy = importance_report(normal_weights(3, 0, 200000)).pareto_k;
  BOOST_TEST(std::abs(moderate - (1 - 1 / 1.69)) <= 0.12);
  BOOST_TEST(std::abs(heavy - (1 - 1 / 9.0)) <= 0.12);
}

BOOST_AUTO_TEST_CASE(exact_pareto_weights_give_their_shape) {
  for (const double k : {0.3, 0.9}) {
    std::vector<double> log_weights;
    for (int i = 0; i < 50000; ++i) log_weights.push_back(-k * std::log((i + 0.5) / 50000));
    BOOST_TEST(std::abs(importance_report(log_weights).pareto_k - k) <= 0.05);
  }
}

// With few values beyond the cut the prior draws the shape towards 1/2, with the weight of ten of them.
BOOST_AUTO_TEST_CASE(the_shape_of_a_small_tail_is_drawn_towards_a_half) {
  const auto shape = [](double k, int rows) {
    std::vector<double> log_weights;
    for (int i = 0; i < rows; ++i) log_weights.push_back(-k * std::log((i + 0.5) / rows));
    return importance_report(log_weights).pareto_k;
  };
  // 25 rows have a tail of 5, of which the prior is 2/3: whatever their own shape, k is near a half.
  const double flat = shape(0.05, 25), heavy = shape(1.5, 25);
  BOOST_TEST(flat > 0.2, flat);
  BOOST_TEST(heavy < 1, heavy);
  BOOST_TEST(heavy > 0.5, heavy);
  // A tail of 3 sqrt(n) values: ten of the prior's among them move k by a share that falls with their number.
  double last = 1;
  for (const int rows : {100, 1000, 10000}) {
    const double tail = std::ceil(std::min(0.2 * rows, 3 * std::sqrt(rows))), off = std::abs(shape(1.5, rows) - 1.5);
    BOOST_TEST(off >= 0.5 * 10 / (tail + 10), rows << ": " << off);
    BOOST_TEST(off < last, rows << ": " << off);
    last = off;
  }
}

BOOST_AUTO_TEST_CASE(weights_of_nothing_say_so) {
  BOOST_TEST(std::isnan(importance_report({}).log_normaliser));
  BOOST_TEST(std::isnan(importance_report({0, NAN}).effective_share));
  BOOST_TEST(std::isnan(importance_report({-INFINITY, -INFINITY}).log_normaliser));
  BOOST_TEST(std::abs(importance_report({-INFINITY, 0}).log_normaliser + std::log(2)) <= 1e-12);
}

}  // namespace
}  // namespace nf
