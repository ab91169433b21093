// The laws every layer keeps, in both directions, with and without context, for 1, 2 and 5 features, float and double.
// A new unit is tested by its line in registry.def and, where it has options, its rows in laws_cases.h.
#include "gradient_test.h"
#include "laws_cases.h"
#include "nf/core/factor.h"
#include "nf/model/model.h"
#include "nf/flow/registry.h"
#include "nf/model/model_file.h"
#include "nf/model/scorer.h"
#include "nf/transformers/transformer.h"
#include "real_test.h"

namespace nf {
namespace {

// A law is a suite, a row of laws_cases.h a case of it: laws_test64 -t
// inverse_undoes_forward_and_log_dets_cancel/planar*
class Law {
 public:
  Law(const char* name, void (*holds)(const Case&, Bench&), double spread = -1) {
    boost::unit_test::test_suite* suite = BOOST_TEST_SUITE(name);
    for (const Case& c : cases())
      suite->add(boost::unit_test::make_test_case(
          [&c, holds, spread] {
            Bench bench(c.spec, spread < 0 ? c.spread : spread);
            BOOST_TEST_CONTEXT(c.spec.dump()) holds(c, bench);
          },
          c.name, __FILE__, __LINE__));
    boost::unit_test::framework::master_test_suite().add(suite);
  }
};
#define NF_LAW(name, ...)                                       \
  void name(const Case& c, Bench& bench);                       \
  const Law law_##name(#name, name __VA_OPT__(, ) __VA_ARGS__); \
  void name([[maybe_unused]] const Case& c, Bench& bench)

double largest(const Tile& a, const Tile& b) {
  return a.cols() == 0 ? 0 : static_cast<double>((a - b).cwiseAbs().maxCoeff());
}

// The way back from where nothing is drawn.
NF_LAW(inverse_undoes_forward_and_log_dets_cancel) {
  const std::vector<Way> both = ways(bench.flow);
  const Traits& traits = bench.flow.traits();
  for (const bool encode : {true, false}) {
    if (encode ? !traits.exact_inverse : !traits.exact || traits.discrete) continue;  // many z stand for one x
    const Way &there = both[encode ? 0 : 1], &back = both[encode ? 1 : 0];
    Vector mx, mz, mb;
    Tile x = random_tile(mx, there.from, 2, c.reach), z = bench.tile(mz, there.to), again = bench.tile(mb, there.from);
    LogDet one = LogDet::Zero(), other = LogDet::Zero();
    Pass pass = bench.pass();
    (bench.flow.*there.map)(pass, in(x), z, one);
    (bench.flow.*back.map)(pass, in(z), again, other);
    BOOST_TEST(largest(x, again) <= tolerance(1e-10, 2e-4));
    BOOST_TEST((one + other).abs().maxCoeff() <= tolerance(1e-10, 2e-4));
  }
}

// What Pass::prepared holds, or a flow makes of theta for each call, is the same.
NF_LAW(prepared_numbers_change_no_bit) {
  Vector prepared;
  bench.flow.prepare(bench.theta.data(), bench.scratch, prepared);
  for (const Way& way : ways(bench.flow)) {
    Vector mx, mz, mw;
    Tile x = random_tile(mx, way.from, 2, c.reach), z = bench.tile(mz, way.to), w = bench.tile(mw, way.to);
    LogDet one = LogDet::Zero(), two = LogDet::Zero();
    Pass pass = bench.pass();
    (bench.flow.*way.map)(pass, in(x), z, one);
    pass.prepared = prepared.data();
    (bench.flow.*way.map)(pass, in(x), w, two);
    BOOST_TEST((z == w));
    BOOST_TEST((one == two).all());
  }
}

NF_LAW(where_ld_is_not_wanted_the_values_are_the_same) {
  for (const Way& way : ways(bench.flow)) {
    Vector mx, mz, mw;
    Tile x = random_tile(mx, way.from, 2, c.reach), z = bench.tile(mz, way.to), w = bench.tile(mw, way.to);
    LogDet ld = LogDet::Zero();
    Pass pass = bench.pass();
    (bench.flow.*way.map)(pass, in(x), z, ld);
    pass.wants_ld = false;
    (bench.flow.*way.map)(pass, in(x), w, ld);
    BOOST_TEST((z == w));
  }
}

NF_LAW(starts_as_the_identity, 0.0) {
  if (!c.starts_as_identity) return;
  Vector mx, mz;
  Tile x = random_tile(mx, bench.flow.dim(), 2), z = bench.tile(mz, bench.flow.dim());
  LogDet ld = LogDet::Zero();
  Pass pass = bench.pass();
  bench.flow.encode(pass, in(x), z, ld);
  BOOST_TEST(largest(x, z) <= tolerance(1e-12, 1e-6));
  BOOST_TEST(ld.abs().maxCoeff() <= tolerance(1e-12, 5e-6));
}

NF_LAW(log_det_is_that_of_the_finite_difference_jacobian) {
  if (!kDouble) return;  // differences need the digits
  if (!bench.flow.traits().bijective()) return;
  const int dim = bench.flow.dim();
  for (const Map map : {ways(bench.flow)[0].map, ways(bench.flow)[1].map}) {
    Vector mx, mz, mp, mq;
    Tile x = random_tile(mx, dim, 3, c.reach), z = bench.tile(mz, dim), above = bench.tile(mp, dim),
         below = bench.tile(mq, dim);
    LogDet ld = LogDet::Zero(), ignored = LogDet::Zero();
    Pass pass = bench.pass();
    (bench.flow.*map)(pass, in(x), z, ld);
    std::vector<Eigen::MatrixXd> jacobian(kTile, Eigen::MatrixXd(dim, dim));
    const Real h = Real(1e-6);
    for (int j = 0; j < dim; ++j) {
      const Vector column = x.col(j);
      x.col(j).array() += h;
      (bench.flow.*map)(pass, in(x), above, ignored);
      x.col(j).array() -= 2 * h;
      (bench.flow.*map)(pass, in(x), below, ignored);
      x.col(j) = column;
      for (int r = 0; r < kTile; ++r)
        jacobian[r].col(j) = ((above.row(r) - below.row(r)) / (2 * h)).transpose().cast<double>();
    }
    int off = 0;
    for (int r = 0; r < kTile; ++r) {
      const double expected = log_abs_determinant(jacobian[r]);
      off += std::abs(expected - ld(r)) > 1e-6 * (1 + std::abs(expected));
    }
    BOOST_TEST(off <= (c.smooth ? 0 : 1));  // a difference may straddle a kink of relu or of the clip
  }
}

// Along a random direction of (x, theta, context), the loss sum(a z) + sum(b ld) changes as the gradients say.
NF_LAW(gradients_are_those_of_directional_differences) {
  if (!kDouble) return;
  for (const Way& way : ways(bench.flow)) {
    Vector mx, ma, mv;
    random_tile(mx, way.from, 4, c.reach);
    const Tile a = random_tile(ma, way.to, 5), v = random_tile(mv, way.from, 6);
    BOOST_TEST(gradient_error(bench, way, mx, v, a) <= (c.smooth ? 1e-6 : 2e-3));
  }
}

NF_LAW(rows_do_not_depend_on_their_neighbours) {
  for (const Way& way : ways(bench.flow)) {
    Vector mx, mz, mw;
    Tile x = random_tile(mx, way.from, 8), z = bench.tile(mz, way.to), w = bench.tile(mw, way.to);
    LogDet one = LogDet::Zero(), two = LogDet::Zero();
    Pass pass = bench.pass();
    (bench.flow.*way.map)(pass, in(x), z, one);
    for (int r = 1; r < kTile; ++r) x.row(r) *= Real(3);
    (bench.flow.*way.map)(pass, in(x), w, two);
    BOOST_TEST((z.row(0) == w.row(0)));
    BOOST_TEST(one(0) == two(0));
  }
}

NF_LAW(far_values_give_finite_or_minus_infinite_densities) {
  for (const double far : {1e4, -1e4}) {
    Vector mx, mz;
    Tile x = random_tile(mx, bench.flow.dim(), 9), z = bench.tile(mz, bench.flow.noise_dim());
    x.topRows(32).setConstant(static_cast<Real>(far));
    LogDet lp = LogDet::Zero();
    Pass pass = bench.pass();
    bench.flow.log_prob(pass, in(x), z, lp);
    BOOST_TEST((lp < 1e6).all());
    BOOST_TEST(!lp.isNaN().any());
  }
}

NF_LAW(theta_and_its_gradient_are_zero_outside_live_ranges) {
  for (const Way& way : ways(bench.flow)) {
    Vector mx, mz, md;
    Tile x = random_tile(mx, way.from, 10), z = bench.tile(mz, way.to), dx = bench.tile(md, way.from);
    LogDet ld = LogDet::Zero();
    Pass pass = bench.pass(true);
    Vector dtheta = Vector::Zero(bench.theta.size());
    pass.dtheta = dtheta.data();
    (bench.flow.*way.map)(pass, in(x), z, ld);
    (bench.flow.*way.back)(pass, in(z), LogDet::Constant(bench.flow.traits().ld_gradient ? 1 : 0), dx);
    Vector theta = bench.flow.init(1);
    for (const Slot& slot : bench.flow.params().slots())
      for (int row = 0; row < slot.rows; ++row)
        for (int col = 0; col < slot.live(row); ++col) {
          if (slot.trainable) dtheta[static_cast<Eigen::Index>(slot.at(row, col))] = 0;
          theta[static_cast<Eigen::Index>(slot.at(row, col))] = 0;
        }
    BOOST_TEST((dtheta.array() == 0).all());
    BOOST_TEST((theta.array() == 0).all());
  }
}

NF_LAW(an_autoregressive_jacobian_is_triangular_in_the_layers_order) {
  const Json layer = bench.flow.spec()["layers"][0];
  if (layer["kind"] != "autoregressive") return;
  const std::vector<int> order = layer["order"];
  const int dim = bench.flow.dim();
  Vector mx, mz, mw;
  Tile x = random_tile(mx, dim, 11), z = bench.tile(mz, dim), w = bench.tile(mw, dim);
  LogDet ld = LogDet::Zero();
  Pass pass = bench.pass();
  bench.flow.encode(pass, in(x), z, ld);
  for (int i = 0; i < dim; ++i) {
    const int j = order[i];
    const Vector column = x.col(j);
    x.col(j).array() += Real(0.5);
    bench.flow.encode(pass, in(x), w, ld);
    x.col(j) = column;
    for (int earlier = 0; earlier < i; ++earlier) {
      const int k = order[earlier];
      BOOST_TEST((z.col(k) == w.col(k)));
    }
  }
}

// Decoding feature by feature reuses what is known of the net; D passes through all of it, each good for one feature
// more, give the same bits.
NF_LAW(an_autoregressive_decode_is_that_of_full_passes) {
  const Json layer = bench.flow.spec()["layers"][0];
  if (layer["kind"] != "autoregressive" || layer.value("inverse", false) || layer.contains("override")) return;
  const std::vector<int> order = layer["order"];
  const auto map = make_transformer(layer["transformer"], "map");
  const int dim = bench.flow.dim(), width = map->num_params();
  Vector mx, mz, mw, mp, mu;
  Tile z = random_tile(mz, dim, 11, c.reach), x = bench.tile(mx, dim), w = bench.tile(mw, dim);
  Tile phi = bench.tile(mp, bench.flow.num_taps()), one = bench.tile(mu, 1);
  Pass pass = bench.pass();
  LogDet ld = LogDet::Zero();
  bench.flow.decode(pass, in(z), x, ld);
  Vector mt = Vector::Zero(kTile * dim);
  Tile by_passes(mt.data(), kTile, dim);
  for (int i = 0; i < dim; ++i) {
    bench.flow.encode(pass, in(by_passes), w, ld, phi.data());
    map->inverse(pass, columns(in(z), order[i], 1), columns(in(phi), i * width, width), columns(by_passes, order[i], 1),
                 one);
  }
  BOOST_TEST(largest(x, by_passes) == 0);
}

NF_LAW(saving_and_loading_gives_the_same_bits) {
  Model model(c.spec);
  model.theta = bench.theta;
  model.training["steps"] = 3;
  const std::string bytes = serialise(model);
  const Model again = parse_model(std::as_bytes(std::span(bytes)));
  BOOST_TEST((again.theta == model.theta));
  BOOST_TEST((again.flow.spec() == model.flow.spec()));
  BOOST_TEST((Flow(again.flow.spec()).spec() == again.flow.spec()));
  BOOST_TEST((serialise(again) == bytes));
}

BOOST_AUTO_TEST_CASE(results_do_not_depend_on_threads_or_on_how_rows_are_cut_into_tiles) {
  for (const std::string& preset : names(presets())) {
    const std::vector<std::string> without_nets = {"affine", "planar", "radial", "sylvester", "gdn", "gaussianization"};
    const bool nets = std::find(without_nets.begin(), without_nets.end(), preset) == without_nets.end();
    const Json hidden = preset == "cnf" ? Json::array({20}) : Json{20, 20};  // a field has one width
    Json set = nets ? Json{{"hidden", hidden}} : Json::object();
    if (preset == "snf") set["place"] = "within", set["lambda"] = 0;  // else it needs a target
    Model model(preset_spec(preset, 5, 2, set));
    model.theta = Bench(model.flow.spec()).theta;
    const int rows = 1000;
    std::vector<double> x(rows * 5), c(rows * 2), lp(rows), z(rows * 5), lp_cut(rows), z_cut(rows * 5), again(rows * 5);
    Uniforms random(4, Stream::kTest);
    for (double& value : c) value = random.next();
    Scorer one(model, 1), four(model, 4);
    one.sample(9, 0, c.data(), rows, 1, x.data(), lp.data());
    four.sample(9, 0, c.data(), rows, 1, again.data(), lp_cut.data());
    BOOST_TEST((x == again));
    BOOST_TEST((lp == lp_cut));
    // Row 37 of the endless sample is the same number wherever a shard starts.
    four.sample(9, 37, c.data() + 37 * 2, 100, 1, again.data(), nullptr);
    BOOST_TEST(std::equal(again.begin(), again.begin() + 500, x.begin() + 37 * 5));
    one.log_prob(x.data(), c.data(), rows, lp.data(), z.data());
    for (int first = 0; first < rows; first += 37) {
      const int n = std::min(37, rows - first);
      four.log_prob(x.data() + first * 5, c.data() + first * 2, n, lp_cut.data() + first, z_cut.data() + first * 5,
                    {.first_row = static_cast<std::uint64_t>(first)});
    }
    BOOST_TEST((lp == lp_cut));
    BOOST_TEST((z == z_cut));
  }
}

BOOST_AUTO_TEST_CASE(a_missing_value_gives_a_missing_density) {
  Model model(preset_spec("maf", 3, 0, {{"hidden", {8, 8}}}));
  model.theta = Bench(model.flow.spec()).theta;
  std::vector<double> x = {0, 0, 0, 0, std::nan(""), 0, 1, 1, 1}, lp(3);
  Scorer(model, 1).log_prob(x.data(), nullptr, 3, lp.data(), nullptr);
  BOOST_TEST(std::isfinite(lp[0]));
  BOOST_TEST(std::isnan(lp[1]));
  BOOST_TEST(std::isfinite(lp[2]));
}

}  // namespace
}  // namespace nf
