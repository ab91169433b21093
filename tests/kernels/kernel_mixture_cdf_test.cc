#include "nf/kernels/mixture_cdf.h"

#include "kernels/kernels_test.h"

namespace nf::kernels {
namespace {

// Four pairs of F and Q with K components.
std::vector<MixtureCdf> maps(int components) {
  std::vector<MixtureCdf> result;
  for (bool normal : {false, true})
    for (bool to_normal : {false, true}) result.push_back({components, normal, to_normal});
  return result;
}

struct Tiles {
  std::size_t values;
  int features;
  Buffer x, phi, dy, dlogd;
  // Components that overlap, so that no root lies where the map is all but flat.
  Tiles(Numbers& numbers, const MixtureCdf& m, int count)
      : values(static_cast<std::size_t>(count) * kRows),
        features(count),
        x(values),
        phi(static_cast<std::size_t>(m.num_params()) * values),
        dy(values),
        dlogd(values) {
    numbers.fill(x, 5);
    for (Buffer* b : {&dy, &dlogd}) numbers.fill(*b, 1);
    numbers.fill(phi, 1);
  }
};

float worst(const Buffer& a, const Buffer& b) {
  float most = 0;
  for (std::size_t i = 0; i < a.size(); ++i) most = std::max(most, std::fabs(a[i] - b[i]) / (1 + std::fabs(b[i])));
  return most;
}

}  // namespace

BOOST_AUTO_TEST_CASE(mixture_cdf_kernels_equal_their_twins) {
  on_every_target([] {
    Numbers numbers(1);
    for (int components : {1, 2, 9})
      for (const MixtureCdf& m : maps(components))
        for (int features : {0, 1, 3}) {
          Tiles t(numbers, m, features);
          Buffer y(t.values), logd(t.values), twin_y(t.values), twin_logd(t.values);
          map_forward(m, t.x.data(), t.phi.data(), y.data(), logd.data(), features, no_scratch);
          plain::map_forward(m, t.x.data(), t.phi.data(), twin_y.data(), twin_logd.data(), features, no_scratch);
          BOOST_TEST(worst(y, twin_y) <= 4e-6f);
          BOOST_TEST(worst(logd, twin_logd) <= 4e-6f);
          map_inverse(m, t.x.data(), t.phi.data(), y.data(), logd.data(), features, no_scratch);
          plain::map_inverse(m, t.x.data(), t.phi.data(), twin_y.data(), twin_logd.data(), features, no_scratch);
          BOOST_TEST(worst(y, twin_y) <= 2e-5f);  // either root is good to the rounding of log p
          BOOST_TEST(worst(logd, twin_logd) <= 2e-5f);
          Buffer dphi(t.phi.size()), twin_dphi(t.phi.size());
          map_backward(m, t.x.data(), t.phi.data(), t.dy.data(), t.dlogd.data(), y.data(), dphi.data(), features,
                       no_scratch);
          plain::map_backward(m, t.x.data(), t.phi.data(), t.dy.data(), t.dlogd.data(), twin_y.data(), twin_dphi.data(),
                              features, no_scratch);
          BOOST_TEST(worst(y, twin_y) <= 2e-5f);
          BOOST_TEST(worst(dphi, twin_dphi) <= 2e-5f);
          for (const Buffer* b : {&y, &logd, &dphi}) BOOST_TEST(b->margins_intact());
        }
  });
}

BOOST_AUTO_TEST_CASE(mixture_cdf_inverse_undoes_forward) {
  on_every_target([] {
    Numbers numbers(2);
    for (const MixtureCdf& m : maps(5)) {
      Tiles t(numbers, m, 8);
      Buffer y(t.values), logd(t.values), x(t.values), back(t.values);
      map_forward(m, t.x.data(), t.phi.data(), y.data(), logd.data(), t.features, no_scratch);
      map_inverse(m, y.data(), t.phi.data(), x.data(), back.data(), t.features, no_scratch);
      BOOST_TEST(worst(x, t.x) <= 2e-5f);
      for (std::size_t i = 0; i < t.values; ++i) BOOST_TEST(std::fabs(logd[i] + back[i]) <= 1e-4f);
    }
  });
}

// Far beyond every component the map goes on, nearly straight, and so does its inverse.
BOOST_AUTO_TEST_CASE(far_values_stay_finite_and_in_order) {
  on_every_target([] {
    Numbers numbers(3);
    for (const MixtureCdf& m : maps(3)) {
      Tiles t(numbers, m, 1);
      for (int i = 0; i < kRows; ++i) {
        const float far = std::pow(10.0f, 0.125f * static_cast<float>(i % 32));
        t.x[i] = i < 32 ? far : -far;
        for (int p = 0; p < m.num_params(); ++p) t.phi[p * kRows + i] = t.phi[p * kRows];
      }
      Buffer y(kRows), logd(kRows), x(kRows), dphi(t.phi.size());
      map_forward(m, t.x.data(), t.phi.data(), y.data(), logd.data(), 1, no_scratch);
      for (std::size_t i = 0; i < kRows; ++i) {
        BOOST_TEST(std::isfinite(logd[i]));
        if (i % 32 > 0) BOOST_TEST((i < 32 ? y[i] > y[i - 1] : y[i] < y[i - 1]));
      }
      map_inverse(m, y.data(), t.phi.data(), x.data(), logd.data(), 1, no_scratch);
      for (std::size_t i = 0; i < kRows; ++i) BOOST_TEST(std::fabs(x[i] - t.x[i]) <= 1e-5f * std::fabs(t.x[i]));
      map_backward(m, t.x.data(), t.phi.data(), t.dy.data(), t.dlogd.data(), x.data(), dphi.data(), 1, no_scratch);
      for (const Buffer* b : {&x, &dphi})
        for (std::size_t i = 0; i < b->size(); ++i) BOOST_TEST(std::isfinite((*b)[i]));
    }
  });
}

namespace {

// log Phi(x) and log(phi(x) / Phi(x)) in long double, whose exponents reach beyond x = -100.
long double exact_log_cdf(double x) {
  return x < 0 ? std::log(std::erfc(-static_cast<long double>(x) / std::sqrt(2.0L)) / 2)
               : std::log1p(-std::erfc(static_cast<long double>(x) / std::sqrt(2.0L)) / 2);
}
long double exact_log_rate(double x) {
  return -static_cast<long double>(x) * x / 2 - exact_log_cdf(x) - std::log(8 * std::atan(1.0L)) / 2;
}

struct Errors {
  double log_p = 0, log_rate = 0, quantile = 0;  // absolute up to 1, relative beyond
};

template <class T>
Errors errors() {
  Errors most;
  alignas(64) T x[kRows], log_p[kRows], log_rate[kRows], back[kRows];
  for (int block = 0; block < 200; ++block) {
    for (int i = 0; i < kRows; ++i) x[i] = static_cast<T>(-100 + 108.0 * (block * kRows + i) / (200.0 * kRows));
    normal_log_cdf(x, log_p, log_rate);
    normal_lower_quantile(log_p, back);
    for (int i = 0; i < kRows; ++i) {
      const double at = static_cast<double>(x[i]);
      const auto exact = static_cast<double>(exact_log_cdf(at)), slope = static_cast<double>(exact_log_rate(at));
      const auto update = [](double& largest, double error) { largest = std::max(largest, std::fabs(error)); };
      update(most.log_p, (static_cast<double>(log_p[i]) - exact) / std::max(1.0, std::fabs(exact)));
      update(most.log_rate, (static_cast<double>(log_rate[i]) - slope) / std::max(1.0, std::fabs(slope)));
      if (at < 0) update(most.quantile, (static_cast<double>(back[i]) - at) / std::max(1.0, -at));
    }
  }
  return most;
}

}  // namespace

// Between two narrow components there is next to no density, but its logarithm and all gradients are numbers.
BOOST_AUTO_TEST_CASE(a_gap_between_components_has_finite_logarithms) {
  on_every_target([] {
    for (const MixtureCdf& m : maps(2)) {
      Buffer x(kRows), phi(6 * kRows), y(kRows), logd(kRows), one(kRows, 1), dx(kRows), dphi(6 * kRows);
      for (std::size_t i = 0; i < kRows; ++i) {
        x[i] = -0.9f + 1.8f * static_cast<float>(i) / (kRows - 1);
        phi[2 * kRows + i] = -1, phi[3 * kRows + i] = 1;
        phi[4 * kRows + i] = phi[5 * kRows + i] = -20;  // scales of 0.006
      }
      map_forward(m, x.data(), phi.data(), y.data(), logd.data(), 1, no_scratch);
      map_backward(m, x.data(), phi.data(), one.data(), one.data(), dx.data(), dphi.data(), 1, no_scratch);
      BOOST_TEST(logd[kRows / 2] < -100);
      for (const Buffer* b : {&y, &logd, &dx, &dphi})
        for (std::size_t i = 0; i < b->size(); ++i) BOOST_TEST(std::isfinite((*b)[i]));
    }
  });
}

BOOST_AUTO_TEST_CASE(the_normal_distribution_is_exact_in_both_tails) {
  on_every_target([] {
    const Errors e = errors<float>();
    BOOST_TEST(e.log_p <= 3e-7);
    BOOST_TEST(e.log_rate <= 3e-7);
    BOOST_TEST(e.quantile <= 3e-7);
  });
  const Errors e = errors<double>();
  BOOST_TEST(e.log_p <= 6e-16);
  BOOST_TEST(e.log_rate <= 6e-16);
  BOOST_TEST(e.quantile <= 8e-16);
}

}  // namespace nf::kernels
