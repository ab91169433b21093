#include "real_test.h"
#include "transformers/map_test.h"

namespace nf {
namespace {

double sigmoid(double x) { return 1 / (1 + std::exp(-x)); }
double bounded(double r) { return r / (1 + std::abs(r) / std::log(1000)); }

void check_same(MapBench& a, MapBench& b, double fine, double coarse) {
  a.forward();
  b.forward();
  BOOST_TEST((a.y - b.y).cwiseAbs().maxCoeff() <= tolerance(fine, coarse));
  BOOST_TEST((a.logd - b.logd).cwiseAbs().maxCoeff() <= tolerance(fine, coarse));
}

BOOST_AUTO_TEST_CASE(one_unit_is_the_affine_map_of_the_same_numbers) {
  for (const double far : {4.0, 1e4}) {
    MapBench affine("affine"), sigmoids({{"kind", "deep_sigmoid"}, {"units", 1}});
    affine.set({0.3, 0.7});
    sigmoids.set({0.3, 0.7, -2});
    affine.x = sigmoids.x = Vector::LinSpaced(kTile, static_cast<Real>(-far), static_cast<Real>(far));
    check_same(affine, sigmoids, 1e-12 * far, 1e-6 * far);
  }
}

BOOST_AUTO_TEST_CASE(dense_layers_of_one_unit_are_affine_maps_in_turn) {
  MapBench dense({{"kind", "deep_dense_sigmoid"}, {"layers", 2}, {"units", 1}});
  dense.set({0.3, 0.7, -2, -1, -0.5, 4, 3});  // b, log a, log w; b, log a, log u, log w
  dense.forward();
  for (int r = 0; r < kTile; ++r) {
    const double x = static_cast<double>(dense.x(r)), h = std::exp(bounded(0.7)) * x + 0.3;
    BOOST_TEST(std::abs(static_cast<double>(dense.y(r)) - (std::exp(bounded(-0.5)) * h - 1)) <= tolerance(1e-12, 1e-5));
    BOOST_TEST(std::abs(static_cast<double>(dense.logd(r)) - bounded(0.7) - bounded(-0.5)) <= tolerance(1e-12, 1e-5));
  }
}

BOOST_AUTO_TEST_CASE(one_dense_layer_is_the_sigmoidal_map) {
  MapBench dense({{"kind", "deep_dense_sigmoid"}, {"layers", 1}, {"units", 5}});
  MapBench sigmoids({{"kind", "deep_sigmoid"}, {"units", 5}});
  dense.randomise(2, 3);
  sigmoids.randomise(2, 3);
  check_same(dense, sigmoids, 0, 0);
}

// layers of logit(w sigmoid(a u h + b)), as it stands in the paper, where that does not saturate.
BOOST_AUTO_TEST_CASE(it_is_the_logit_of_mixed_sigmoids) {
  MapBench dense({{"kind", "deep_dense_sigmoid"}, {"layers", 2}, {"units", 2}});
  const std::vector<double> n = {-1, 1, 0.2, -0.3, 1, 0, 0, 2, /**/ 0.5, -0.5, 0.1, 0.4, 1, -1, 0.3, 0.6, -1, 1};
  dense.set(n);
  dense.forward();
  const auto e = [&](std::size_t i) { return std::exp(bounded(n[i])); };
  for (int r = 0; r < kTile; ++r) {
    const double x = static_cast<double>(dense.x(r));
    const double p0 = sigmoid(e(2) * x + n[0]), p1 = sigmoid(e(3) * x + n[1]);
    const double m0 = (e(4) * p0 + e(5) * p1) / (e(4) + e(5)), m1 = (e(6) * p0 + e(7) * p1) / (e(6) + e(7));
    const double h0 = std::log(m0 / (1 - m0)), h1 = std::log(m1 / (1 - m1));
    const double q0 = sigmoid(e(10) * (e(12) * h0 + e(13) * h1) / (e(12) + e(13)) + n[8]);
    const double q1 = sigmoid(e(11) * (e(14) * h0 + e(15) * h1) / (e(14) + e(15)) + n[9]);
    const double m = (e(16) * q0 + e(17) * q1) / (e(16) + e(17));
    BOOST_TEST(std::abs(static_cast<double>(dense.y(r)) - std::log(m / (1 - m))) <= tolerance(1e-10, 1e-5));
  }
}

BOOST_AUTO_TEST_CASE(far_out_it_is_as_steep_as_its_flattest_unit) {
  MapBench sigmoids({{"kind", "deep_sigmoid"}, {"units", 3}});
  sigmoids.set({-3, 5, 1, 0.7, -0.4, 0.2, 2, -1, 0});
  for (const double far : {1e3, -1e3, 1e4, -1e4}) {
    sigmoids.x.setConstant(static_cast<Real>(far));
    sigmoids.forward();
    BOOST_TEST(std::abs(static_cast<double>(sigmoids.logd(0)) - bounded(-0.4)) <= tolerance(1e-12, 1e-6));
  }
}

BOOST_AUTO_TEST_CASE(its_inverse_holds_at_the_extremes) {
  for (const Json& spec : {Json{{"kind", "deep_sigmoid"}}, Json{{"kind", "deep_dense_sigmoid"}}}) {
    MapBench bench(spec);
    for (const double scale : {1e4, 10.0, 1.0}) {
      bench.randomise(3, 2);
      const Vector wanted = Vector::LinSpaced(kTile, static_cast<Real>(-scale), static_cast<Real>(scale));
      bench.y = wanted;
      bench.inverse();
      const Vector back = bench.logd;
      bench.forward();
      BOOST_TEST((bench.y - wanted).cwiseAbs().maxCoeff() <= tolerance(1e-13, 1e-5) * (scale + 1));
      BOOST_TEST((bench.logd + back).cwiseAbs().maxCoeff() == 0);
    }
  }
}

BOOST_AUTO_TEST_CASE(huge_numbers_make_no_nan) {
  const double infinity = std::numeric_limits<double>::infinity();
  for (const Json& spec : {Json{{"kind", "deep_sigmoid"}}, Json{{"kind", "deep_dense_sigmoid"}}}) {
    MapBench bench(spec);
    for (const double scale : {1e3, 1e30}) {
      bench.randomise(4, scale);
      for (const double x : {0.0, 1e4, -1e4, infinity, -infinity}) {
        bench.x.setConstant(static_cast<Real>(x));
        bench.forward();
        BOOST_TEST(!bench.y.hasNaN());
        BOOST_TEST(bench.logd.allFinite());
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(it_starts_not_much_flatter_than_the_identity_with_units_that_differ) {
  for (const Json& spec : {Json{{"kind", "deep_sigmoid"}}, Json{{"kind", "deep_dense_sigmoid"}}}) {
    MapBench bench(spec);
    bench.x = Vector::LinSpaced(kTile, -3, 3);
    bench.forward();
    BOOST_TEST(bench.logd.minCoeff() >= std::log(0.3));
    BOOST_TEST(bench.logd.maxCoeff() <= 0.01);
    BOOST_TEST(bench.phi(0) != bench.phi(kTile));
  }
}

}  // namespace
}  // namespace nf
