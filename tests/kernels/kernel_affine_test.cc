#include "nf/kernels/affine.h"

#include "kernels/kernels_test.h"

namespace nf::kernels {
namespace {

constexpr float kTolerance = 1e-5f;  // relative: exp(s) carries the rounding errors of |s| <= 7 seven times

struct Tiles {
  std::size_t values;
  Buffer x, phi, dy, dlogd;
  Tiles(Numbers& numbers, int features)
      : values(static_cast<std::size_t>(features) * kRows), x(values), phi(2 * values), dy(values), dlogd(values) {
    for (Buffer* b : {&x, &dy, &dlogd}) numbers.fill(*b, 2);
    numbers.fill(phi, 20);
  }
};

}  // namespace

BOOST_AUTO_TEST_CASE(affine_kernels_equal_their_twins) {
  on_every_target([] {
    Numbers numbers(1);
    for (int features = 0; features < 9; ++features) {
      Tiles t(numbers, features);
      Buffer y(t.values), logd(t.values), expected_y(t.values), expected_logd(t.values);
      map_forward(Affine(), t.x.data(), t.phi.data(), y.data(), logd.data(), features, no_scratch);
      plain::map_forward(Affine(), t.x.data(), t.phi.data(), expected_y.data(), expected_logd.data(), features,
                         no_scratch);
      check_close(y, expected_y, kTolerance);
      check_close(logd, expected_logd, kTolerance);

      map_inverse(Affine(), t.x.data(), t.phi.data(), y.data(), logd.data(), features, no_scratch);
      plain::map_inverse(Affine(), t.x.data(), t.phi.data(), expected_y.data(), expected_logd.data(), features,
                         no_scratch);
      check_close(y, expected_y, kTolerance);
      check_close(logd, expected_logd, kTolerance);

      Buffer dphi(2 * t.values), expected_dphi(2 * t.values);
      map_backward(Affine(), t.x.data(), t.phi.data(), t.dy.data(), t.dlogd.data(), y.data(), dphi.data(), features,
                   no_scratch);
      plain::map_backward(Affine(), t.x.data(), t.phi.data(), t.dy.data(), t.dlogd.data(), expected_y.data(),
                          expected_dphi.data(), features, no_scratch);
      check_close(y, expected_y, kTolerance);
      check_close(dphi, expected_dphi, kTolerance);
    }
  });
}

BOOST_AUTO_TEST_CASE(affine_inverse_undoes_forward_in_place) {
  on_every_target([] {
    Numbers numbers(2);
    Tiles t(numbers, 3);
    for (std::size_t i = 0; i < t.phi.size(); ++i) t.phi[i] *= 0.1f;
    Buffer x(t.x), logd(t.values), back(t.values);
    map_forward(Affine(), x.data(), t.phi.data(), x.data(), logd.data(), 3, no_scratch);
    map_inverse(Affine(), x.data(), t.phi.data(), x.data(), back.data(), 3, no_scratch);
    for (std::size_t i = 0; i < t.values; ++i) {
      BOOST_TEST(std::fabs(x[i] - t.x[i]) <= 1e-5f);
      BOOST_TEST(logd[i] == -back[i]);
    }
  });
}

BOOST_AUTO_TEST_CASE(scales_are_bounded_and_huge_parameters_make_no_nan) {
  on_every_target([] {
    const float infinity = std::numeric_limits<float>::infinity();
    for (float r : {1e4f, -1e4f, 3e38f, -3e38f, infinity, -infinity}) {
      Buffer x(kRows, 1.0f), phi(2 * kRows, 0.0f), y(kRows), logd(kRows), dphi(2 * kRows);
      for (int i = 0; i < kRows; ++i) phi[kRows + i] = r;
      map_forward(Affine(), x.data(), phi.data(), y.data(), logd.data(), 1, no_scratch);
      BOOST_TEST((y[0] > 0.00099f && y[0] < 1001.0f));
      BOOST_TEST(std::fabs(logd[0]) < 6.9079f);
      map_backward(Affine(), x.data(), phi.data(), x.data(), x.data(), y.data(), dphi.data(), 1, no_scratch);
      BOOST_TEST(std::isfinite(y[0]));
      BOOST_TEST(std::isfinite(dphi[kRows]));
    }
  });
}

}  // namespace nf::kernels
