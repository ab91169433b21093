#include "real_test.h"
#include "transformers/map_test.h"

namespace nf {
namespace {

constexpr double kSlope = 1e-3;

// 0.5 + the integral of slope + (u / 2 - u^2)^2 + (1 + u)^2, in powers of u / bound with bound = 2.
Json two_polynomials() { return {{"kind", "sos"}, {"polynomials", 2}, {"degree", 2}, {"bound", 2.0}}; }
const std::vector<double> kNumbers = {0.5, 0, 1, -4, 1, 2};
double value(double x) {
  return 0.5 + kSlope * x + ((1 + x) * (1 + x) * (1 + x) - 1) / 3 + x * x * x / 12 - x * x * x * x / 4 +
         x * x * x * x * x / 5;
}
double slope(double x) { return kSlope + (1 + x) * (1 + x) + (x / 2 - x * x) * (x / 2 - x * x); }

BOOST_AUTO_TEST_CASE(it_is_the_integral_of_the_squared_polynomials_and_a_line_beyond_the_bound) {
  MapBench bench(two_polynomials());
  bench.set(kNumbers);
  bench.forward();
  for (int r = 0; r < kTile; ++r) {
    const double x = static_cast<double>(bench.x(r)), inner = std::clamp(x, -2.0, 2.0);
    const double y = value(inner) + slope(inner) * (x - inner);
    BOOST_TEST(std::abs(static_cast<double>(bench.y(r)) - y) <= tolerance(1e-12, 1e-5));
    BOOST_TEST(std::abs(static_cast<double>(bench.logd(r)) - std::log(slope(inner))) <= tolerance(1e-12, 1e-5));
  }
}

BOOST_AUTO_TEST_CASE(its_slope_is_at_least_the_given_one) {
  MapBench bench({{"kind", "sos"}, {"polynomials", 1}, {"degree", 5}, {"slope", 0.25}});
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    bench.randomise(seed, 10);
    bench.forward();
    BOOST_TEST(static_cast<double>(bench.logd.minCoeff()) >= std::log(0.25) - 1e-6);
  }
}

BOOST_AUTO_TEST_CASE(its_inverse_holds_at_the_extremes_and_where_it_is_flattest) {
  MapBench bench("sos");
  for (const double scale : {1e4, 10.0, 1.0, 0.01}) {
    bench.randomise(3, 1);
    Vector wanted = Vector::LinSpaced(kTile, static_cast<Real>(-scale), static_cast<Real>(scale));
    bench.y = wanted;
    bench.inverse();
    const Vector back = bench.logd;
    BOOST_TEST(bench.x.allFinite());
    bench.forward();
    BOOST_TEST((bench.y - wanted).cwiseAbs().maxCoeff() <= tolerance(1e-13, 4e-6) * (scale + 1));
    BOOST_TEST((bench.logd + back).cwiseAbs().maxCoeff() <= tolerance(1e-11, 1e-3));
  }
}

BOOST_AUTO_TEST_CASE(huge_numbers_make_no_nan) {
  MapBench bench("sos");
  for (const double scale : {1e8, 1e15, 1e30}) {
    bench.randomise(4, scale);
    for (const double x : {0.0, 3.0, 1e4, -1e4}) {
      bench.x.setConstant(static_cast<Real>(x));
      bench.forward();
      BOOST_TEST(!bench.y.hasNaN());
      BOOST_TEST(bench.logd.allFinite());
    }
  }
}

}  // namespace
}  // namespace nf
