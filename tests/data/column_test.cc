// Columns and their doors together.
#include "nf/data/column.h"

#include "real_test.h"

namespace nf {
namespace {

// What is drawn within the whole numbers of a context would else tell what was drawn within those of a column.
BOOST_AUTO_TEST_CASE(columns_and_contexts_draw_what_nobody_else_does) {
  const Json whole = {{"kind", "integer"}, {"door", {{"kind", "standardise"}}}};
  const std::vector<Column> columns = {{"a", make_door(whole, "a")}, {"b", make_door(whole, "b")}};
  const std::vector<double> zeros(2 * kTile, 0);
  Vector mx, mc, me;
  Stack memory;
  const auto tile = [](Vector& numbers) {
    numbers = Vector::Zero(2 * kTile);
    return Tile(numbers.data(), kTile, 2);
  };
  Tile x = tile(mx), c = tile(mc), next = tile(me);
  LogDet ld = LogDet::Zero();
  enter(columns, Noise{5, 0}, zeros.data(), kTile, x, ld);
  enter_context(columns, Noise{5, 0}, zeros.data(), kTile, c, memory);
  enter(columns, Noise{seed_of_part(5, 0), 0}, zeros.data(), kTile, next, ld);  // of the next draw
  const auto differ = [](const auto& a, const auto& b) { return ((a - b).array().abs() > Real(1e-6)).count() > kTile / 2; };
  BOOST_TEST(differ(x.col(0), x.col(1)));
  for (int j = 0; j < 2; ++j)
    for (int k = 0; k < 2; ++k) {
      BOOST_TEST(differ(x.col(j), c.col(k)));
      BOOST_TEST(differ(x.col(j), next.col(k)));
    }
}

}  // namespace
}  // namespace nf
