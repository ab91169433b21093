// Contractions added to x: their norms after a step, inverses near the edge of what is one-to-one, and series that are
// right in the mean.
#include <Eigen/SVD>

#include "layers/layer_test.h"
#include "nf/layers/power_series.h"
#include "nf/nets/matrix_norm.h"
#include "real_test.h"

namespace nf {
namespace {

Json layer(const Json& extra = Json::object()) {
  Json spec = {{"kind", "residual"}, {"hidden", {12, 10}}};
  spec.update(extra);
  return spec;
}

Batch random_matrix(int rows, int cols, double spread, std::uint64_t seed = 1) {
  Batch m(rows, cols);
  Uniforms random(seed, Stream::kTest);
  for (int i = 0; i < rows; ++i)
    for (int j = 0; j < cols; ++j) m(i, j) = static_cast<Real>(spread * (2 * random.next() - 1));
  return m;
}
Eigen::VectorXd singular_values(const Eigen::MatrixXd& m) {
  return Eigen::JacobiSVD<Eigen::MatrixXd>(m).singularValues();
}
double spectral_norm(const Eigen::MatrixXd& m) { return singular_values(m)(0); }

BOOST_AUTO_TEST_CASE(the_bound_is_never_below_the_norm_and_near_it) {
  for (const auto& [rows, cols] : {std::pair{1, 5}, {6, 64}, {64, 64}, {100, 70}, {130, 2}}) {
    for (const double spread : {1e-6, 1.0, 1e3}) {
      const Batch m = random_matrix(rows, cols, spread);
      const double norm = spectral_norm(m.cast<double>()), bound = spectral_norm_bound(m);
      BOOST_TEST(bound >= norm);
      BOOST_TEST(bound <= 1.0015 * norm);
    }
    const Batch same = Batch::Identity(rows, cols);
    BOOST_TEST(spectral_norm_bound(same) >= 1);
    BOOST_TEST(spectral_norm_bound(same) <= 1.0015);
  }
  BOOST_TEST(spectral_norm_bound(Batch::Zero(3, 4)) == 0);
}

// The largest come down to the bound, in the order that they had; small ones keep nearly all of what they are.
BOOST_AUTO_TEST_CASE(singular_values_above_the_bound_are_cut_off) {
  for (const double most : {0.1, 0.8, 0.97, 0.999}) {
    Batch m = random_matrix(20, 30, 1);
    m /= static_cast<Real>(spectral_norm(m.cast<double>()));
    const Eigen::VectorXd before = singular_values(m.cast<double>());
    hold_spectral_norm(m, most);
    const Eigen::VectorXd after = singular_values(m.cast<double>());
    BOOST_TEST(after(0) <= most * (1 + 1e-6));
    BOOST_TEST(after(0) >= most * 0.997);
    for (int i = 0; most > 0.7 && i < before.size(); ++i)
      if (before(i) < 0.5) BOOST_TEST(after(i) > (1 - 0.3 * (1 - most)) * before(i));
  }
  Batch within = random_matrix(5, 5, 0.1);
  const Batch was = within;
  hold_spectral_norm(within, 1);
  BOOST_TEST((within == was));
}

// The norms of the layer's matrices, of a dense net's in the columns' shares.
std::vector<double> norms(const Flow& flow, const Vector& theta, bool dense, bool inf) {
  std::vector<double> result;
  for (const Slot& slot : flow.params().slots()) {
    if (slot.name.find("net.weight.") == std::string::npos) continue;
    const int l = slot.name.back() - '0', dim = flow.dim();
    Eigen::MatrixXd w(slot.rows, slot.cols);
    for (int i = 0; i < slot.rows; ++i)
      for (int k = 0; k < slot.cols; ++k) {
        const int after = k < dim ? l : k < dim + 12 ? l : l - 1;  // concatenations that an input passes
        const double share = dense && !inf ? std::pow(0.5, 0.5 * after) : 1;
        w(i, k) = 4 * static_cast<double>(theta[static_cast<Eigen::Index>(slot.at(i, k))]) / share;
      }
    result.push_back(inf ? w.cwiseAbs().rowwise().sum().maxCoeff() : spectral_norm(w));
  }
  return result;
}

// Their product is then no larger than `lipschitz`; and so it is for averages, which nobody holds to anything.
BOOST_AUTO_TEST_CASE(norms_are_within_their_bounds_after_a_step_and_so_are_averages) {
  for (const bool dense : {false, true})
    for (const bool inf : {false, true}) {
      const Json spec = layer({{"dense", dense}, {"norm", inf ? "inf" : "2"}});
      const double bound = std::cbrt(0.97) * (1 + 1e-6);
      Vector average;
      for (const std::uint64_t seed : {1, 2, 3}) {
        const Bench bench({{"dim", 3}, {"layers", {spec}}}, 3, seed);
        for (const double norm : norms(bench.flow, bench.theta, dense, inf)) {
          BOOST_TEST(norm <= bound);
          BOOST_TEST(norm >= 0.99 * bound);
        }
        average = seed == 1 ? bench.theta : Vector((average + bench.theta) / 2);
        if (seed > 1)
          for (const double norm : norms(bench.flow, average, dense, inf)) BOOST_TEST(norm <= bound);
        for (const double norm : norms(bench.flow, bench.flow.init(seed), dense, inf)) BOOST_TEST(norm <= bound);
      }
    }
}

BOOST_AUTO_TEST_CASE(contractions_near_1_are_inverted) {
  for (const char* norm : {"2", "inf"})
    for (const int dim : {2, 6, 70}) {
      OneLayer one(dim, layer({{"norm", norm}, {"activation", "tanh"}}), 3);
      Vector memory;
      const Tile x = random_tile(memory, dim, 4, 3);
      const Tile z = one.encode(in(x));
      const LogDet there = one.ld;
      const Tile back = one.decode(in(z));
      BOOST_TEST(static_cast<double>((back - x).cwiseAbs().maxCoeff()) < tolerance(1e-11, 2e-4), dim << " columns");
      BOOST_TEST((one.ld + there).abs().maxCoeff() < tolerance(1e-9, 2e-3) * dim, dim << " columns");
    }
}

// A net with hard weights, its memory at some x, and its log-determinant there with the gradient by theta.
struct Series {
  static constexpr int kDim = 3;
  Series() : bench({{"dim", kDim}, {"layers", {layer()}}}, 1), spec(net_spec()), reader(spec, "net") {
    net = std::make_unique<LipschitzNet>(reader, Site{kDim, 0, params, wants, "layers.0"});
    memory = Vector::Zero(kTile * net->columns());
    const Tile x = random_tile(mx, kDim, 4);
    Vector unused;
    pass = bench.pass();
    net->forward(pass, in(x), memory.data(), bench.tile(unused, kDim));
    Vector mz;
    Tile z = bench.tile(mz, kDim), dx = bench.tile(mdx, kDim);
    Pass taped = bench.pass(true);
    dtheta = Vector::Zero(bench.theta.size());
    taped.dtheta = dtheta.data();
    bench.flow.encode(taped, in(x), z, ld);
    z.setZero();
    bench.flow.encode_backward(taped, in(z), LogDet::Ones(), dx);
  }
  static Json net_spec() {
    Json json = layer();
    json.erase("kind");
    return json;
  }
  // All signs, one after another.
  template <class Body>
  void for_signs(Body body) {
    for (int s = 0; s < 1 << kDim; ++s) {
      Vector memory_of_signs;
      Tile e = bench.tile(memory_of_signs, kDim);
      for (int j = 0; j < kDim; ++j) e.col(j).setConstant((s >> j & 1) != 0 ? Real(1) : Real(-1));
      body(e);
    }
  }

  Bench bench;
  Json spec;
  SpecReader reader;
  Params params;
  Wants wants;
  std::unique_ptr<LipschitzNet> net;
  Vector memory, mx, mdx, dtheta;
  LogDet ld = LogDet::Zero();
  Pass pass;
};

constexpr Roulette kRoulette{.always = 2, .p = 0.5};
// Of a series with so many terms.
double probability(int terms) { return kRoulette.p * std::pow(1 - kRoulette.p, terms - kRoulette.always - 1); }

// Over all signs and all lengths, by their probabilities.
BOOST_AUTO_TEST_CASE(the_mean_of_the_series_is_the_log_determinant) {
  Series s;
  LogDet mean = LogDet::Zero();
  s.for_signs([&](const Tile& e) {
    for (int terms = kRoulette.always + 1; terms <= 60; ++terms) {
      Draw draw{.signs = e.data()};
      draw.terms.fill(terms);
      LogDet one = LogDet::Zero();
      add_log_det_series(s.pass, *s.net, s.memory.data(), kRoulette, draw, one);
      mean += probability(terms) / (1 << Series::kDim) * one;
    }
  });
  BOOST_TEST((mean - s.ld).abs().maxCoeff() < tolerance(1e-10, 1e-4));
}

BOOST_AUTO_TEST_CASE(the_mean_of_neumanns_gradient_is_the_gradient) {
  Series s;
  Vector dtheta = Vector::Zero(s.bench.theta.size()), mw, mj, sums(kTile * s.net->sum_columns()), mo, md, mean_dx;
  Tile w = s.bench.tile(mw, Series::kDim), jv = s.bench.tile(mj, Series::kDim), zero = s.bench.tile(mo, Series::kDim),
       dx = s.bench.tile(md, Series::kDim), sum = s.bench.tile(mean_dx, Series::kDim);
  s.for_signs([&](const Tile& e) {
    for (int terms = kRoulette.always + 1; terms <= 60; ++terms) {
      Draw draw{.signs = e.data()};
      draw.terms.fill(terms);
      neumann_series(s.pass, *s.net, s.memory.data(), kRoulette, draw, w);
      w *= static_cast<Real>(probability(terms) / (1 << Series::kDim));
      const LipschitzNet::Directions along{.count = 1, .v = e.data(), .sums = sums.data()};
      s.net->along(s.pass, s.memory.data(), along, jv.data());
      Pass pass = s.pass;
      pass.dtheta = dtheta.data();
      s.net->backward(pass, s.memory.data(), in(zero), along, w.data(), dx);
      sum += dx;
    }
  });
  BOOST_TEST(static_cast<double>((dtheta - s.dtheta).cwiseAbs().maxCoeff()) <
             tolerance(1e-9, 1e-3) * (1 + static_cast<double>(s.dtheta.cwiseAbs().maxCoeff())));
  const TileIn expected(s.mdx.data(), kTile, Series::kDim);
  BOOST_TEST(static_cast<double>((sum - expected).cwiseAbs().maxCoeff()) < tolerance(1e-9, 1e-3));
}

// By what each row draws: in training, and beyond 64 columns in scores too, where the error is told.
BOOST_AUTO_TEST_CASE(series_are_for_training_and_for_many_columns) {
  for (const int dim : {3, 70}) {
    OneLayer one(dim, layer({{"log_det", "roulette"}}), 1), exact(dim, layer({{"log_det", "exact"}}), 1);
    Vector mx, mz;
    const Tile x = random_tile(mx, dim, 4);
    Tile z = one.bench.tile(mz, dim);
    LogDet error;
    const auto encode = [&](std::uint64_t first_row, bool training) {
      Pass pass = one.bench.pass();
      pass.training = training;
      pass.noise.first_row = first_row;
      LogDet ld = LogDet::Zero();
      error.setZero();
      pass.error = &error;
      one.bench.flow.encode(pass, in(x), z, ld);
      return ld;
    };
    exact.encode(in(x));
    const LogDet first = encode(0, true), other = encode(64, true);
    BOOST_TEST((first != other).any());
    BOOST_TEST((first == encode(0, true)).all());
    BOOST_TEST((first - exact.ld).abs().mean() < 1);
    const LogDet score = encode(0, false);
    BOOST_TEST(one.bench.flow.traits().approximate == (dim > 64));
    if (dim == 3) {
      BOOST_TEST((score == exact.ld).all());
      BOOST_TEST((error == 0).all());
    } else {
      // Errors are the size of the differences.
      const double ratio = std::sqrt((score - exact.ld).square().mean() / error.mean());
      BOOST_TEST(ratio > 0.6);
      BOOST_TEST(ratio < 1.6);
    }
  }
}

BOOST_AUTO_TEST_CASE(a_row_does_not_depend_on_its_neighbours) {
  for (const int dim : {3, 70}) {
    OneLayer one(dim, layer(), 1);
    Vector mx, my;
    const Tile x = random_tile(mx, dim, 4);
    Tile y = one.bench.tile(my, dim);
    y = x;
    for (int r = 2; r < kTile; ++r) y.row(r) = Real(1.5) * x.row(5);
    const Batch decoded = one.decode(in(x)), other = one.decode(in(y));
    BOOST_TEST((decoded.topRows(2) == other.topRows(2)));
  }
}

BOOST_AUTO_TEST_CASE(columns_that_are_no_lines_are_refused) {
  const Json circle = {{"dim", 2}, {"circle", {1}}, {"layers", {layer()}}};
  BOOST_CHECK_THROW(Flow{circle}, Error);
}

}  // namespace
}  // namespace nf
