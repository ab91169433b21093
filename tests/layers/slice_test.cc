// Layers that drop columns and layers that draw them: densities by quadrature, bounds by importance weights.
#include "nf/model/model.h"
#include "nf/model/scorer.h"
#include "nf/train/fit.h"
#include "real_test.h"

namespace nf {
namespace {

Json net() { return {{"hidden", {16}}, {"activation", "tanh"}}; }
Json layer(const char* kind, const Json& more = nullptr) {
  Json spec = {{"kind", kind}};
  spec.update(net());
  if (!more.is_null()) spec.update(more);
  return spec;
}

// log p of the points of a grid, n a side over +-reach, under a flow of two columns.
std::vector<double> on_grid(const Bench& bench, int n, double reach) {
  std::vector<double> values;
  Bench& b = const_cast<Bench&>(bench);
  Vector mx, mz;
  Tile x = b.tile(mx, 2), z = b.tile(mz, b.flow.noise_dim());
  for (int first = 0; first < n * n; first += kTile) {
    for (int r = 0; r < kTile; ++r) {
      const int at = std::min(first + r, n * n - 1);
      x(r, 0) = static_cast<Real>(reach * (2 * (at / n + 0.5) / n - 1));
      x(r, 1) = static_cast<Real>(reach * (2 * (at % n + 0.5) / n - 1));
    }
    Pass pass = b.pass();
    LogDet lp = LogDet::Zero();
    b.flow.log_prob(pass, in(x), z, lp);
    for (int r = 0; r < kTile && first + r < n * n; ++r) values.push_back(lp(r));
  }
  return values;
}

BOOST_AUTO_TEST_CASE(a_sliced_flows_density_integrates_to_one) {
  const Json transformers[] = {"affine", {{"kind", "mixture_cdf"}, {"components", 3}, {"to", "normal"}}};
  for (const Json& transformer : transformers) {
    const Bench bench({{"dim", 2},
                       {"layers",
                        {layer("coupling", {{"mask", "odd"}}),
                         layer("slice", {{"drop", {0}}, {"transformer", transformer}}), "elementwise"}}});
    BOOST_TEST(bench.flow.noise_dim() == 1);
    BOOST_TEST(bench.flow.traits().exact);
    const int n = 1000;
    const double reach = 15, cell = 2 * reach / n;
    double sum = 0;
    for (const double lp : on_grid(bench, n, reach)) sum += std::exp(lp) * cell * cell;
    BOOST_TEST(std::abs(sum - 1) < 2e-3);
  }
}

// One column of two narrow modes; its augmented flow, and the same as a flow of both columns.
struct Augmented {
  Augmented() : model({{"dim", 1}, {"layers", all()}}) {
    Sample sample{{"x"}, {}, false, {}};
    Vector memory;
    for (std::uint64_t seed = 0; seed < 32; ++seed) {
      const Tile noise = random_tile(memory, 1, seed);
      for (int r = 0; r < kTile; ++r)
        sample.values.push_back(0.3 * static_cast<double>(noise(r, 0)) + (r % 2 ? 1.0 : -1.0));
    }
    // At the identity neither the column that joined nor the other gains by looking at the other: a saddle.
    model.theta = Bench(model.flow.spec()).theta;
    FitOptions options;
    options.epochs = 60;
    options.rate = 1e-2;
    options.patience = 0;
    result = fit(model, sample, {}, options);
  }
  static Json inner() {
    return {layer("coupling", {{"mask", "even"}}), layer("coupling", {{"mask", "odd"}}),
            layer("coupling", {{"mask", "even"}}), layer("coupling", {{"mask", "odd"}})};
  }
  static Json all() {
    Json list = Json::array({layer("augment", {{"columns", 1}})});
    for (const Json& l : inner()) list.push_back(l);
    return list;
  }
  // log p(x) by quadrature over the column that joined, from the joint density of the layers behind it.
  double quadrature(double x) const {
    Bench joint({{"dim", 2}, {"layers", inner()}}, 0.0);
    const auto size = static_cast<Eigen::Index>(joint.flow.params().size());
    joint.theta = model.theta.tail(size);
    Vector mx, mz;
    Tile at = joint.tile(mx, 2), z = joint.tile(mz, 2);
    const int n = 64 * 32;
    const double reach = 12;
    double sum = 0;
    for (int first = 0; first < n; first += kTile) {
      for (int r = 0; r < kTile; ++r) {
        at(r, 0) = static_cast<Real>(x);
        at(r, 1) = static_cast<Real>(reach * (2 * (first + r + 0.5) / n - 1));
      }
      Pass pass = joint.pass();
      LogDet lp = LogDet::Zero();
      joint.flow.log_prob(pass, in(at), z, lp);
      sum += lp.exp().sum() * 2 * reach / n;
    }
    return std::log(sum);
  }
  // The same at a value of the table.
  double at(double value) const {
    std::vector<double> log_det;
    const auto row = [&](std::int64_t) { return &value; };
    const auto x = static_cast<double>(enter_rows(model.columns, 1, row, &log_det)(0, 0));
    return quadrature(x) + log_det[0];
  }
  Model model;
  TrainResult result;
};

BOOST_AUTO_TEST_CASE(an_augmented_flows_bound_rises_to_the_log_density_that_quadrature_finds) {
  const Augmented trial;
  const Model& model = trial.model;
  BOOST_TEST(!model.flow.traits().exact);
  BOOST_TEST(model.flow.noise_dim() == 2);
  Scorer scorer(model, 1);
  double gaps = 0;
  const std::vector<double> points = {-1.6, -1, -0.4, 0.2, 0.9, 1.5};
  for (const double x : points) {
    const double exact = trial.at(x);
    double bound = 0, single = 0, spread = 0;
    scorer.log_prob(&x, nullptr, 1, &bound, nullptr, {.seed = 5, .count = 4000, .spread = &spread});
    BOOST_TEST(std::abs(bound - exact) < 0.02 + 5 * spread / std::sqrt(4000.0));
    for (std::uint64_t seed = 0; seed < 200; ++seed) {
      double one;
      scorer.log_prob(&x, nullptr, 1, &one, nullptr, {.seed = seed});
      single += one / 200;
    }
    BOOST_TEST(single < exact + 0.05);  // a lower bound in expectation
    gaps += exact - single;
  }
  BOOST_TEST(gaps > 0);
  // It has learned that there are two modes, which a normal distribution is not: its entropy is 1.46 nats.
  const double at_mode = trial.at(1.0);
  const double between = trial.at(0.0);
  BOOST_TEST(at_mode > between + 0.5);
}

BOOST_AUTO_TEST_CASE(what_a_layer_draws_depends_on_the_row_alone) {
  Model model({{"dim", 2},
               {"layers", {layer("augment", {{"columns", 2}}), layer("coupling"), layer("slice", {{"drop", {1}}})}}});
  model.theta = Bench(model.flow.spec()).theta;
  const int rows = 300;
  std::vector<double> x(rows * 2), lp(rows), cut(rows), again(rows * 2), weight(rows);
  Scorer one(model, 1), four(model, 4);
  one.sample(9, 0, nullptr, rows, 1, x.data(), weight.data());
  four.sample(9, 37, nullptr, 100, 1, again.data(), nullptr);
  BOOST_TEST(std::equal(again.begin(), again.begin() + 200, x.begin() + 37 * 2));
  one.log_prob(x.data(), nullptr, rows, lp.data(), nullptr, {.seed = 3, .count = 5});
  for (int first = 0; first < rows; first += 37)
    four.log_prob(x.data() + first * 2, nullptr, std::min(37, rows - first), cut.data() + first, nullptr,
                  {.seed = 3, .first_row = static_cast<std::uint64_t>(first), .count = 5});
  BOOST_TEST((lp == cut));
  one.log_prob(x.data(), nullptr, rows, cut.data(), nullptr, {.seed = 4, .count = 5});
  BOOST_TEST((lp != cut));
}

BOOST_AUTO_TEST_CASE(columns_that_a_layer_is_not_on_pass_as_they_are) {
  const Json inner = {layer("coupling"), "elementwise"};
  const Bench whole({{"dim", 4}, {"layers", {{{"kind", "on"}, {"columns", {2, 0}}, {"layers", inner}}}}});
  Bench part({{"dim", 2}, {"layers", inner}});
  part.theta = whole.theta;
  Bench& b = const_cast<Bench&>(whole);
  Vector mx, mz, mp, mq;
  Tile x = random_tile(mx, 4, 3), z = b.tile(mz, 4), p = b.tile(mp, 2), q = b.tile(mq, 2);
  p.col(0) = x.col(2), p.col(1) = x.col(0);
  LogDet one = LogDet::Zero(), two = LogDet::Zero();
  Pass pass = b.pass(), other = part.pass();
  b.flow.encode(pass, in(x), z, one);
  part.flow.encode(other, in(p), q, two);
  BOOST_TEST((z.col(1) == x.col(1)));
  BOOST_TEST((z.col(3) == x.col(3)));
  BOOST_TEST((z.col(2) == q.col(0)));
  BOOST_TEST((z.col(0) == q.col(1)));
  BOOST_TEST((one == two).all());
}

// Circles elsewhere ask nothing of layers on lines; among their own columns they do.
BOOST_AUTO_TEST_CASE(layers_on_lines_stand_beside_circles) {
  const auto flow = [](const Json& columns) {
    return Json{
        {"dim", 3}, {"circle", {0}}, {"layers", {{{"kind", "on"}, {"columns", columns}, {"layers", {"linear"}}}}}};
  };
  BOOST_TEST((Flow(flow({1, 2})).manifold(0) == Manifold::kCircle));
  BOOST_CHECK_THROW(Flow(flow({0, 2})), Error);
}

BOOST_AUTO_TEST_CASE(what_cannot_be_is_refused) {
  const auto refuses = [](const Json& layer, int dim = 3) {
    BOOST_TEST_CONTEXT(layer.dump()) BOOST_CHECK_THROW(Flow({{"dim", dim}, {"layers", {layer}}}), Error);
  };
  refuses({{"kind", "slice"}, {"drop", {0, 1, 2}}});
  refuses({{"kind", "slice"}, {"drop", {1, 1}}});
  refuses({{"kind", "slice"}, {"drop", {3}}});
  refuses({{"kind", "slice"}}, 1);
  refuses({{"kind", "slice"}, {"inverse", true}});
  refuses({{"kind", "augment"}, {"columns", 0}});
  refuses({{"kind", "augment"}, {"inverse", true}});
  refuses({{"kind", "augment"}, {"columns", 4096}}, kMostColumns - 1);
  refuses({{"kind", "on"}, {"columns", Json::array()}, {"layers", Json::array()}});
  refuses({{"kind", "on"}, {"columns", {0, 0}}, {"layers", Json::array()}});
  refuses({{"kind", "on"}, {"columns", {0, 1}}, {"layers", {{{"kind", "slice"}}}}});
}

}  // namespace
}  // namespace nf
