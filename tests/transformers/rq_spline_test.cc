#include "nf/transformers/transformer.h"

#include <numbers>

#include "real_test.h"

namespace nf {
namespace {

// One feature of 64 rows under phi, the same for all.
struct Curve {
  explicit Curve(const Json& spec, double spread = 1) : map(make_transformer(spec, "spec")) {
    params = map->num_params();
    random_tile(phi_memory, params, 1);
    for (int p = 0; p < params; ++p) phi(p, phi_memory[kTile * p] * static_cast<Real>(spread));
  }
  void phi(int p, double value) { phi_memory.segment(kTile * p, kTile).setConstant(static_cast<Real>(value)); }
  double phi(int p) const { return static_cast<double>(phi_memory[kTile * p]); }
  TileIn phi() const { return TileIn(phi_memory.data(), kTile, params); }

  // f(x) and log f'(x), or those of the inverse.
  std::pair<double, double> at(double x, bool inverse = false) {
    Vector mx = Vector::Constant(kTile, static_cast<Real>(x)), my = mx, ml = mx;
    Pass pass{.scratch = &scratch};
    Tile y(my.data(), kTile, 1), logd(ml.data(), kTile, 1);
    if (inverse) map->inverse(pass, TileIn(mx.data(), kTile, 1), phi(), y, logd);
    else map->forward(pass, TileIn(mx.data(), kTile, 1), phi(), y, logd);
    return {static_cast<double>(my[0]), static_cast<double>(ml[0])};
  }
  // The k-th inner knot's place on the side whose logits start at `from`.
  double knot(int from, int bins, int k, double bound, double least) const {
    double sum = 0, before = 0;
    for (int j = 0; j < bins; ++j) {
      sum += std::exp(phi(from + j));
      if (j < k) before += std::exp(phi(from + j));
    }
    return -bound + 2 * bound * (k * least + (1 - bins * least) * before / sum);
  }

  std::unique_ptr<Transformer> map;
  int params = 0;
  Vector phi_memory;
  Stack scratch;
};

const Json kSpline = {{"kind", "rq_spline"}, {"bins", 5}, {"tail_bound", 2}, {"min_height", 1e-3}};
const Json kCircle = {{"kind", "rq_spline"}, {"bins", 5}, {"periodic", true}, {"tail_bound", 2}, {"min_height", 1e-3}};
const double kFine = tolerance(1e-12, 3e-6);

BOOST_AUTO_TEST_CASE(tails_are_the_identity_and_meet_the_spline_with_slope_one) {
  Curve curve(kSpline);
  for (const double x : {-1e4, -2.5, -2.000001, 2.0, 2.5, 1e4}) {
    const auto [y, logd] = curve.at(x);
    BOOST_TEST(y == static_cast<double>(static_cast<Real>(x)));
    BOOST_TEST(std::abs(logd) <= kFine);
  }
  for (const double end : {-2.0, 2.0}) {
    BOOST_TEST(curve.at(end).first == end);
    BOOST_TEST(std::abs(curve.at(end).second) <= kFine);
    BOOST_TEST(std::abs(curve.at(end * (1 - 1e-9)).second) <= tolerance(1e-6, 1e-6));
    BOOST_TEST(curve.at(end, true).first == end);
  }
}

BOOST_AUTO_TEST_CASE(knots_map_to_knots_with_the_slopes_of_phi) {
  for (const Json& spec : {kSpline, kCircle}) {
    Curve curve(spec);
    const bool periodic = spec.contains("periodic");
    for (int k = 1; k < 5; ++k) {
      const double x = curve.knot(0, 5, k, 2, 1e-3), y = curve.knot(5, 5, k, 2, 1e-3);
      const double slope = 0.01 + std::log1p(std::exp(curve.phi(10 + k - (periodic ? 0 : 1))));
      BOOST_TEST(std::abs(curve.at(x).first - y) <= kFine);
      BOOST_TEST(std::abs(curve.at(x).second - std::log(slope)) <= 30 * kFine);
      BOOST_TEST(std::abs(curve.at(y, true).first - x) <= kFine);
    }
  }
}

BOOST_AUTO_TEST_CASE(a_circle_is_smooth_where_its_ends_meet) {
  Curve curve(kCircle);
  const double slope = std::log(0.01 + std::log1p(std::exp(curve.phi(10))));
  BOOST_TEST(curve.at(-2).first == -2);
  BOOST_TEST(curve.at(2).first == 2);
  BOOST_TEST(std::abs(curve.at(-2).second - slope) <= kFine);
  BOOST_TEST(std::abs(curve.at(2).second - slope) <= kFine);
}

BOOST_AUTO_TEST_CASE(values_off_the_circle_are_wrapped_onto_it_both_ways) {
  Curve curve(kCircle);
  for (const bool inverse : {false, true})
    for (const double x : {-1.75, 0.25, 1.5})
      for (const int turns : {-1, 1, 3}) {
        const auto [y, logd] = curve.at(x, inverse);
        const auto [wrapped, same] = curve.at(x + 4 * turns, inverse);  // both exact in float
        BOOST_TEST(wrapped == y);
        BOOST_TEST(same == logd);
        const auto [x_back, minus_logd] = curve.at(wrapped, !inverse);
        BOOST_TEST(std::abs(x_back - x) <= kFine);
        BOOST_TEST(std::abs(minus_logd + same) <= 10 * kFine);
      }
  const double far = curve.at(1e4 + 0.123).first;
  BOOST_TEST((far >= -2 && far <= 2));
}

BOOST_AUTO_TEST_CASE(identity_is_exact_up_to_rounding) {
  for (const Json& spec : {kSpline, kCircle}) {
    Curve curve(spec);
    std::vector<Real> phi(curve.params);
    curve.map->identity(phi.data());
    for (int p = 0; p < curve.params; ++p) curve.phi(p, static_cast<double>(phi[p]));
    for (const double x : {-1.9, -0.4, 0.0, 0.4, 1.2, 2.0}) {
      BOOST_TEST(std::abs(curve.at(x).first - x) <= tolerance(1e-14, 1e-6));
      BOOST_TEST(std::abs(curve.at(x).second) <= tolerance(1e-14, 1e-6));
    }
  }
}

// Every row its own spline.
struct Rows {
  Rows(const Json& spec, double spread) : map(make_transformer(spec, "spec")) {
    random_tile(phi, 2 * map->num_params(), 2, spread);
    random_tile(x, 2, 3, 0.7), random_tile(dx, 2, 4), random_tile(dlogd, 2, 5);
    for (Vector* v : {&y, &logd, &other, &other_logd, &dy, &other_dy}) *v = Vector::Zero(2 * kTile);
    dphi = other_dphi = Vector::Zero(phi.size());
  }
  static Tile tile(Vector& v) { return Tile(v.data(), kTile, v.size() / kTile); }
  std::unique_ptr<Transformer> map;
  Vector phi, x, dx, dlogd, y, logd, other, other_logd, dy, other_dy, dphi, other_dphi;
  Stack scratch;
};

BOOST_AUTO_TEST_CASE(closed_forms_equal_newton_and_implicit_differentiation) {
  for (const Json& spec : {kSpline, kCircle}) {
    Rows r(spec, 1);
    Pass pass{.scratch = &r.scratch};
    const auto tile = Rows::tile;
    r.map->inverse(pass, in(tile(r.x)), in(tile(r.phi)), tile(r.y), tile(r.logd));
    if (!spec.contains("periodic")) {  // Newton's bracket may leave the circle
      r.map->Transformer::inverse(pass, in(tile(r.x)), in(tile(r.phi)), tile(r.other), tile(r.other_logd));
      BOOST_TEST((r.y - r.other).cwiseAbs().maxCoeff() <= tolerance(1e-11, 2e-4));
      BOOST_TEST((r.logd - r.other_logd).cwiseAbs().maxCoeff() <= tolerance(1e-9, 5e-3));
    }
    r.map->inverse_backward(pass, in(tile(r.y)), in(tile(r.phi)), in(tile(r.dx)), in(tile(r.dlogd)), tile(r.dy),
                            tile(r.dphi));
    r.map->Transformer::inverse_backward(pass, in(tile(r.y)), in(tile(r.phi)), in(tile(r.dx)), in(tile(r.dlogd)),
                                         tile(r.other_dy), tile(r.other_dphi));
    const Real size = 1 + r.other_dphi.cwiseAbs().maxCoeff() + r.other_dy.cwiseAbs().maxCoeff();
    BOOST_TEST((r.dy - r.other_dy).cwiseAbs().maxCoeff() / size <= tolerance(1e-12, 1e-5));
    BOOST_TEST((r.dphi - r.other_dphi).cwiseAbs().maxCoeff() / size <= tolerance(1e-12, 1e-5));
  }
}

BOOST_AUTO_TEST_CASE(extreme_parameters_keep_the_round_trip) {
  for (const Json& spec : {kSpline, kCircle})
    for (const double spread : {10.0, 1e4}) {
      Rows r(spec, spread);
      Pass pass{.scratch = &r.scratch};
      const auto tile = Rows::tile;
      r.map->forward(pass, in(tile(r.x)), in(tile(r.phi)), tile(r.y), tile(r.logd));
      r.map->inverse(pass, in(tile(r.y)), in(tile(r.phi)), tile(r.other), tile(r.other_logd));
      // A digit of y is worth 1 / f' of x, and so is one of x in y on the way back.
      for (int i = 0; i < 2 * kTile; ++i) {
        const double loss = 1 + std::exp(-std::min(0.0, static_cast<double>(r.logd[i])));
        BOOST_TEST(std::abs(r.other[i] - r.x[i]) <= loss * tolerance(1e-14, 3e-6));
      }
    }
}

BOOST_AUTO_TEST_CASE(angles_in_a_flow_come_back_as_the_same_angles) {
  for (const char* kind : {"autoregressive", "coupling"}) {
    const Json layer = {{"kind", kind}, {"hidden", {8}}, {"transformer", kSpline}};
    Bench bench({{"dim", 3}, {"circle", {0, 2}}, {"layers", {layer, layer}}}, 0.2);
    Vector mx, mz, mb;
    Tile x = random_tile(mx, 3, 7, 0.7), z = bench.tile(mz, 3), back = bench.tile(mb, 3);
    LogDet there = LogDet::Zero(), again = LogDet::Zero();
    Pass pass = bench.pass();
    bench.flow.encode(pass, in(x), z, there);
    bench.flow.decode(pass, in(z), back, again);
    for (int j : {0, 2}) {
      BOOST_TEST(z.col(j).cwiseAbs().maxCoeff() <= static_cast<Real>(std::numbers::pi));
      BOOST_TEST(x.col(j).cwiseAbs().maxCoeff() <= static_cast<Real>(std::numbers::pi));
    }
    BOOST_TEST((x - back).cwiseAbs().maxCoeff() <= tolerance(1e-10, 1e-4));
    BOOST_TEST((there + again).abs().maxCoeff() <= tolerance(1e-10, 1e-3));
  }
}

BOOST_AUTO_TEST_CASE(options_out_of_range_are_refused) {
  for (const Json& extra : {Json{{"bins", 1}}, Json{{"bins", 65}}, Json{{"tail_bound", 0}}, Json{{"min_width", 0.2}},
                            Json{{"min_derivative", 1}}, Json{{"knots", 4}}}) {
    Json spec = {{"kind", "rq_spline"}};
    spec.update(extra);
    BOOST_CHECK_THROW(make_transformer(spec, "spec"), Error);
  }
}

}  // namespace
}  // namespace nf
