// Laws of all doors of the registry: there and back, log-dets, densities that integrate to 1 in the units of the data.
#include "nf/doors/door.h"

#include <numbers>

#include "nf/flow/registry.h"
#include "nf/model/scorer.h"
#include "real_test.h"

namespace nf {
namespace {

struct DoorCase {
  Json wish;
  std::vector<double> values;  // of the column that it is measured on
  double low, high;            // where such a column's density is
};

const std::vector<DoorCase> kCases = {
    {"standardise", {-3, 5.5, 1e3, 20, -700}, -2e4, 2e4},
    {"standardise", {1e-7, 2e-7, 3e-7}, -1e-5, 1e-5},
    {{{"kind", "circle"}, {"period", 360}}, {0.5, 300, 200, 359.9}, 0, 360},
    {"circle", {-3, 0.1, 3.1}, -std::numbers::pi, std::numbers::pi},
};

template <class Test>
void each_door(Test test) {
  for (const DoorCase& c : kCases) {
    const auto door = measure_door(c.wish, {.values = c.values, .label = "v"});
    BOOST_TEST_REQUIRE(door);
    BOOST_TEST_CONTEXT(door->spec().dump()) test(c, *door);
  }
}

// Features of `rows` values that stand `stride` apart.
Tile features_of(const Door& door, const std::vector<double>& v, int stride, int rows, Vector& memory, LogDet& ld) {
  memory = Vector::Zero(kTile * door.features());
  Tile x(memory.data(), kTile, door.features());
  door.enter({}, v.data(), stride, rows, x, ld);
  return x;
}

BOOST_AUTO_TEST_CASE(every_door_has_a_row_here) {
  for (const Unit& unit : doors()) {
    const auto is_it = [&](const DoorCase& c) { return (c.wish.is_string() ? c.wish : c.wish["kind"]) == unit.name; };
    BOOST_TEST(std::any_of(kCases.begin(), kCases.end(), is_it), "no row for " << unit.name);
  }
}

BOOST_AUTO_TEST_CASE(a_door_is_made_again_from_its_spec) {
  each_door([](const DoorCase&, const Door& door) {
    const auto again = make_door(door.spec(), "again");
    BOOST_TEST(again->spec() == door.spec());
    BOOST_TEST(again->features() == door.features());
    BOOST_TEST((again->manifold() == door.manifold()));
  });
}

BOOST_AUTO_TEST_CASE(values_come_back_and_log_dets_cancel) {
  each_door([](const DoorCase& c, const Door& door) {
    Vector memory;
    LogDet ld = LogDet::Zero();
    const int rows = static_cast<int>(c.values.size());
    const Tile x = features_of(door, c.values, 1, rows, memory, ld);
    std::vector<double> back(2 * c.values.size(), -1.0);
    LogDet round = ld;
    door.leave({}, in(x), rows, back.data(), 2, round);
    const double spread =
        *std::max_element(c.values.begin(), c.values.end()) - *std::min_element(c.values.begin(), c.values.end());
    for (int i = 0; i < rows; ++i) {
      if (door.exact()) BOOST_TEST(std::abs(back[2 * i] - c.values[i]) <= tolerance(1e-12, 1e-5) * spread);
      BOOST_TEST(back[2 * i + 1] == -1.0);  // the column beside it
      BOOST_TEST(std::abs(round(i)) <= tolerance(1e-9, 1e-4));
    }
  });
}

BOOST_AUTO_TEST_CASE(what_a_door_adds_is_the_log_of_its_slope) {
  each_door([](const DoorCase& c, const Door& door) {
    if (door.features() != 1 || !door.exact() || !kDouble) return;
    for (const double v : c.values) {
      const double h = 1e-6 * std::max(std::abs(v), 1e-3 * (c.high - c.low));
      Vector memory;
      LogDet ld = LogDet::Zero();
      const Tile x = features_of(door, {v - h, v, v + h}, 1, 3, memory, ld);
      const auto difference = static_cast<double>(shortest(door.manifold(), x(2, 0) - x(0, 0)));
      BOOST_TEST(std::abs(std::log(difference / (2 * h)) - ld(1)) <= 1e-5);
    }
  });
}

BOOST_AUTO_TEST_CASE(rows_beyond_the_real_ones_repeat_the_last) {
  each_door([](const DoorCase& c, const Door& door) {
    Vector memory;
    LogDet ld = LogDet::Zero();
    const Tile x = features_of(door, {c.values[0], c.values[1]}, 1, 2, memory, ld);
    for (int r = 2; door.exact() && r < kTile; ++r) BOOST_TEST((x.row(r) == x.row(1)));
  });
}

BOOST_AUTO_TEST_CASE(a_value_that_is_none_is_none_behind_the_door) {
  each_door([](const DoorCase&, const Door& door) {
    Vector memory;
    LogDet ld = LogDet::Zero();
    const Tile x = features_of(door, {std::nan("")}, 1, 1, memory, ld);
    BOOST_TEST(std::isnan(x(0, 0)));
  });
}

BOOST_AUTO_TEST_CASE(densities_behind_a_door_integrate_to_1_over_the_data) {
  each_door([](const DoorCase& c, const Door& door) {
    if (door.features() != 1 || !door.exact()) return;
    Json spec = {{"dim", 1}, {"layers", {{{"kind", "elementwise"}}}}};
    if (door.manifold() == Manifold::kCircle) spec["circle"] = {0};
    if (door.manifold() == Manifold::kCircle) spec["layers"] = {{{"kind", "autoregressive"}, {"hidden", {4}}}};
    Model model(spec);
    model.theta = Bench(spec, 0.3).theta;
    model.columns[0] = {"v", make_door(door.spec(), "v")};
    constexpr int kPoints = 20001;
    std::vector<double> x(kPoints), lp(kPoints);
    const double step = (c.high - c.low) / kPoints;
    for (int i = 0; i < kPoints; ++i) x[i] = c.low + (i + 0.5) * step;
    Scorer(model, 1).log_prob(x.data(), nullptr, kPoints, lp.data(), nullptr);
    double sum = 0;
    for (const double value : lp) sum += std::exp(value) * step;
    BOOST_TEST(std::abs(sum - 1) <= 1e-3);
  });
}

BOOST_AUTO_TEST_CASE(values_that_do_not_vary_have_no_standard) {
  BOOST_TEST(!measure_door(nullptr, {.values = {2, 2, 2}, .label = "v"}));
  BOOST_TEST(!measure_door(nullptr, {.values = {2, 2, 7}, .weights = {1, 1, 0}, .label = "v"}));
  BOOST_TEST(measure_door(nullptr, {.values = {2, 2, 7}, .weights = {1, 1, 1}, .label = "v"}));
}

BOOST_AUTO_TEST_CASE(a_wish_that_cannot_be_is_refused) {
  const auto refuses = [](const Json& wish, std::vector<double> values = {1, 2, 3}) {
    BOOST_TEST_CONTEXT(wish.dump())
    BOOST_CHECK_THROW(measure_door(wish, {.values = std::move(values), .label = "v"}), Error);
  };
  refuses("gate");
  refuses({{"kind", "standardise"}, {"men", 3}});
  refuses({{"kind", "circle"}, {"period", 0}});
  refuses({{"kind", "circle"}, {"period", 2}}, {-3, 3});
  refuses(nullptr, {1e301, -1e301, 0});  // no model file could hold their scale
  refuses(nullptr, {1e-303, -1e-303, 0});
  BOOST_CHECK_THROW(make_door({{"kind", "standardise"}, {"scale", 0}}, "v"), Error);
}

}  // namespace
}  // namespace nf
