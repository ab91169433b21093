// Columns with bases of their own: the densities multiply, and the columns' samples are independent.
#include "real_test.h"

namespace nf {
namespace {

const Json kOverride = {{"kind", "normal"},
                        {"override", {{"1", {{"kind", "uniform"}, {"low", -1}, {"high", 3}}}, {"2", "logistic"}}}};

Json flow_of(const Json& base) { return {{"dim", 4}, {"context", 0}, {"base", base}, {"layers", Json::array()}}; }

BOOST_AUTO_TEST_CASE(the_density_is_the_product_of_the_columns_densities) {
  Bench bench(flow_of(kOverride));
  Vector mz;
  Tile z = bench.tile(mz, 4);
  z.row(0) << Real(0.5), Real(2), Real(-1), Real(-2);
  z.row(1) << 0, Real(3.5), 0, 0;
  LogDet lp = LogDet::Zero();
  Pass pass = bench.pass();
  bench.flow.base().log_prob(pass, in(z), lp);
  const double normals = -0.5 * (0.25 + 4) - std::log(2 * M_PI), logistic = -1 - 2 * std::log1p(std::exp(-1.0));
  BOOST_TEST(std::abs(lp(0) - (normals - std::log(4.0) + logistic)) <= tolerance(1e-12, 1e-5));
  BOOST_TEST(lp(1) == -INFINITY);
}

BOOST_AUTO_TEST_CASE(columns_are_sampled_independently) {
  Bench bench(flow_of(kOverride));
  Vector mz;
  Tile z = bench.tile(mz, 4);
  const int tiles = 200, n = tiles * kTile;
  Eigen::MatrixXd all(n, 4);
  for (int t = 0; t < tiles; ++t) {
    Pass pass = bench.pass();
    bench.flow.base().sample(pass, Random{3}, Stream::kBase, static_cast<std::uint64_t>(t) * kTile, z);
    all.middleRows(t * kTile, kTile) = z.cast<double>();
  }
  all.rowwise() -= all.colwise().mean().eval();
  all.array().rowwise() /= (all.array().square().colwise().mean()).sqrt().eval();
  const Eigen::MatrixXd correlation = all.transpose() * all / n;
  for (int i = 0; i < 4; ++i)
    for (int j = 0; j < i; ++j) BOOST_TEST(std::abs(correlation(i, j)) <= 4 / std::sqrt(n));
}

BOOST_AUTO_TEST_CASE(a_circle_has_uniform_noise_and_says_so_in_the_spec) {
  Json spec = flow_of("normal");
  spec["circle"] = {2};
  const Flow flow(spec);
  BOOST_TEST(flow.spec()["base"]["override"]["2"]["kind"] == "uniform");
  BOOST_TEST((Flow(flow.spec()).spec() == flow.spec()));
  spec["base"] = {{"kind", "normal"}, {"override", {{"2", "logistic"}}}};
  BOOST_CHECK_THROW(Flow{spec}, Error);
  BOOST_CHECK_THROW(Flow(flow_of({{"kind", "normal"}, {"override", {{"4", "logistic"}}}})), Error);
}

}  // namespace
}  // namespace nf
