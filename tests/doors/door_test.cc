// Laws of all doors of the registry: there and back, log-dets, densities that integrate to 1 in the units of the data.
#include "nf/doors/door.h"

#include <bit>
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
  std::vector<std::string> words = {};
  double step = 0;  // values beside those measured that the column may hold are multiples of this
};

const std::vector<DoorCase> kCases = {
    {"standardise", {-3, 5.5, 1e3, 20, -700}, -2e4, 2e4},
    {"standardise", {1e-7, 2e-7, 3e-7}, -1e-5, 1e-5},
    {{{"kind", "circle"}, {"period", 360}}, {0.5, 300, 200, 359.9}, 0, 360},
    {"circle", {-3, 0.1, 3.1}, -std::numbers::pi, std::numbers::pi},
    {"log", {0.5, 1, 2, 3}, 0, 1000},
    {{{"kind", "log"}, {"from", 10}, {"below", true}}, {9.5, 8, 7, 3}, -2000, 10},
    {"asinh", {-30, -1, 0, 0.5, 2, 200}, -2e4, 2e4},
    {"logit", {0.01, 0.5, 0.9}, 0, 1},
    {{{"kind", "logit"}, {"low", -5}, {"high", 1000}}, {0, 500, 990}, -5, 1000},
    {"rank", {-3, 0, 1, 1.5, 1.75, 10, 11, 30}, -100, 130},
    {"integer", {1, 3, 7, 12, 4, 4}, -100, 100, {}, 1},
    {{{"kind", "integer"}, {"step", 0.25}, {"door", "log"}}, {1.5, 2.25, 7, 12.75}, -1, 2000, {}, 0.25},
    {{{"kind", "rounded"}, {"step", 0.01}}, {-3, 0.25, 5.5, 1e3, 20.01, -700}, -2e4, 2e4},
    {{{"kind", "rounded"}, {"step", 0.5}, {"door", "log"}}, {0.5, 1, 2, 3.5}, 0, 1000},
    {{{"kind", "rounded"}, {"digits", 3}, {"door", "log"}}, {0.5, 1, 2.01, 3.57}, 0, 1000},
    {{{"kind", "remainder"}, {"step", 0.01}, {"left", "ordinal"}}, {-1.5, 0, 0.99, 5.01, 7.99, 12}, -10, 30, {}, 0.01},
    {"remainder", {0, 7, 31, 500, 999, 220}, -1e3, 2e3, {}, 1},
    {{{"kind", "remainder"}, {"left", {{"kind", "ordinal"}, {"values", {0, 1, 5}}}}}, {10, 30, 70}, -50, 200, {}, 1},
    {"ordinal", {1, 2, 3, 5, 5}, 0, 6, {}, 1},
    {{{"kind", "ordinal"}, {"step", 1}}, {0, 2, 3, 7}, 0, 60, {}, 1},
    {{{"kind", "ordinal"}, {"step", 0.5}, {"gap", "NA"}}, {7.5, 9, kGap}, -20, 60, {}, 0.5},
    {"category", {word_cell(0), word_cell(1), word_cell(1), word_cell(2)}, 0, 1, {"a", "b", "c"}},
    {{{"kind", "category"}, {"most", 2}},
     {word_cell(0), word_cell(1), word_cell(1), word_cell(2), word_cell(3), word_cell(0), word_cell(1), kGap},
     0,
     1,
     {"a", "b", "c", "d"}},
    {"atoms", {1.5, 2.5, kGap, 7}, -200, 200},
    {{{"kind", "atoms"}, {"at", {0, nullptr, "<1"}}, {"door", "log"}},
     {0, 0, 1.5, 2.5, 7, word_cell(0), kGap},
     0,
     2000,
     {"<1"}},
    {{{"kind", "date"}, {"door", {{"kind", "integer"}, {"step", 86400}}}}, {0, 86400, 8640000}, -1e9, 1e9, {}, 86400},
    {"constant", {3, 3}, 0, 1},
};

ColumnValues column_of(const DoorCase& c) { return {.values = c.values, .label = "v", .words = c.words}; }

template <class Test>
void each_door(Test test) {
  for (const DoorCase& c : kCases) {
    const auto door = measure_door(c.wish, column_of(c));
    BOOST_TEST_REQUIRE(door);
    BOOST_TEST_CONTEXT(door->spec().dump()) test(c, *door);
  }
}

bool is_number_door(const Door& door) {
  return door.features() == 1 && door.exact() && door.feature(0).manifold != Manifold::kLevels;
}

// The cell as the door has it: words are numbered as its form says.
double own_cell(const DoorCase& c, const Door& door, double cell) {
  if (!is_word(cell)) return cell;
  const std::vector<std::string> words = door.form().words;
  const auto at = std::find(words.begin(), words.end(), c.words[word_of(cell)]);
  return word_cell(static_cast<std::uint32_t>(at - words.begin()));
}
std::vector<double> own_cells(const DoorCase& c, const Door& door) {
  std::vector<double> cells;
  for (const double cell : c.values) cells.push_back(own_cell(c, door, cell));
  return cells;
}
bool same_cell(double a, double b) {
  return std::bit_cast<std::uint64_t>(a) == std::bit_cast<std::uint64_t>(b) || (is_gap(a) && is_gap(b));
}

// Features of `rows` values that stand `stride` apart.
Tile features_of(const Door& door, const std::vector<double>& v, int stride, int rows, Vector& memory, LogDet& ld) {
  memory = Vector::Zero(kTile * std::max(door.features(), 1));
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
    for (int i = 0; i < door.features(); ++i) {
      const Feature a = again->feature(i), b = door.feature(i);
      BOOST_TEST((a.manifold == b.manifold && a.levels == b.levels && a.gate == b.gate));
    }
    BOOST_TEST((again->form().words == door.form().words));
    BOOST_TEST(again->form().gap == door.form().gap);
  });
}

BOOST_AUTO_TEST_CASE(values_come_back_and_log_dets_cancel) {
  each_door([](const DoorCase& c, const Door& door) {
    Vector memory;
    LogDet ld = LogDet::Zero();
    const int rows = static_cast<int>(c.values.size());
    const std::vector<double> cells = own_cells(c, door);
    const Tile x = features_of(door, cells, 1, rows, memory, ld);
    std::vector<double> back(2 * cells.size(), -1.0);
    LogDet round = ld;
    door.leave({}, in(x), rows, back.data(), 2, round);
    double least = INFINITY, most = -INFINITY;
    for (const double cell : cells)
      if (!std::isnan(cell)) least = std::min(least, cell), most = std::max(most, cell);
    const bool drawn = door.spec().contains("rest");  // which word of the rest is
    for (int i = 0; i < rows; ++i) {
      BOOST_TEST(std::isfinite(ld(i)));
      if (std::isnan(cells[i])) BOOST_TEST((drawn || same_cell(back[2 * i], cells[i])));
      else
        BOOST_TEST(std::abs(back[2 * i] - cells[i]) <= (c.step > 0 ? 1e-12 : tolerance(1e-12, 1e-5)) * (most - least));
      BOOST_TEST(back[2 * i + 1] == -1.0);                           // the column beside it
      const Json knots = door.spec().value("knots", Json::array());  // there the slope jumps
      const bool at_knot = std::find(knots.begin(), knots.end(), cells[i]) != knots.end();
      if (!drawn && !at_knot) BOOST_TEST(std::abs(round(i)) <= tolerance(1e-9, 1e-4));
    }
  });
}

// Levels' shares: with all that the levels are, a door's cells have probability 1.
BOOST_AUTO_TEST_CASE(shares_of_a_levels_cells_add_up_to_1) {
  each_door([](const DoorCase& c, const Door& door) {
    if (door.features() != 1 || door.feature(0).manifold != Manifold::kLevels) return;
    std::vector<double> cells;
    for (std::size_t i = 0; i < door.form().words.size(); ++i)
      cells.push_back(word_cell(static_cast<std::uint32_t>(i)));
    for (double v = c.low; c.step > 0 && v <= c.high; v += c.step) cells.push_back(v);
    if (door.form().gaps) cells.push_back(kGap);
    std::vector<double> sums(door.feature(0).levels, 0.0);
    for (const double cell : cells) {
      Vector memory;
      LogDet ld = LogDet::Zero();
      const Tile x = features_of(door, {cell}, 1, 1, memory, ld);
      sums[static_cast<int>(x(0, 0))] += std::exp(ld(0));
    }
    for (const double sum : sums) BOOST_TEST(std::abs(sum - 1) < 1e-6);
  });
}

BOOST_AUTO_TEST_CASE(rounding_stays_within_the_door_behind) {
  const auto leave = [](const Json& spec, double x) {
    Vector memory = Vector::Constant(kTile, static_cast<Real>(x));
    double v = 0;
    LogDet unused = LogDet::Zero();
    make_door(spec, "v")->leave({}, TileIn(memory.data(), kTile, 1), 1, &v, 1, unused);
    return v;
  };
  const Json positive = {{"kind", "log"}}, unit = {{"kind", "logit"}, {"low", 0}, {"high", 1}};
  BOOST_TEST(leave({{"kind", "rounded"}, {"step", 0.01}, {"door", positive}}, std::log(0.001)) == 0.01);
  BOOST_TEST(leave({{"kind", "rounded"}, {"step", 0.01}, {"door", unit}}, 12) == 0.99);
  BOOST_TEST(leave({{"kind", "rounded"}, {"step", 0.01}, {"door", positive}}, std::log(1.234)) == 1.23);
  BOOST_TEST(leave({{"kind", "rounded"}, {"digits", 3}, {"door", positive}}, std::log(0.0012346)) == 0.00123);
  BOOST_TEST(leave({{"kind", "rounded"}, {"digits", 3}, {"door", positive}}, std::log(98765)) == 98800);
  BOOST_TEST(leave({{"kind", "rounded"}, {"digits", 3}, {"door", unit}}, 12) == 0.999);
  const double unrounded = leave({{"kind", "rounded"}, {"step", 5}, {"door", unit}}, 0.5);  // no multiple lies there
  BOOST_TEST((unrounded > 0.5 && unrounded < 0.7));
}

// What a column cannot hold has no density; what could not be read has none to tell.
BOOST_AUTO_TEST_CASE(strange_cells_are_told_from_unread_ones) {
  each_door([](const DoorCase& c, const Door& door) {
    const auto log_det = [&](double cell) {
      Vector memory;
      LogDet ld = LogDet::Zero();
      const Tile x = features_of(door, {cell}, 1, 1, memory, ld);
      return std::isnan(ld(0)) || (x.cols() > 0 && std::isnan(x(0, 0))) ? kGap : ld(0);
    };
    BOOST_TEST(std::isnan(log_det(word_cell(kNoCell))));
    if (!door.form().gaps) BOOST_TEST(std::isnan(log_det(kGap)));
    if (!door.form().words.empty()) BOOST_TEST(log_det(word_cell(kUnknownWord)) == -INFINITY);
    if (c.step > 0) BOOST_TEST(log_det(c.values[0] + 0.4 * c.step) == -INFINITY);
  });
}

BOOST_AUTO_TEST_CASE(what_a_door_adds_is_the_log_of_its_slope) {
  each_door([](const DoorCase& c, const Door& door) {
    if (!is_number_door(door) || !kDouble) return;
    for (const double v : c.values) {
      const double h =
          std::min(1e-6 * std::max(std::abs(v), 1e-3 * (c.high - c.low)), 1e-3 * std::min(v - c.low, c.high - v));
      const Json knots = door.spec().value("knots", Json::array());
      if (std::find(knots.begin(), knots.end(), v) != knots.end()) continue;  // the slope jumps
      Vector memory;
      LogDet ld = LogDet::Zero();
      const Tile x = features_of(door, {v - h, v, v + h}, 1, 3, memory, ld);
      const auto difference = static_cast<double>(shortest(door.feature(0).manifold, x(2, 0) - x(0, 0)));
      BOOST_TEST(std::abs(std::log(difference / (2 * h)) - ld(1)) <= 1e-5);
    }
  });
}

BOOST_AUTO_TEST_CASE(rows_beyond_the_real_ones_repeat_the_last) {
  each_door([](const DoorCase& c, const Door& door) {
    Vector memory;
    LogDet ld = LogDet::Zero();
    const Tile x =
        features_of(door, {own_cell(c, door, c.values[0]), own_cell(c, door, c.values[1])}, 1, 2, memory, ld);
    for (int r = 2; door.exact() && r < kTile; ++r) BOOST_TEST((x.row(r) == x.row(1)));
  });
}

BOOST_AUTO_TEST_CASE(densities_behind_a_door_integrate_to_1_over_the_data) {
  each_door([](const DoorCase& c, const Door& door) {
    if (!is_number_door(door)) return;
    Json spec = {{"dim", 1}, {"layers", {{{"kind", "elementwise"}}}}};
    if (door.feature(0).manifold == Manifold::kCircle) spec["circle"] = {0};
    if (door.feature(0).manifold == Manifold::kCircle) spec["layers"] = {{{"kind", "autoregressive"}, {"hidden", {4}}}};
    Model model(spec);
    model.theta = Bench(spec, 0.3).theta;
    model.columns[0] = {"v", make_door(door.spec(), "v")};
    constexpr int kPoints = 200001;  // slopes jump at knots
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
  refuses("log", {0, 1});
  refuses("logit", {0, 0.5});
  refuses("integer", {0.5, 1});
  refuses({{"kind", "integer"}, {"step", 0.1}}, {0.55, 1});
  refuses({{"kind", "remainder"}, {"step", 0.1}}, {0.55, 1});
  refuses("category", {1, 2});
  refuses("constant", {1, 2});
  refuses("atoms", {word_cell(0), 2});
  refuses("ordinal", [] {
    std::vector<double> many;
    for (int i = 0; i < 300; ++i) many.push_back(i);
    return many;
  }());
  const auto no_door = [](const Json& spec) {
    BOOST_TEST_CONTEXT(spec.dump()) BOOST_CHECK_THROW(make_door(spec, "v"), Error);
  };
  no_door({{"kind", "standardise"}, {"scale", 0}});
  no_door({{"kind", "logit"}, {"low", 1}, {"high", 1}});
  no_door({{"kind", "category"}, {"words", {"a"}}});
  no_door({{"kind", "category"}, {"words", {"a", "a"}}});
  no_door({{"kind", "category"}, {"words", {"a"}}, {"rest", {"b", "c"}}, {"shares", {0.5, 0.4}}});
  no_door({{"kind", "category"}, {"words", {"a"}}, {"rest", {"b"}}, {"shares", {-1}}});
  no_door({{"kind", "ordinal"}, {"values", {2, 1}}});
  no_door({{"kind", "ordinal"}, {"values", Json::array()}});
  no_door({{"kind", "rank"}, {"knots", {1, 2}}, {"at", {1}}});
  no_door({{"kind", "rank"}, {"knots", {1, 1}}, {"at", {1, 2}}});
  no_door({{"kind", "atoms"}, {"at", {0}}, {"door", {{"kind", "category"}, {"words", {"a", "b"}}}}});
  no_door({{"kind", "integer"}, {"step", 0}});
  no_door({{"kind", "date"}, {"form", "week"}});
  no_door({{"kind", "rounded"}, {"door", "integer"}});
  no_door({{"kind", "rounded"}, {"digits", 16}});
  no_door({{"kind", "remainder"}, {"per", 2.5}});
  no_door({{"kind", "remainder"}, {"whole", "standardise"}});
  no_door({{"kind", "remainder"}, {"left", {{"kind", "atoms"}, {"at", {0}}, {"door", "integer"}}}});
}

}  // namespace
}  // namespace nf
