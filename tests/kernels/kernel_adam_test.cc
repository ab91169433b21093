#include "kernels/kernels_test.h"

namespace nf::kernels {
namespace {

struct Parts {
  std::vector<Buffer> values;
  std::vector<const float*> pointers;
  Parts(Numbers& numbers, int count, std::size_t n) {
    for (int i = 0; i < count; ++i) {
      values.emplace_back(n);
      numbers.fill(values.back());
    }
    for (const Buffer& b : values) pointers.push_back(b.data());
  }
};

}  // namespace

BOOST_AUTO_TEST_CASE(reduce_has_its_twins_bits_for_any_number_of_parts_and_values) {
  on_every_target([] {
    Numbers numbers(1);
    for (int count : {1, 2, 3, 4, 5, 6, 7, 8, 9, 13, 16, 31, 100}) {
      for (std::size_t n : {0, 1, 5, 15, 16, 17, 63, 64, 65, 200}) {
        Parts parts(numbers, count, n);
        Buffer out(n), expected(n);
        const double norm = reduce(parts.pointers.data(), count, out.data(), n);
        const double expected_norm = plain::reduce(parts.pointers.data(), count, expected.data(), n);
        BOOST_TEST(same_bits(out.data(), expected.data(), n));
        BOOST_TEST(std::fabs(norm - expected_norm) <= 1e-12 * (1 + expected_norm));
        BOOST_TEST(out.margins_intact());
      }
    }
  });
}

BOOST_AUTO_TEST_CASE(reduce_adds_like_a_binary_tree) {
  on_every_target([] {
    Numbers numbers(2);
    Parts parts(numbers, 7, 40);
    const auto& v = parts.values;
    std::vector<float> expected(40);
    for (std::size_t i = 0; i < 40; ++i) {
      expected[i] = ((v[0][i] + v[1][i]) + (v[2][i] + v[3][i])) + ((v[4][i] + v[5][i]) + v[6][i]);
    }
    float* out = parts.values[0].data();  // in place
    reduce(parts.pointers.data(), 7, out, 40);
    BOOST_TEST(same_bits(out, expected.data(), 40));
  });
}

BOOST_AUTO_TEST_CASE(adam_equals_its_twin) {
  on_every_target([] {
    Numbers numbers(3);
    for (std::size_t n : {0, 1, 7, 16, 33, 100}) {
      Buffer g(n), m(n), v(n), w(n);
      for (Buffer* b : {&g, &m, &v, &w}) numbers.fill(*b);
      for (std::size_t i = 0; i < n; ++i) v[i] = std::fabs(v[i]);
      Buffer m2(m), v2(v), w2(w);
      AdamStep step;
      step.rate = 1e-2;
      step.decay = 0.1;
      step.scale = 0.5;
      step.correction1 = 1 - 0.9;
      step.correction2 = 1 - 0.999;
      adam(step, g.data(), m.data(), v.data(), w.data(), n);
      plain::adam(step, g.data(), m2.data(), v2.data(), w2.data(), n);
      for (std::size_t i = 0; i < n; ++i) {
        BOOST_TEST(std::fabs(m[i] - m2[i]) <= 2e-7f);
        BOOST_TEST(std::fabs(v[i] - v2[i]) <= 2e-7f);
        BOOST_TEST(std::fabs(w[i] - w2[i]) <= 5e-7f);
      }
      for (const Buffer* b : {&m, &v, &w}) BOOST_TEST(b->margins_intact());
    }
  });
}

BOOST_AUTO_TEST_CASE(the_first_adam_step_moves_by_the_rate) {
  on_every_target([] {
    Buffer g(20, -3.0f), m(20), v(20), w(20, 1.0f);
    AdamStep step;
    step.rate = 1e-3;
    step.correction1 = 1 - step.beta1;
    step.correction2 = 1 - step.beta2;
    adam(step, g.data(), m.data(), v.data(), w.data(), 20);
    for (std::size_t i = 0; i < 20; ++i) BOOST_TEST(std::fabs(w[i] - 1.001f) <= 2e-7f);
  });
}

BOOST_AUTO_TEST_CASE(average_equals_its_twin) {
  on_every_target([] {
    Numbers numbers(4);
    for (std::size_t n : {0, 1, 7, 16, 33}) {
      Buffer w(n), a(n);
      numbers.fill(w);
      numbers.fill(a);
      Buffer expected(a);
      average(0.9, w.data(), a.data(), n);
      plain::average(0.9, w.data(), expected.data(), n);
      for (std::size_t i = 0; i < n; ++i) BOOST_TEST(std::fabs(a[i] - expected[i]) <= 2e-7f);
      BOOST_TEST(a.margins_intact());
    }
  });
}

}  // namespace nf::kernels
