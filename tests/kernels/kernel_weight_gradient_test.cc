#include "kernels/kernels_test.h"

namespace nf::kernels {
namespace {

void check_against_twin(Numbers& numbers, int units, int inputs, bool prefixes, bool bias) {
  const std::ptrdiff_t ld = inputs + numbers.integer(0, 20);
  Buffer dy(static_cast<std::size_t>(units) * kRows), x(static_cast<std::size_t>(inputs) * kRows);
  Buffer dw(units * ld), db(units);
  Buffer scratch(kRows * (inputs + 64));
  for (Buffer* b : {&dy, &x, &dw, &db}) numbers.fill(*b);
  const std::vector<int> end = numbers.staircase(units, inputs);

  WeightGradient<float> g;
  g.dy = dy.data();
  g.x = x.data();
  g.units = units;
  g.inputs = inputs;
  g.end = prefixes ? end.data() : nullptr;
  g.ld = ld;
  g.scratch = scratch.data();
  Buffer expected_dw(dw), expected_db(db), start(dw);
  g.dw = expected_dw.data();
  g.db = bias ? expected_db.data() : nullptr;
  plain::weight_gradient(g);
  g.dw = dw.data();
  g.db = bias ? db.data() : nullptr;
  weight_gradient(g);

  float worst = 0;
  bool untouched = true;
  for (int n = 0; n < units; ++n) {
    for (int k = 0; k < ld; ++k) {
      const std::size_t i = n * ld + k;
      if (k < (prefixes ? end[n] : inputs)) {
        worst = std::max(worst, std::fabs(dw[i] - expected_dw[i]));
      } else {
        untouched = untouched && same_bits(&dw[i], &start[i], 1);
      }
    }
    worst = std::max(worst, std::fabs(db[n] - expected_db[n]));
  }
  BOOST_TEST(worst <= 2e-5f);  // 64 terms below 1, rounded in another order
  BOOST_TEST(untouched);
  BOOST_TEST(dw.margins_intact());
  BOOST_TEST(db.margins_intact());
  BOOST_TEST(scratch.margins_intact());
}

}  // namespace

BOOST_AUTO_TEST_CASE(weight_gradient_equals_its_twin_and_touches_nothing_beyond_the_prefixes) {
  on_every_target([] {
    Numbers numbers(1);
    for (int i = 0; i < 300; ++i) {
      check_against_twin(numbers, numbers.integer(1, 70), numbers.integer(0, 70), numbers.coin(), numbers.coin());
    }
  });
}

BOOST_AUTO_TEST_CASE(weight_gradient_equals_its_twin_on_edge_shapes) {
  on_every_target([] {
    Numbers numbers(2);
    for (int units : {0, 1, 2, 11, 12, 13, 25}) {
      for (int inputs : {0, 1, 15, 16, 17, 31, 32, 33, 48, 64, 65}) {
        check_against_twin(numbers, units, inputs, false, true);
        check_against_twin(numbers, units, inputs, true, true);
      }
    }
  });
}

}  // namespace nf::kernels
