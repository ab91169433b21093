// What is special to mixture_cdf.
#include "real_test.h"

#include <numbers>

#include "nf/transformers/transformer.h"

namespace nf {
namespace {

struct Map {
  explicit Map(const Json& spec) : map(make_transformer(spec, "test")), params(map->num_params()) {
    phi_memory = Vector::Zero(kTile * params);
    x_memory = y_memory = logd_memory = Vector::Zero(kTile);
  }
  Tile phi() { return Tile(phi_memory.data(), kTile, params); }
  Tile x() { return Tile(x_memory.data(), kTile, 1); }
  Tile y() { return Tile(y_memory.data(), kTile, 1); }
  Tile logd() { return Tile(logd_memory.data(), kTile, 1); }
  void forward() {
    Pass pass{.scratch = &scratch};
    map->forward(pass, in(x()), in(phi()), y(), logd());
  }
  std::unique_ptr<Transformer> map;
  int params;
  Stack scratch;
  Vector phi_memory, x_memory, y_memory, logd_memory;
};

double scale_of(double r) { return std::exp(r / (1 + std::abs(r) / std::log(1000.0))); }

BOOST_AUTO_TEST_CASE(one_component_of_the_target_distribution_is_affine) {
  for (const auto& [component, to] : {std::pair("logistic", "logit"), std::pair("normal", "normal")}) {
    Map m({{"kind", "mixture_cdf"}, {"components", 1}, {"component", component}, {"to", to}});
    m.phi().col(0).setConstant(Real(2));
    m.phi().col(1).setConstant(Real(0.7));
    m.phi().col(2).setConstant(Real(-0.4));
    for (int r = 0; r < kTile; ++r) m.x()(r, 0) = static_cast<Real>(-80 + 2.5 * r);
    m.forward();
    const double s = scale_of(-0.4);
    for (int r = 0; r < kTile; ++r) {
      const double expected = (static_cast<double>(m.x()(r, 0)) - 0.7) / s;
      BOOST_TEST(std::abs(static_cast<double>(m.y()(r, 0)) - expected) <=
                 tolerance(2e-15, 1e-6) * (1 + std::abs(expected)));
      BOOST_TEST(std::abs(static_cast<double>(m.logd()(r, 0)) + std::log(s)) <= tolerance(1e-14, 4e-6));
    }
  }
}

// log phi(y) + log y' is the log-density of the mixture of Gaussians: MADE MoG's conditional.
BOOST_AUTO_TEST_CASE(normals_to_the_normal_have_the_density_of_a_mixture_of_gaussians) {
  const int count = 4;
  Map m({{"kind", "mixture_cdf"}, {"components", count}, {"component", "normal"}, {"to", "normal"}});
  Uniforms random(1, Stream::kTest);
  for (Eigen::Index i = 0; i < m.phi_memory.size(); ++i) m.phi_memory(i) = static_cast<Real>(4 * random.next() - 2);
  for (int r = 0; r < kTile; ++r) m.x()(r, 0) = static_cast<Real>(-8 + 0.25 * r);
  m.forward();
  for (int r = 0; r < kTile; ++r) {
    const auto phi = [&](int p) { return static_cast<double>(m.phi()(r, p)); };
    double weights = 0, density = 0;
    for (int k = 0; k < count; ++k) weights += std::exp(phi(k));
    for (int k = 0; k < count; ++k) {
      const double s = scale_of(phi(2 * count + k)), u = (static_cast<double>(m.x()(r, 0)) - phi(count + k)) / s;
      density += std::exp(phi(k)) / weights * std::exp(-u * u / 2) / s / std::sqrt(2 * std::numbers::pi);
    }
    const double y = static_cast<double>(m.y()(r, 0));
    const double lp = static_cast<double>(m.logd()(r, 0)) - y * y / 2 - std::log(2 * std::numbers::pi) / 2;
    BOOST_TEST(std::abs(lp - std::log(density)) <= tolerance(1e-13, 2e-6) * (1 + std::abs(lp)));
  }
}

// Beyond all components the widest one alone counts: a straight line with its slope, in logarithms of probability.
BOOST_AUTO_TEST_CASE(the_widest_component_decides_far_out) {
  Map m({{"kind", "mixture_cdf"}, {"components", 2}});
  m.phi().col(2).setConstant(Real(3));
  m.phi().col(5).setConstant(Real(1));
  const double s = scale_of(1);
  for (const double sign : {-1.0, 1.0}) {
    m.x().setConstant(static_cast<Real>(sign * 1000));
    m.forward();
    // Mean 3 and scale 1 narrower, mean 0 wider: its weight of one half shifts the logit by ln 2.
    BOOST_TEST(std::abs(static_cast<double>(m.y()(0, 0)) - sign * (1000 / s + std::log(2.0))) <=
               tolerance(1e-12, 1e-4));
    BOOST_TEST(std::abs(static_cast<double>(m.logd()(0, 0)) + std::log(s)) <= tolerance(1e-12, 1e-6));
  }
}

// Peaks of all widths: where Newton's steps would go to and fro, the inverse still finds its root.
BOOST_AUTO_TEST_CASE(peaks_of_all_widths_are_inverted) {
  const int count = 10;
  for (const char* component : {"logistic", "normal"})
    for (const char* to : {"logit", "normal"}) {
      Map m({{"kind", "mixture_cdf"}, {"components", count}, {"component", component}, {"to", to}});
      Uniforms random(3, Stream::kTest);
      for (int map = 0; map < 200; ++map) {
        for (int p = 0; p < 3 * count; ++p) {
          const double u = random.next();
          m.phi().col(p).setConstant(static_cast<Real>(p < 2 * count ? 4 * u - 2 : 8 * u - 7));
        }
        for (int r = 0; r < kTile; ++r) m.x()(r, 0) = static_cast<Real>((r - 31.5) / 10);
        m.forward();
        const Vector x = m.x_memory, y = m.y_memory, logd = m.logd_memory;
        Pass pass{.scratch = &m.scratch};
        m.map->inverse(pass, TileIn(y.data(), kTile, 1), in(m.phi()), m.x(), m.logd());
        // In a gap between peaks the map is all but flat, and x is only as good as y.
        for (int r = 0; r < kTile; ++r) {
          const double slope = std::exp(static_cast<double>(logd(r))), size = 1 + static_cast<double>(std::abs(y(r)));
          const double error = static_cast<double>(std::abs(m.x()(r, 0) - x(r)));
          BOOST_TEST(std::min(error, error * slope) <= tolerance(1e-14, 6e-6) * size);
        }
      }
    }
}

BOOST_AUTO_TEST_CASE(the_start_is_near_the_identity_and_its_components_differ) {
  for (const char* component : {"logistic", "normal"})
    for (const char* to : {"logit", "normal"}) {
      Map m({{"kind", "mixture_cdf"}, {"component", component}, {"to", to}});
      Vector phi(m.params);
      m.map->identity(phi.data());
      for (int p = 0; p < m.params; ++p) m.phi().col(p).setConstant(phi(p));
      for (int r = 0; r < kTile; ++r) m.x()(r, 0) = static_cast<Real>((r - 31.5) / 16);
      m.forward();
      BOOST_TEST((m.y() - m.x()).cwiseAbs().maxCoeff() <= 0.2);
      BOOST_TEST(phi(8) != phi(9));
    }
}

BOOST_AUTO_TEST_CASE(a_start_from_data_makes_a_column_nearly_normal) {
  std::vector<double> column;
  Uniforms random(2, Stream::kTest);
  for (int i = 0; i < 4000; ++i) {
    const double u = random.next(), v = random.next();
    column.push_back(u < 0.3 ? -2 + 0.2 * std::log(v / (1 - v)) : -std::log(v));  // a peak and an exponential
  }
  std::sort(column.begin(), column.end());
  for (const char* component : {"logistic", "normal"}) {
    Map m({{"kind", "mixture_cdf"}, {"component", component}, {"to", "normal"}});
    Vector phi(m.params);
    BOOST_TEST(m.map->start(column, false, phi.data()));
    for (int p = 0; p < m.params; ++p) m.phi().col(p).setConstant(phi(p));
    // Where the standard normal has its quantiles (r + 1/2) / 64, the column has them too, up to the smoothing.
    for (int r = 0; r < kTile; ++r) m.x()(r, 0) = static_cast<Real>(column[static_cast<std::size_t>(62.5 * r + 31)]);
    m.forward();
    double worst = 0;
    for (int r = 0; r < kTile; ++r) {
      const double p = 0.5 * std::erfc(-static_cast<double>(m.y()(r, 0)) / std::sqrt(2.0));
      worst = std::max(worst, std::abs(p - (r + 0.5) / 64));
    }
    BOOST_TEST(worst <= 0.08);
  }
}

}  // namespace
}  // namespace nf
