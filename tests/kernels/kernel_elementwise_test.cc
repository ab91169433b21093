#include "kernels/kernels_test.h"

namespace nf::kernels {
namespace {

using Function = void (*)(const float*, float*, std::size_t);

constexpr float kInfinity = std::numeric_limits<float>::infinity();

// The largest error over floats spread evenly over all bit patterns from low to high.
template <class Exact>
double worst_error(Function function, Exact exact, float low, float high) {
  std::vector<float> x;
  for (std::uint64_t bits = 0; bits < (std::uint64_t{1} << 32); bits += 2999) {
    const std::uint32_t word = static_cast<std::uint32_t>(bits);
    float value;
    std::memcpy(&value, &word, sizeof value);
    if (value >= low && value <= high) x.push_back(value);
  }
  std::vector<float> y(x.size());
  function(x.data(), y.data(), x.size());
  double worst = 0;
  for (std::size_t i = 0; i < x.size(); ++i) worst = std::max(worst, ulps(y[i], exact(static_cast<double>(x[i]))));
  return worst;
}

float at(Function function, float x) {
  float y = 0;
  function(&x, &y, 1);
  return y;
}

double exact_sigmoid(double x) { return 1 / (1 + std::exp(-x)); }
double exact_softplus(double x) { return std::max(x, 0.0) + std::log1p(std::exp(-std::fabs(x))); }

}  // namespace

BOOST_AUTO_TEST_CASE(errors_stay_within_what_elementwise_cc_states) {
  on_every_target([] {
    const auto exp_error = worst_error(
        exp, [](double x) { return std::exp(x); }, -87.3f, kInfinity);
    const auto log_error = worst_error(
        log, [](double x) { return std::log(x); }, 0, kInfinity);
    const auto tanh_error = worst_error(
        tanh, [](double x) { return std::tanh(x); }, -kInfinity, kInfinity);
    const auto sigmoid_error = worst_error(sigmoid, exact_sigmoid, -87.0f, kInfinity);
    const auto softplus_error = worst_error(softplus, exact_softplus, -87.0f, kInfinity);
    BOOST_TEST_MESSAGE(target() << " exp " << exp_error << " log " << log_error << " tanh " << tanh_error << " sigmoid "
                                << sigmoid_error << " softplus " << softplus_error);
    BOOST_TEST(exp_error <= 1.0);
    BOOST_TEST(log_error <= 1.0);
    BOOST_TEST(tanh_error <= 3.0);
    BOOST_TEST(sigmoid_error <= 3.0);
    BOOST_TEST(softplus_error <= 2.0);
  });
}

BOOST_AUTO_TEST_CASE(limits_are_reached_without_nan) {
  on_every_target([] {
    for (float x : {-104.0f, -1e4f, -1e38f, -kInfinity}) {
      BOOST_TEST(at(exp, x) == 0);
      BOOST_TEST(at(tanh, x) == -1);
      BOOST_TEST(at(sigmoid, x) == 0);
      BOOST_TEST(at(softplus, x) == 0);
      BOOST_TEST(std::isnan(at(log, x)));
    }
    for (float x : {88.8f, 1e4f, 1e38f, kInfinity}) {
      BOOST_TEST(at(exp, x) == kInfinity);
      BOOST_TEST(at(tanh, x) == 1);
      BOOST_TEST(at(sigmoid, x) == 1);
      BOOST_TEST(at(softplus, x) == x);
    }
    BOOST_TEST(at(exp, 0) == 1);
    BOOST_TEST(at(log, 1) == 0);
    BOOST_TEST(at(log, 0) == -kInfinity);
    BOOST_TEST(at(log, kInfinity) == kInfinity);
    BOOST_TEST(at(tanh, 0) == 0);
    BOOST_TEST(at(exp, -95.0f) >= 0);
    BOOST_TEST(at(exp, -95.0f) < 1.2e-38f);
  });
}

BOOST_AUTO_TEST_CASE(nan_stays_nan) {
  on_every_target([] {
    for (Function function : {Function(exp), Function(log), Function(tanh), Function(sigmoid), Function(softplus)}) {
      BOOST_TEST(std::isnan(at(function, std::numeric_limits<float>::quiet_NaN())));
    }
  });
}

BOOST_AUTO_TEST_CASE(any_length_and_alignment_works_in_place_and_touches_nothing_else) {
  on_every_target([] {
    Numbers numbers(1);
    for (Function function : {Function(exp), Function(log), Function(tanh), Function(sigmoid), Function(softplus)}) {
      for (std::size_t n = 0; n <= 40; ++n) {
        for (std::size_t offset : {0, 1, 3}) {
          Buffer x(n + offset + 8, 0.5f), y(x);
          for (std::size_t i = 0; i < x.size(); ++i) x[i] = std::fabs(numbers.real(3));
          function(x.data() + offset, y.data() + offset, n);
          for (std::size_t i = 0; i < y.size(); ++i) {
            BOOST_TEST(same_bits(
                &y[i],
                i >= offset && i < offset + n ? std::vector{at(function, x[i])}.data() : std::vector{0.5f}.data(), 1));
          }
          function(x.data() + offset, x.data() + offset, n);
          BOOST_TEST(same_bits(x.data() + offset, y.data() + offset, n));
        }
      }
    }
  });
}

}  // namespace nf::kernels
