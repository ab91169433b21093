#include "kernels/kernels_test.h"

namespace nf::kernels {
namespace {

// A product with its memory. Weights outside a unit's range are zero, as the contract asks.
struct Case {
  Product<float> p;
  std::vector<int> begin, end;
  Buffer w, x, y, bias, gate;

  Case(Numbers& numbers, int units, int inputs, bool ranges, bool transposed)
      : w(static_cast<std::size_t>(units * inputs + 7 * (units + inputs)) + 1),
        x(static_cast<std::size_t>(inputs) * kRows),
        y(static_cast<std::size_t>(units) * kRows, kSentinel),
        bias(units),
        gate(static_cast<std::size_t>(units) * kRows) {
    p.unit_stride = transposed ? 1 : inputs + 7;
    p.input_stride = transposed ? units + 7 : 1;
    p.units = units;
    p.last = inputs;
    if (ranges && numbers.coin()) {
      begin = numbers.staircase(units, inputs);
      p.begin = begin.data();
    }
    if (ranges && (begin.empty() || numbers.coin())) {
      end = numbers.staircase(units, inputs);
      for (std::size_t n = 0; n < begin.size(); ++n) end[n] = std::max(end[n], begin[n]);
      p.end = end.data();
    } else if (ranges) {
      p.last = inputs;
    }
    for (int n = 0; n < units; ++n) {
      const std::size_t i = n;
      for (int k = begin.empty() ? 0 : begin[i]; k < (end.empty() ? inputs : end[i]); ++k) {
        w[n * p.unit_stride + k * p.input_stride] = numbers.real();
      }
    }
    numbers.fill(x);
    numbers.fill(bias);
    numbers.fill(gate);
    for (std::size_t i = 0; i < gate.size(); i += 5) gate[i] = 0;
    attach();
    switch (numbers.integer(0, 3)) {
      case 0:
        p.bias = nullptr;
        break;
      case 1:
        p.bias = nullptr;
        p.accumulate = true;
        numbers.fill(y);
        break;
      default:
        break;
    }
    switch (numbers.integer(0, 5)) {
      case 0:
        p.activation = Activation::kRelu;
        break;
      case 1:
        p.activation = Activation::kTanh;
        break;
      case 2:
        p.gate = gate.data(), p.gate_activation = Activation::kRelu;
        break;
      case 3:
        p.gate = gate.data(), p.gate_activation = Activation::kTanh;
        break;
      default:
        break;
    }
  }

  void attach() {
    p.w = w.data();
    p.x = x.data();
    p.y = y.data();
    p.bias = bias.data();
  }
};

// Sums of at most 70 terms below 1 differ by their rounding errors: 70 * 2^-24 * the terms' sizes, about 10.
constexpr float kTolerance = 4e-5f;

void check_against_twin(Case& c) {
  Buffer expected(c.y);
  Product<float> twin = c.p;
  twin.y = expected.data();
  plain::product(twin);
  Buffer y(c.y);
  Product<float> fast = c.p;
  fast.y = y.data();
  product(fast);
  float worst = 0;
  for (std::size_t i = 0; i < y.size(); ++i) worst = std::max(worst, std::fabs(y[i] - expected[i]));
  BOOST_TEST(worst <= kTolerance);
  BOOST_TEST(y.margins_intact());
}

}  // namespace

BOOST_AUTO_TEST_CASE(product_equals_its_twin_on_random_shapes) {
  on_every_target([] {
    Numbers numbers(1);
    for (int i = 0; i < 400; ++i) {
      Case c(numbers, numbers.integer(1, 70), numbers.integer(0, 70), numbers.coin(), numbers.coin());
      check_against_twin(c);
    }
  });
}

BOOST_AUTO_TEST_CASE(product_equals_its_twin_on_every_small_number_of_units) {
  on_every_target([] {
    Numbers numbers(2);
    for (int units = 0; units <= 20; ++units) {
      for (int inputs : {0, 1, 2, 17}) {
        Case c(numbers, units, inputs, true, false);
        check_against_twin(c);
      }
    }
  });
}

BOOST_AUTO_TEST_CASE(a_unit_has_the_same_bits_however_units_are_grouped) {
  on_every_target([] {
    Numbers numbers(3);
    for (int i = 0; i < 200; ++i) {
      Case c(numbers, numbers.integer(1, 40), numbers.integer(0, 70), true, numbers.coin());
      Buffer all(c.y), parts(c.y);
      Product<float> whole = c.p;
      whole.y = all.data();
      product(whole);
      for (int n = 0; n < c.p.units;) {
        Product<float> part = c.p;
        part.units = numbers.integer(1, c.p.units - n);
        part.w += n * part.unit_stride;
        part.y = parts.data() + n * kRows;
        if (part.bias) part.bias += n;
        if (part.gate) part.gate += n * kRows;
        if (part.begin) part.begin += n;
        if (part.end) part.end += n;
        product(part);
        n += part.units;
      }
      BOOST_TEST(same_bits(all.data(), parts.data(), all.size()));
    }
  });
}

BOOST_AUTO_TEST_CASE(a_range_longer_by_exact_zeros_gives_the_same_bits) {
  on_every_target([] {
    Numbers numbers(4);
    for (int i = 0; i < 100; ++i) {
      Case c(numbers, numbers.integer(1, 40), numbers.integer(0, 70), true, numbers.coin());
      Buffer ranges(c.y), dense(c.y);
      Product<float> p = c.p;
      p.y = ranges.data();
      product(p);
      p.y = dense.data();
      const int inputs = p.last;
      p.begin = p.end = nullptr;
      p.last = inputs;
      product(p);
      BOOST_TEST(same_bits(ranges.data(), dense.data(), dense.size()));
    }
  });
}

BOOST_AUTO_TEST_CASE(inputs_added_in_several_calls_give_the_same_bits_as_in_one) {
  on_every_target([] {
    Numbers numbers(5);
    for (int i = 0; i < 100; ++i) {
      Case c(numbers, numbers.integer(1, 20), numbers.integer(1, 70), false, numbers.coin());
      c.p.activation = Activation::kNone;
      c.p.gate = nullptr;
      Buffer whole(c.y), steps(c.y);
      Product<float> p = c.p;
      p.y = whole.data();
      product(p);
      p.y = steps.data();
      for (int k = 0; k < c.p.last;) {
        p.first = k;
        p.last = numbers.integer(k + 1, c.p.last);
        product(p);
        k = p.last;
        p.accumulate = true;
        p.bias = nullptr;
      }
      BOOST_TEST(same_bits(whole.data(), steps.data(), steps.size()));
    }
  });
}

BOOST_AUTO_TEST_CASE(a_nan_in_the_input_stays_visible_behind_every_activation) {
  on_every_target([] {
    for (Activation activation : {Activation::kNone, Activation::kRelu, Activation::kTanh}) {
      Buffer w(2, 1.0f), x(2 * kRows, 1.0f), y(kRows);
      x[3] = std::numeric_limits<float>::quiet_NaN();
      Product<float> p;
      p.w = w.data();
      p.x = x.data();
      p.y = y.data();
      p.units = 1;
      p.last = 2;
      p.activation = activation;
      product(p);
      BOOST_TEST(std::isnan(y[3]));
      BOOST_TEST(std::isfinite(y[4]));
    }
  });
}

}  // namespace nf::kernels
