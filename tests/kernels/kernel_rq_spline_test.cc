#include "nf/kernels/rq_spline.h"

#include "kernels/kernels_test.h"

namespace nf::kernels {
namespace {

using Map = void (*)(const RqSpline&, const float*, const float*, float*, float*, int, float*);
using Gradient = void (*)(const RqSpline&, const float*, const float*, const float*, const float*, float*, float*, int,
                          float*);
constexpr Map kForward = map_forward, kInverse = map_inverse;
constexpr Gradient kBackward = map_backward, kInverseBackward = map_inverse_backward;

struct Tiles {
  std::size_t values, params;
  Buffer x, phi, dy, dlogd;
  Tiles(Numbers& numbers, const RqSpline& s, int features, float spread)
      : values(static_cast<std::size_t>(features) * kRows),
        params(values * static_cast<std::size_t>(s.num_params())),
        x(values),
        phi(params),
        dy(values),
        dlogd(values) {
    numbers.fill(x, 1.2f * static_cast<float>(s.bound));
    numbers.fill(dy), numbers.fill(dlogd);
    numbers.fill(phi, spread);
  }
};

RqSpline spline(int bins, bool periodic, double bound) {
  RqSpline s;
  s.bins = bins, s.periodic = periodic, s.bound = bound;
  return s;
}

const RqSpline kCases[] = {spline(8, false, 3), spline(2, false, 0.5), spline(5, true, 3.14159), spline(2, true, 10),
                           spline(64, false, 4)};

BOOST_AUTO_TEST_CASE(rq_spline_kernels_equal_their_twins) {
  on_every_target([] {
    Numbers numbers(1);
    for (const RqSpline& s : kCases)
      for (int features = 0; features < 4; ++features) {
        Tiles t(numbers, s, features, 1);
        Buffer y(t.values), logd(t.values), expected_y(t.values), expected_logd(t.values);
        map_forward(s, t.x.data(), t.phi.data(), y.data(), logd.data(), features, no_scratch);
        plain::map_forward(s, t.x.data(), t.phi.data(), expected_y.data(), expected_logd.data(), features, no_scratch);
        check_close(y, expected_y, 5e-6f);
        check_close(logd, expected_logd, 5e-4f);  // a rounding of knots over a bin's width

        map_inverse(s, t.x.data(), t.phi.data(), y.data(), logd.data(), features, no_scratch);
        plain::map_inverse(s, t.x.data(), t.phi.data(), expected_y.data(), expected_logd.data(), features, no_scratch);
        check_close(y, expected_y, 5e-6f);
        check_close(logd, expected_logd, 5e-4f);

        Buffer dphi(t.params), expected_dphi(t.params);
        for (const bool inverse : {false, true}) {
          const Gradient fast = inverse ? kInverseBackward : kBackward;
          const Gradient twin = inverse ? plain::map_inverse_backward : plain::map_backward;
          fast(s, t.x.data(), t.phi.data(), t.dy.data(), t.dlogd.data(), y.data(), dphi.data(), features, no_scratch);
          twin(s, t.x.data(), t.phi.data(), t.dy.data(), t.dlogd.data(), expected_y.data(), expected_dphi.data(),
               features, no_scratch);
          check_close(y, expected_y, 1e-3f);
          check_close(dphi, expected_dphi, 1e-3f);
        }
      }
  });
}

BOOST_AUTO_TEST_CASE(rq_spline_inverse_undoes_forward) {
  on_every_target([] {
    Numbers numbers(2);
    for (const RqSpline& s : kCases) {
      Tiles t(numbers, s, 8, 1);
      if (s.periodic) numbers.fill(t.x, static_cast<float>(s.bound));
      Buffer y(t.values), x(t.values), logd(t.values), back(t.values);
      map_forward(s, t.x.data(), t.phi.data(), y.data(), logd.data(), 8, no_scratch);
      map_inverse(s, y.data(), t.phi.data(), x.data(), back.data(), 8, no_scratch);
      for (std::size_t i = 0; i < t.values; ++i) {
        BOOST_TEST(std::fabs(x[i] - t.x[i]) <= 1e-5f * static_cast<float>(s.bound));
        BOOST_TEST(std::fabs(logd[i] + back[i]) <= 1e-3f);
      }
    }
  });
}

BOOST_AUTO_TEST_CASE(rq_spline_does_not_decrease_across_knots) {
  on_every_target([] {
    Numbers numbers(3);
    for (const RqSpline& s : kCases) {
      Tiles t(numbers, s, 1, 3);
      for (std::size_t p = 0; p < t.phi.size(); ++p) t.phi[p] = t.phi[p / kRows * kRows];  // one spline
      std::vector<float> xs;
      for (float x = -1.1f * static_cast<float>(s.bound); x < 1.1f * static_cast<float>(s.bound); x += 1e-3f)
        if (!s.periodic || std::fabs(x) <= static_cast<float>(s.bound)) xs.push_back(x);
      float last = -1e30f;
      Buffer y(kRows), logd(kRows);
      for (std::size_t first = 0; first + kRows <= xs.size(); first += kRows) {
        std::copy_n(xs.data() + first, kRows, t.x.data());
        map_forward(s, t.x.data(), t.phi.data(), y.data(), logd.data(), 1, no_scratch);
        for (std::size_t i = 0; i < kRows; ++i) {
          BOOST_TEST(y[i] >= last - 1e-6f * static_cast<float>(s.bound));  // rounding of the knots
          last = y[i];
        }
      }
    }
  });
}

BOOST_AUTO_TEST_CASE(rq_spline_extremes_make_no_nan) {
  on_every_target([] {
    const float infinity = std::numeric_limits<float>::infinity();
    Numbers numbers(4);
    for (const RqSpline& s : kCases)
      for (const float spread : {100.0f, 1e4f, 1e8f}) {
        const float bound = static_cast<float>(s.bound);
        Tiles t(numbers, s, 1, spread);
        for (std::size_t i = 0; i < kRows; ++i) {
          const float places[] = {0, bound, -bound, 1e4f, -1e4f, std::nextafter(bound, 0.0f), 3e38f, t.x[i]};
          t.x[i] = places[i % 8];
        }
        Buffer y(t.values), logd(t.values), dphi(t.params);
        for (const Map map : {kForward, kInverse}) {
          map(s, t.x.data(), t.phi.data(), y.data(), logd.data(), 1, no_scratch);
          for (std::size_t i = 0; i < kRows; ++i) BOOST_TEST((std::isfinite(y[i]) && std::isfinite(logd[i])));
        }
        map_backward(s, t.x.data(), t.phi.data(), t.dy.data(), t.dlogd.data(), y.data(), dphi.data(), 1, no_scratch);
        for (std::size_t i = 0; i < kRows; ++i) BOOST_TEST(std::isfinite(y[i]));
        for (std::size_t i = 0; i < t.params; ++i) BOOST_TEST(std::isfinite(dphi[i]));
        t.x[0] = infinity, t.x[1] = std::nanf("");
        map_forward(s, t.x.data(), t.phi.data(), y.data(), logd.data(), 1, no_scratch);
        BOOST_TEST(y[0] == infinity);
        BOOST_TEST(std::isnan(y[1]));
      }
  });
}

}  // namespace
}  // namespace nf::kernels
