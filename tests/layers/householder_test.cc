// What is special to householder, and to the flow that it makes with mixture_cdf marginals.
#include "real_test.h"

#include "nf/core/factor.h"
#include "nf/core/load_tile.h"
#include "nf/flow/registry.h"

namespace nf {
namespace {

// Correlated columns of different widths.
Batch correlated(int rows, int dim) {
  Batch x(rows, dim);
  Uniforms random(3, Stream::kTest);
  for (int r = 0; r < rows; ++r) {
    double sum = 0;
    for (int j = 0; j < dim; ++j) {
      sum = 0.7 * sum + (j + 1) * (2 * random.next() - 1);
      x(r, j) = static_cast<Real>(sum);
    }
  }
  return x;
}

Eigen::MatrixXd encoded(Bench& bench, const Batch& x, LogDet& total) {
  const int dim = bench.flow.dim();
  Eigen::MatrixXd z(x.rows(), dim);
  Vector mx, mz;
  Tile from = bench.tile(mx, dim), to = bench.tile(mz, dim);
  for (Eigen::Index first = 0; first < x.rows(); first += kTile) {
    const int real = load_tile(x, first, from);
    LogDet lp = LogDet::Zero();
    Pass pass = bench.pass();
    bench.flow.log_prob(pass, in(from), to, lp);
    z.middleRows(first, real) = to.topRows(real).cast<double>();
    total.head(real) += lp.head(real);
  }
  return z;
}

Eigen::MatrixXd covariance(const Eigen::MatrixXd& x) {
  const Eigen::MatrixXd centred = x.rowwise() - x.colwise().mean();
  return centred.transpose() * centred / static_cast<double>(x.rows());
}

BOOST_AUTO_TEST_CASE(reflections_keep_lengths) {
  Bench bench({{"dim", 5}, {"layers", {{{"kind", "householder"}, {"reflections", 3}}}}});
  Vector mx, mz;
  Tile x = random_tile(mx, 5, 1), z = bench.tile(mz, 5);
  LogDet ld = LogDet::Zero();
  Pass pass = bench.pass();
  bench.flow.encode(pass, in(x), z, ld);
  BOOST_TEST((x.rowwise().norm() - z.rowwise().norm()).cwiseAbs().maxCoeff() <= tolerance(1e-14, 2e-6));
  BOOST_TEST((x - z).cwiseAbs().maxCoeff() > 0.1);
  BOOST_TEST((ld == 0).all());
}

BOOST_AUTO_TEST_CASE(a_start_from_data_turns_to_the_principal_axes) {
  for (const int dim : {1, 4, 5})
    for (const bool inverse : {false, true}) {
      Bench bench({{"dim", dim}, {"layers", {{{"kind", "householder"}, {"from_data", true}, {"inverse", inverse}}}}});
      const Batch x = correlated(1000, dim);
      bench.flow.init_data(bench.theta, x, Batch(x.rows(), 0));
      LogDet ignored = LogDet::Zero();
      const Eigen::MatrixXd c = covariance(encoded(bench, x, ignored));
      const Eigen::MatrixXd off = c - Eigen::MatrixXd(c.diagonal().asDiagonal());
      BOOST_TEST(off.cwiseAbs().maxCoeff() <= tolerance(1e-12, 1e-4));
      for (int j = 1; j < dim; ++j) BOOST_TEST(c(j, j) <= c(j - 1, j - 1));
    }
}

// Fewer reflections than axes: the first ones come first.
BOOST_AUTO_TEST_CASE(few_reflections_find_the_first_axes) {
  Bench all({{"dim", 5}, {"layers", {{{"kind", "householder"}, {"from_data", true}}}}});
  Bench two({{"dim", 5}, {"layers", {{{"kind", "householder"}, {"from_data", true}, {"reflections", 2}}}}});
  const Batch x = correlated(1000, 5);
  LogDet ignored = LogDet::Zero();
  for (Bench* bench : {&all, &two}) bench->flow.init_data(bench->theta, x, Batch(x.rows(), 0));
  const Eigen::MatrixXd a = covariance(encoded(all, x, ignored)), b = covariance(encoded(two, x, ignored));
  for (int j = 0; j < 2; ++j) BOOST_TEST(std::abs(a(j, j) / b(j, j) - 1) <= tolerance(1e-12, 1e-5));
}

// One pass of RBIG, before any training, fits a bent ridge better than the best Gaussian does.
BOOST_AUTO_TEST_CASE(gaussianization_starts_with_a_fit) {
  const int rows = 4096;
  Batch x(rows, 2);
  Uniforms random(5, Stream::kTest);
  const auto normal = [&] {
    const double radius = std::sqrt(-2 * std::log(random.next()));
    return radius * std::cos(6.283185307179586 * random.next());
  };
  for (int r = 0; r < rows; ++r) {
    const double u = normal();
    x.row(r) << static_cast<Real>(u), static_cast<Real>(u * u - 1 + 0.3 * normal());
  }
  Bench bench(preset_spec("gaussianization", 2, 0, {{"layers", 8}}), 0.0);
  bench.flow.init_data(bench.theta, x, Batch(rows, 0));
  LogDet total = LogDet::Zero();
  const Eigen::MatrixXd z = encoded(bench, x, total);
  const double gaussian =
      -std::log(2 * 3.141592653589793) - 1 - 0.5 * log_abs_determinant(covariance(x.cast<double>()));
  BOOST_TEST(total.sum() / rows > gaussian + 0.3);
  BOOST_TEST((covariance(z) - Eigen::MatrixXd::Identity(2, 2)).cwiseAbs().maxCoeff() <= 0.3);
}

}  // namespace
}  // namespace nf
