// What doors drew is drawn anew, and nothing else changes.
#include "nf/data/redraw.h"

#include "nf/flow/registry.h"
#include "real_test.h"

namespace nf {
namespace {

BOOST_AUTO_TEST_CASE(rows_are_as_if_they_had_entered_with_the_seed) {
  const std::vector<double> cells = [] {
    std::vector<double> all;
    for (int r = 0; r < 2 * kTile + 5; ++r) all.insert(all.end(), {0.1 * r, double(r % 17), double(r % 3)});
    return all;
  }();
  const std::vector<Column> columns = {
      {"a", make_door("standardise", "a")}, {"b", make_door("integer", "b")}, {"c", make_door("integer", "c")}};
  const auto rows = static_cast<std::int64_t>(cells.size() / columns.size());
  const auto values = [&](std::int64_t r) { return cells.data() + 3 * r; };
  Data data;
  data.x = enter_rows(columns, rows, values, &data.log_det);
  const Data before = data;
  const Redraw redraw(columns, values, data);
  BOOST_TEST(redraw.draws());
  Pool pool(2);
  for (const std::uint64_t seed : {7, 8}) {
    redraw(seed, pool, data);
    BOOST_TEST((data.x.col(0) == before.x.col(0)));
    BOOST_TEST((data.x.col(1) != before.x.col(1)));
    Stack memory;
    Scratch scratch(memory);
    Tile x = scratch.tile(3);
    LogDet ld = LogDet::Zero();
    enter(columns, {seed, kTile}, values(kTile), kTile, x, ld);
    BOOST_TEST((data.x.middleRows(kTile, kTile) == x));
    for (int r = 0; r < kTile; ++r) BOOST_TEST(std::abs(data.log_det[kTile + r] - ld(r)) < 1e-12);
    const std::vector<double> back = leave_rows(columns, data.x);
    for (std::size_t i = 1; i < back.size(); i += 3) BOOST_TEST(back[i] == cells[i]);
  }
  redraw(0, pool, data);
  BOOST_TEST((data.x == before.x));
}

BOOST_AUTO_TEST_CASE(where_no_door_draws_there_is_nothing_to_draw) {
  const std::vector<Column> columns = {{"a", make_door("standardise", "a")}};
  const std::vector<double> cells = {1, 2, 3};
  const auto values = [&](std::int64_t r) { return cells.data() + r; };
  Data data;
  data.x = enter_rows(columns, 3, values, &data.log_det);
  BOOST_TEST(!Redraw(columns, values, data).draws());
}

}  // namespace
}  // namespace nf
