// What columns of many kinds are taken for.
#include "nf/data/propose.h"

#include <boost/test/unit_test.hpp>
#include <algorithm>
#include <cmath>
#include <functional>

#include "nf/core/cell.h"
#include "nf/core/constants.h"
#include "nf/core/random.h"
#include "nf/doors/door.h"

namespace nf {
namespace {

constexpr std::size_t kRows = 1000;

// A column of `rows` cells made by a generator of numbers.
Sample column(const std::function<double(Uniforms&)>& make, const std::string& name = "v", std::size_t rows = kRows) {
  Sample sample{{name}, {}, false, {}};
  Uniforms random(3, Stream::kTest);
  for (std::size_t r = 0; r < rows; ++r) sample.values.push_back(make(random));
  sample.words.resize(1);
  return sample;
}
double bell(Uniforms& u) { return u.next() + u.next() + u.next() + u.next() + u.next() + u.next() - 3; }
double exponential(Uniforms& u) { return -std::log(u.next()); }

// Words as a reader numbers them; numbers stay.
Sample words(const std::function<std::string(Uniforms&, std::size_t)>& make, std::size_t rows = kRows) {
  Sample sample{{"v"}, {}, false, {}};
  Uniforms random(3, Stream::kTest);
  sample.words.resize(1);
  for (std::size_t r = 0; r < rows; ++r) {
    const std::string text = make(random, r);
    char* end = nullptr;
    const double value = std::strtod(text.c_str(), &end);
    if (!text.empty() && *end == '\0' && std::isfinite(value)) {
      sample.values.push_back(value);
      continue;
    }
    auto& known = sample.words[0];
    const auto at = std::find(known.begin(), known.end(), text);
    if (at == known.end()) known.push_back(text);
    sample.values.push_back(
        word_cell(static_cast<std::uint32_t>(std::find(known.begin(), known.end(), text) - known.begin())));
  }
  return sample;
}

Proposal proposal(Sample sample, bool circles = true) {
  const std::vector<Content> contents = tidy(sample);
  return propose(sample, contents, {.circles = circles})[0];
}
// The door's kind and those behind it: "atoms log".
std::string kinds(const Proposal& proposed) {
  std::string text;
  for (Json door = proposed.door; !door.is_null(); door = door.is_object() ? door.value("door", Json()) : Json())
    text += (text.empty() ? "" : " ") + (door.is_string() ? door : door["kind"]).get<std::string>();
  return text.empty() ? "left out" : text;
}
std::string kinds(const std::function<double(Uniforms&)>& make) { return kinds(proposal(column(make))); }

BOOST_AUTO_TEST_CASE(measured_numbers_go_by_their_shape) {
  BOOST_TEST(kinds(bell) == "standardise");
  BOOST_TEST(kinds([](Uniforms& u) { return 170 + 10 * bell(u); }) == "standardise");
  BOOST_TEST(kinds([](Uniforms& u) { return u.next(); }) == "logit");
  BOOST_TEST(kinds([](Uniforms& u) { return 20 + 5 * u.next(); }) == "logit");
  BOOST_TEST(kinds(exponential) == "log");
  BOOST_TEST(kinds([](Uniforms& u) { return -exponential(u); }) == "log");
  BOOST_TEST(kinds([](Uniforms& u) { return std::exp(bell(u)); }) == "log");
  BOOST_TEST(kinds([](Uniforms& u) { return std::tan(3.1 * (u.next() - 0.5)); }) == "asinh");
  const Json unit = proposal(column([](Uniforms& u) { return u.next() * u.next(); })).door;
  BOOST_TEST(unit["low"] == 0);
  BOOST_TEST(unit["high"] == 1);
}

BOOST_AUTO_TEST_CASE(a_turn_that_is_filled_is_an_angle) {
  const auto angle = [](Uniforms& u) { return kTwoPi * (u.next() - 0.5); };
  BOOST_TEST(kinds(proposal(column(angle))) == "circle");
  BOOST_TEST(kinds(proposal(column(angle), false)) == "logit");
}

BOOST_AUTO_TEST_CASE(whole_numbers_are_counted) {
  BOOST_TEST(kinds([](Uniforms& u) { return 1 + std::floor(6 * u.next()); }) == "ordinal");
  BOOST_TEST(kinds([](Uniforms& u) { return std::floor(1000 * u.next()); }) == "integer logit");
  BOOST_TEST(kinds([](Uniforms& u) { return std::floor(40 * exponential(u)); }) == "integer log");
  BOOST_TEST(kinds([](Uniforms& u) { return std::round(500 + 60 * bell(u)); }) == "integer standardise");
  BOOST_TEST(kinds([](Uniforms& u) { return std::round(20 + 4 * bell(u)) / 4; }) == "ordinal");
  BOOST_TEST(kinds([](Uniforms& u) { return std::floor(2 * u.next()); }) == "ordinal");
  const Json counts = proposal(column([](Uniforms& u) { return std::floor(3 * exponential(u)); })).door;
  BOOST_TEST(counts["kind"] == "ordinal");
  BOOST_TEST(counts["step"] == 1);
  const Json die = proposal(column([](Uniforms& u) { return 1 + std::floor(6 * u.next()); })).door;
  BOOST_TEST(!die.contains("step"));
}

BOOST_AUTO_TEST_CASE(decimals_are_kept) {
  const Proposal cents = proposal(column([](Uniforms& u) { return std::round(1e4 * exponential(u)) / 100; }));
  BOOST_TEST(kinds(cents) == "rounded log");
  BOOST_TEST(cents.door["step"] == 0.01);
  BOOST_TEST(kinds([](Uniforms& u) { return 100 * u.next(); }) == "logit");
  const Proposal printed = proposal(words([](Uniforms& u, std::size_t) {
    char text[32];
    std::snprintf(text, sizeof text, "%.5g", std::exp(4 * bell(u)));
    return std::string(text);
  }));
  BOOST_TEST(kinds(printed) == "rounded log");
  BOOST_TEST(printed.door["digits"] == 5);
}

BOOST_AUTO_TEST_CASE(rhythms_are_told_from_even_spreads) {
  const Proposal prices = proposal(column([](Uniforms& u) {
    return std::floor(30 * exponential(u)) + (u.next() < 0.7 ? 0.99 : static_cast<double>(u.below(100)) / 100);
  }));
  BOOST_TEST(kinds(prices).starts_with("remainder"));
  BOOST_TEST(prices.door["step"] == 0.01);
  BOOST_TEST(prices.door["per"] == 10);
  BOOST_TEST(prices.door["left"]["values"].size() == 10U);
  const Proposal heaped = proposal(
      column([](Uniforms& u) { return u.next() < 0.5 ? 10 * std::floor(80 * u.next()) : std::floor(800 * u.next()); }));
  BOOST_TEST(kinds(heaped).starts_with("remainder"));
  BOOST_TEST(kinds([](Uniforms& u) { return std::floor(12 * exponential(u)); }).starts_with("integer"));  // too narrow
}

BOOST_AUTO_TEST_CASE(spikes_marks_and_gaps_stand_beside_the_others) {
  const auto zeros = [](Uniforms& u) { return u.next() < 0.3 ? 0 : std::exp(bell(u)); };
  const Proposal inflated = proposal(column(zeros));
  BOOST_TEST(kinds(inflated) == "atoms log");
  BOOST_TEST(inflated.door["at"] == Json::array({0}));
  const Proposal marked = proposal(column([](Uniforms& u) { return u.next() < 0.05 ? -999 : bell(u); }));
  BOOST_TEST(kinds(marked) == "atoms standardise");
  BOOST_TEST(marked.door["at"] == Json::array({-999}));
  const Proposal censored = proposal(column([](Uniforms& u) { return std::min(bell(u), 0.8); }));
  BOOST_TEST(kinds(censored).starts_with("atoms"));
  BOOST_TEST(censored.door["at"] == Json::array({0.8}));
  const Proposal gaps =
      proposal(words([](Uniforms& u, std::size_t) { return u.next() < 0.2 ? "NA" : std::to_string(bell(u)); }));
  BOOST_TEST(kinds(gaps) == "atoms rounded standardise");
  BOOST_TEST(gaps.door["at"] == Json::array({nullptr}));
  BOOST_TEST(gaps.door["gap"] == "NA");
}

BOOST_AUTO_TEST_CASE(words_are_categories_dates_or_numbers) {
  const auto color = [](Uniforms& u, std::size_t) { return std::string(u.next() < 0.5 ? "red" : "blue"); };
  BOOST_TEST(kinds(proposal(words(color))) == "category");
  BOOST_TEST(kinds(proposal(words([&](Uniforms& u, std::size_t r) { return r % 9 ? color(u, r) : ""; }))) ==
             "category");
  BOOST_TEST(kinds(proposal(words([](Uniforms& u, std::size_t) {
               return "2024-01-" + std::to_string(10 + u.below(20));
             }))) == "date integer logit");
  const Proposal times = proposal(words([](Uniforms& u, std::size_t) {
    return "2024-01-" + std::to_string(10 + u.below(20)) + " 1" + std::to_string(u.below(10)) + ":0" +
           std::to_string(u.below(10));
  }));
  BOOST_TEST(kinds(times) == "date remainder");
  BOOST_TEST(times.door["door"]["step"] == 60);
  BOOST_TEST(times.door["door"]["per"] == 1440);
  BOOST_TEST(kinds(proposal(words([](Uniforms&, std::size_t r) { return "name" + std::to_string(r); }))) == "left out");
  const Proposal mixed = proposal(
      words([](Uniforms& u, std::size_t) { return u.next() < 0.1 ? "<0.1" : std::to_string(u.next() + 0.1); }));
  BOOST_TEST(kinds(mixed) == "atoms rounded logit");
  BOOST_TEST(mixed.door["at"] == Json::array({"<0.1"}));
  BOOST_TEST(kinds(proposal(words([](Uniforms& u, std::size_t) {
               return u.next() < 0.2 ? "3+" : std::to_string(u.below(3));
             }))) == "category");
}

BOOST_AUTO_TEST_CASE(what_says_nothing_is_left_out_or_restored) {
  BOOST_TEST(kinds([](Uniforms&) { return 7; }) == "constant");
  BOOST_TEST(kinds(proposal(words([](Uniforms&, std::size_t) { return "same"; }))) == "constant");
  BOOST_TEST(kinds(proposal(words([](Uniforms&, std::size_t) { return "NA"; }))) == "constant");
  double next = 0;
  BOOST_TEST(kinds(proposal(column([&](Uniforms&) { return next += 3; }, "user_id"))) == "left out");
  BOOST_TEST(kinds(proposal(column(bell, "v", 10))) == "standardise");  // too few to judge by
}

// Whatever is proposed can be measured on the rows, and lets all of them through.
BOOST_AUTO_TEST_CASE(doors_that_are_proposed_hold_every_row) {
  for (int kind = 0; kind < 12; ++kind) {
    Sample sample = column([&](Uniforms& u) {
      switch (kind) {
        case 0:
          return bell(u);
        case 1:
          return u.next();
        case 2:
          return exponential(u) - 5;
        case 3:
          return std::floor(100 * exponential(u));
        case 4:
          return std::tan(3.1 * (u.next() - 0.5));
        case 5:
          return u.next() < 0.2 ? 0.0 : 5 * u.next();
        case 6:
          return std::floor(6 * u.next());
        case 7:
          return std::round(1e6 * bell(u)) / 100;
        case 8:
          return 100 - exponential(u);
        case 9:
          return 1e12 + std::floor(1e6 * u.next());
        case 10:
          return std::round(10 * u.next()) / 10;
        default:
          return u.next() < 0.5 ? 1.0 : u.next();
      }
    });
    const std::vector<Content> contents = tidy(sample);
    const Proposal proposed = propose(sample, contents, {})[0];
    BOOST_TEST_CONTEXT(kind << " " << proposed.door.dump()) {
      const auto door = measure_door(proposed.door, {.values = sample.values, .label = "v"});
      BOOST_TEST_REQUIRE(door);
      Vector memory = Vector::Zero(kTile * 2);
      Tile x(memory.data(), kTile, std::max(door->features(), 1));
      int wrong = 0;
      for (std::size_t first = 0; first < kRows; first += kTile) {
        const int rows = static_cast<int>(std::min<std::size_t>(kTile, kRows - first));
        LogDet ld = LogDet::Zero();
        std::vector<double> back(kTile);
        door->enter({}, sample.values.data() + first, 1, rows, x, ld);
        for (int r = 0; r < rows; ++r) wrong += !std::isfinite(ld(r));
        door->leave({}, in(x), rows, back.data(), 1, ld);
        for (int r = 0; r < rows; ++r)
          wrong += std::abs(back[r] - sample.values[first + r]) > 1e-4 * (1 + std::abs(sample.values[first + r]));
      }
      BOOST_TEST(wrong == 0);
    }
  }
}

}  // namespace
}  // namespace nf
