// What every base keeps, with and without trained numbers: a density that integrates to one, its gradients, and a
// sampler of that density whose rows are functions of the seed and the row's number alone.
#include "real_test.h"

#include <algorithm>
#include <boost/math/distributions/students_t.hpp>

#include "nf/kernels/log_scale.h"
#include "nf/flow/registry.h"

namespace nf {
namespace {

std::vector<Json> variants(const std::string& kind) {
  const auto with = [&](Json extra) {
    Json base = {{"kind", kind}};
    base.update(extra);
    return base;
  };
  if (kind == "uniform") return {with({{"low", -1}, {"high", 2}})};
  if (kind == "gaussian_mixture") return {with({{"components", 1}}), with({{"components", 4}})};
  if (kind == "conditional_normal") return {with({{"classes", 3}, {"column", 1}})};
  return {with(Json::object())};
}

// A flow that is its base alone, all its numbers moved away from the start; context column 1 holds classes 0, 1, 2.
struct BaseBench : Bench {
  BaseBench(const Json& base, int dim)
      : Bench({{"dim", dim}, {"context", 2}, {"base", base}, {"layers", Json::array()}}, 0.8) {
    for (int r = 0; r < kTile; ++r) context_memory(kTile + r) = static_cast<Real>(r % 3);
  }
  const Base& base() const { return flow.base(); }
  Real number(const std::string& slot, int row, int col) const {
    for (const Slot& s : flow.params().slots())
      if (s.name == slot) return theta[static_cast<Eigen::Index>(s.at(row, col))];
    return static_cast<Real>(std::nan(""));
  }
};

template <class Step>
void for_each_base(int dim, Step step) {
  for (const std::string& kind : names(bases()))
    for (const Json& spec : variants(kind)) {
      BaseBench bench(spec, dim);
      BOOST_TEST_CONTEXT(spec.dump()) { step(kind, bench); }
    }
}

BOOST_AUTO_TEST_CASE(gradients_are_those_of_directional_differences) {
  if (!kDouble) return;
  for (const int dim : {1, 5})
    for_each_base(dim, [&](const std::string&, BaseBench& bench) {
      Vector mz, md, mv;
      Tile z = random_tile(mz, dim, 4), dz = bench.tile(md, dim), v = random_tile(mv, dim, 6);
      z = (z.array() * Real(0.3) + Real(0.5)).matrix();  // inside the uniform's support
      const LogDet b = LogDet::LinSpaced(kTile, -1, 1);
      Pass pass = bench.pass();
      Vector dtheta = Vector::Zero(bench.theta.size());
      pass.dtheta = dtheta.data();
      bench.base().backward(pass, in(z), b, dz);
      BOOST_TEST(bench.scratch.empty());
      Vector direction = Vector::Zero(bench.theta.size());
      Uniforms random(7, Stream::kTest);
      for (const Range& range : bench.flow.params().ranges(std::size_t{1} << 30))
        for (std::size_t i = 0; i < range.length; ++i)
          direction[static_cast<Eigen::Index>(range.offset + i)] = static_cast<Real>(2 * random.next() - 1);
      const Vector theta = bench.theta, z0 = mz;
      const auto loss = [&](double h) {
        bench.theta = theta + static_cast<Real>(h) * direction;
        mz = z0 + static_cast<Real>(h) * mv;
        LogDet lp = LogDet::Zero();
        Pass plain = bench.pass();
        bench.base().log_prob(plain, TileIn(mz.data(), kTile, dim), lp);
        return (b * lp).sum();
      };
      const double h = 1e-6, difference = (loss(h) - loss(-h)) / (2 * h);
      const double analytic = static_cast<double>((dz.array() * v.array()).sum() + dtheta.dot(direction));
      BOOST_TEST(std::abs(difference - analytic) <= 1e-7 * (1 + std::abs(analytic)));
    });
}

// The distribution function at ascending points: the density over z = sinh(t), summed up to sinh(20).
struct Cdf {
  static constexpr int kTiles = 1250;
  static constexpr double kReach = 20, kStep = 2 * kReach / (kTiles * kTile);
  Cdf(BaseBench& bench, Real context) {
    bench.context_memory.setConstant(context);
    Vector mz;
    Tile z = bench.tile(mz, 1);
    double sum = 0;
    for (int t = 0; t < kTiles; ++t) {
      for (int r = 0; r < kTile; ++r) z(r, 0) = static_cast<Real>(std::sinh(at(t * kTile + r)));
      LogDet lp = LogDet::Zero();
      Pass pass = bench.pass();
      bench.base().log_prob(pass, in(z), lp);
      for (int r = 0; r < kTile; ++r) {
        sum += std::exp(lp(r)) * std::cosh(at(t * kTile + r)) * kStep;
        value.push_back(sum);
      }
    }
  }
  static double at(int i) { return (i + 0.5) * kStep - kReach; }
  double operator()(double z) const {
    const double place = (std::asinh(z) + kReach) / kStep;
    return value[static_cast<std::size_t>(std::clamp(place, 0.0, kTiles * kTile - 1.0))];
  }
  std::vector<double> value;
};

// The Kolmogorov-Smirnov distance of a sample from a distribution, in units of 1 / sqrt(n): above 2.2 with a
// probability of 1e-4.
template <class Distribution>
double distance(std::vector<double> sample, const Distribution& cdf) {
  std::sort(sample.begin(), sample.end());
  const double n = static_cast<double>(sample.size());
  double most = 0;
  for (std::size_t i = 0; i < sample.size(); ++i) {
    const double p = cdf(sample[i]), rank = static_cast<double>(i);
    most = std::max({most, std::abs(p - rank / n), std::abs(p - (rank + 1) / n)});
  }
  return most * std::sqrt(n);
}

std::vector<double> draw(BaseBench& bench, int tiles, int column) {
  Vector mz;
  Tile z = bench.tile(mz, bench.flow.dim());
  std::vector<double> sample;
  for (int t = 0; t < tiles; ++t) {
    Pass pass = bench.pass();
    bench.base().sample(pass, Random{3}, Stream::kBase, static_cast<std::uint64_t>(t) * kTile, z);
    for (int r = 0; r < kTile; ++r) sample.push_back(static_cast<double>(z(r, column)));
  }
  return sample;
}

BOOST_AUTO_TEST_CASE(densities_integrate_to_one_and_samples_follow_them) {
  for_each_base(1, [](const std::string& kind, BaseBench& bench) {
    for (const Real context : {Real(0), Real(2)}) {
      const Cdf cdf(bench, context);
      // The grid's error where a density ends abruptly; else that of its numbers.
      BOOST_TEST(std::abs(cdf.value.back() - 1) <= (kind == "uniform" ? 2e-3 : tolerance(1e-9, 2e-6)));
      BOOST_TEST(distance(draw(bench, 800, 0), cdf) <= 2.2);
    }
  });
}

BOOST_AUTO_TEST_CASE(a_samples_rows_are_functions_of_seed_and_row) {
  for_each_base(5, [](const std::string&, BaseBench& bench) {
    bench.context_memory.setConstant(Real(1));
    Vector ma, mb;
    Tile a = bench.tile(ma, 5), b = bench.tile(mb, 5);
    Pass pass = bench.pass();
    bench.base().sample(pass, Random{9}, Stream::kBase, 0, a);
    bench.base().sample(pass, Random{9}, Stream::kBase, 37, b);
    BOOST_TEST((a.bottomRows(kTile - 37) == b.topRows(kTile - 37)));
    bench.base().sample(pass, Random{10}, Stream::kBase, 0, b);
    BOOST_TEST((a.array() != b.array()).all());
  });
}

BOOST_AUTO_TEST_CASE(far_values_give_finite_or_minus_infinite_densities) {
  for_each_base(2, [](const std::string&, BaseBench& bench) {
    for (const double far : {1e4, -1e4, 1e15, -1e15}) {
      Vector mz, md;
      Tile z = bench.tile(mz, 2), dz = bench.tile(md, 2);
      z.setConstant(static_cast<Real>(far));
      LogDet lp = LogDet::Zero();
      Pass pass = bench.pass();
      bench.base().log_prob(pass, in(z), lp);
      bench.base().backward(pass, in(z), LogDet::Ones(), dz);
      BOOST_TEST((lp < 0).all());
      BOOST_TEST(dz.allFinite());
    }
  });
}

BOOST_AUTO_TEST_CASE(student_t_is_that_of_boost_in_every_column) {
  BaseBench bench({{"kind", "student_t"}, {"minimum", 0.5}}, 5);
  for (const int j : {0, 4}) {
    // A tile whose other columns are 0, less one of zeros alone, leaves column j.
    const double nu = 0.5 + static_cast<double>(std::exp(log_scale(bench.number("base.r", 0, j))));
    const boost::math::students_t_distribution<double> expected(nu);
    Vector mz, mo;
    Tile z = bench.tile(mz, 5), zero = bench.tile(mo, 5);
    for (int r = 0; r < kTile; ++r) z(r, j) = static_cast<Real>(std::sinh((r - 31.5) / 4));
    LogDet lp = LogDet::Zero(), at_zero = LogDet::Zero();
    Pass pass = bench.pass();
    bench.base().log_prob(pass, in(z), lp);
    bench.base().log_prob(pass, in(zero), at_zero);
    for (int r = 0; r < kTile; ++r) {
      const double exact = std::log(pdf(expected, static_cast<double>(z(r, j))) / pdf(expected, 0));
      BOOST_TEST(std::abs(lp(r) - at_zero(r) - exact) <= tolerance(1e-12, 1e-5) * (1 + std::abs(exact)));
    }
    BOOST_TEST(distance(draw(bench, 800, j), [&](double t) { return cdf(expected, t); }) <= 2.2);
  }
}

// E z and E z z' of a mixture: the columns of a row come from one component.
BOOST_AUTO_TEST_CASE(a_gaussian_mixtures_sample_has_its_moments) {
  const int dim = 3, count = 4, tiles = 3000;
  BaseBench bench({{"kind", "gaussian_mixture"}, {"components", count}}, dim);
  Eigen::VectorXd mean = Eigen::VectorXd::Zero(dim), sample_mean = mean;
  Eigen::MatrixXd second = Eigen::MatrixXd::Zero(dim, dim), sample_second = second;
  double weights = 0;
  const auto number = [&](const char* slot, int k, int j) { return static_cast<double>(bench.number(slot, k, j)); };
  for (int k = 0; k < count; ++k) weights += std::exp(number("base.weight", 0, k));
  for (int k = 0; k < count; ++k) {
    const double w = std::exp(number("base.weight", 0, k)) / weights;
    Eigen::VectorXd m(dim), variance(dim);
    for (int j = 0; j < dim; ++j) {
      m(j) = number("base.mean", k, j);
      variance(j) = std::exp(2 * log_scale(number("base.r", k, j)));
    }
    mean += w * m;
    second += w * (m * m.transpose() + Eigen::MatrixXd(variance.asDiagonal()));
  }
  Vector mz;
  Tile z = bench.tile(mz, dim);
  for (int t = 0; t < tiles; ++t) {
    Pass pass = bench.pass();
    bench.base().sample(pass, Random{4}, Stream::kBase, static_cast<std::uint64_t>(t) * kTile, z);
    const Eigen::MatrixXd rows = z.cast<double>();
    sample_mean += rows.colwise().sum().transpose() / (tiles * kTile);
    sample_second += rows.transpose() * rows / (tiles * kTile);
  }
  // Five standard errors of products with standard deviations up to about 4.
  BOOST_TEST((sample_mean - mean).cwiseAbs().maxCoeff() <= 5 * 2 / std::sqrt(tiles * kTile));
  BOOST_TEST((sample_second - second).cwiseAbs().maxCoeff() <= 5 * 4 / std::sqrt(tiles * kTile));
}

// Three classes at unequal distances, each with its own mean and scale, found in the rows at the start.
BOOST_AUTO_TEST_CASE(a_conditional_normal_starts_from_the_classes_in_the_data) {
  const Json base = {{"kind", "conditional_normal"}, {"column", 1}, {"classes", 3}};
  BaseBench bench(base, 2);
  const Real values[] = {Real(-1.5), Real(0.25), Real(4)};
  Batch x(300, 2), c(300, 2);
  for (int r = 0; r < 300; ++r) {
    const int k = r % 3;
    c.row(r) << Real(9), values[k];
    x.row(r) << static_cast<Real>(k + (r % 2 == 0 ? 0.5 : -0.5)), static_cast<Real>(r % 2 == 0 ? 2 : -2);
  }
  bench.flow.init_data(bench.theta, x, c);
  for (int k = 0; k < 3; ++k) {
    BOOST_TEST(bench.number("base.value", 0, k) == values[k]);
    BOOST_TEST(std::abs(bench.number("base.mean", k, 0) - static_cast<Real>(k)) <= tolerance(1e-14, 1e-6));
    BOOST_TEST(std::abs(std::exp(log_scale(bench.number("base.r", k, 0))) - Real(0.5)) <= tolerance(1e-14, 1e-6));
    BOOST_TEST(std::abs(std::exp(log_scale(bench.number("base.r", k, 1))) - Real(2)) <= tolerance(1e-14, 1e-6));
  }
  c(0, 1) = Real(0.26);
  BOOST_CHECK_THROW(bench.flow.init_data(bench.theta, x, c), Error);
  BOOST_CHECK_THROW(Flow({{"dim", 2}, {"context", 1}, {"base", base}}), Error);
}

}  // namespace
}  // namespace nf
