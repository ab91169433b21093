#include <Random123/philox.h>

#include "kernels/kernels_test.h"

namespace nf::kernels {
namespace {

// Random123's own implementation.
philox4x32_ctr_t reference_words(const RandomTile& at, int row, int column) {
  const std::uint64_t r = at.first_row + static_cast<std::uint64_t>(row);
  const philox4x32_ctr_t counter = {{static_cast<std::uint32_t>(r), static_cast<std::uint32_t>(r >> 32),
                                     static_cast<std::uint32_t>(column / 4), at.stream}};
  const philox4x32_key_t key = {{static_cast<std::uint32_t>(at.seed), static_cast<std::uint32_t>(at.seed >> 32)}};
  return philox4x32(counter, key);
}

double uniform_of(std::uint32_t word) { return (word + 0.5) / 4294967296.0; }

float uniform_float(std::uint32_t word) {
  return std::min(static_cast<float>(uniform_of(word)), std::nextafter(1.0f, 0.0f));
}

double normal_of(const philox4x32_ctr_t& words, int i) {
  const double radius = std::sqrt(-2 * std::log(uniform_of(words.v[i / 2 * 2])));
  // Reduced by eighths of a turn, so that the reference is exact where a sine is small.
  const std::uint32_t turn = words.v[i / 2 * 2 + 1];
  const std::uint32_t quarter = (turn + (1u << 29)) >> 30;
  const double angle = (static_cast<double>(static_cast<std::int32_t>(turn - (quarter << 30))) + 0.5) *
                       (6.283185307179586476925 / 4294967296.0);
  const double c = std::cos(angle), s = std::sin(angle);
  const double cosines[4] = {c, -s, -c, s}, sines[4] = {s, c, -s, -c};
  return radius * (i % 2 == 0 ? cosines[quarter & 3] : sines[quarter & 3]);
}

RandomTile some_tile(Numbers& numbers, int columns) {
  RandomTile at;
  at.seed = 0x123456789abcdef0u * static_cast<std::uint64_t>(numbers.integer(1, 1000));
  at.first_row = static_cast<std::uint64_t>(numbers.integer(0, 1000000)) << numbers.integer(0, 20);
  at.stream = static_cast<std::uint32_t>(numbers.integer(0, 1 << 30)) * 4u;
  at.first_column = 4 * numbers.integer(0, 100);
  at.columns = columns;
  return at;
}

}  // namespace

BOOST_AUTO_TEST_CASE(philox_gives_the_known_answers_of_random123) {
  // kat_vectors: philox4x32 10, counter and key 0; the words appear as uniforms in double, which keeps every bit.
  RandomTile at;
  at.columns = 4;
  std::vector<double> u(4 * kRows);
  uniforms(at, u.data());
  const std::uint32_t expected[4] = {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8};
  for (std::size_t i = 0; i < 4; ++i) {
    BOOST_TEST(static_cast<std::uint32_t>(u[i * kRows] * 4294967296.0) == expected[i]);
  }
}

BOOST_AUTO_TEST_CASE(uniforms_are_the_words_of_random123) {
  on_every_target([] {
    Numbers numbers(1);
    for (int columns : {0, 1, 2, 3, 4, 5, 7, 8, 21}) {
      const RandomTile at = some_tile(numbers, columns);
      Buffer u(static_cast<std::size_t>(columns) * kRows);
      uniforms(at, u.data());
      std::vector<double> exact(u.size());
      uniforms(at, exact.data());
      bool same = true, same_double = true;
      for (int c = 0; c < columns; ++c) {
        for (int r = 0; r < kRows; ++r) {
          const std::uint32_t word = reference_words(at, r, at.first_column + c).v[c % 4];
          const std::size_t i = c * kRows + r;
          same = same && u[i] == uniform_float(word);
          same_double = same_double && exact[i] == uniform_of(word);
        }
      }
      BOOST_TEST(same);
      BOOST_TEST(same_double);
      BOOST_TEST(u.margins_intact());
    }
  });
}

BOOST_AUTO_TEST_CASE(normals_are_within_a_few_ulp_of_the_exact_values) {
  on_every_target([] {
    Numbers numbers(2);
    double worst = 0;
    for (int columns : {0, 1, 2, 3, 5, 64, 400, 1000}) {
      RandomTile at = some_tile(numbers, columns);
      if (columns == 5) at.first_row = 0xffffffffu - 20;  // the rows' low word runs over
      Buffer z(static_cast<std::size_t>(columns) * kRows);
      normals(at, z.data());
      for (int c = 0; c < columns; ++c) {
        for (int r = 0; r < kRows; ++r) {
          const double exact = normal_of(reference_words(at, r, at.first_column + c), c % 4);
          worst = std::max(worst, ulps(z[c * kRows + r], exact));
        }
      }
      BOOST_TEST(z.margins_intact());
    }
    BOOST_TEST_MESSAGE(target() << " normals " << worst);
    BOOST_TEST(worst <= 4.0);
  });
}

BOOST_AUTO_TEST_CASE(a_row_does_not_depend_on_the_tile_it_is_made_in) {
  on_every_target([] {
    RandomTile at;
    at.seed = 7;
    at.columns = 6;
    Buffer z(6 * kRows), later(6 * kRows), right(2 * kRows);
    normals(at, z.data());
    at.first_row = 13;
    normals(at, later.data());
    for (std::size_t c = 0; c < 6; ++c) BOOST_TEST(same_bits(&z[c * kRows + 13], &later[c * kRows], kRows - 13));
    at.first_row = 0;
    at.first_column = 4;
    at.columns = 2;
    normals(at, right.data());
    BOOST_TEST(same_bits(&z[4 * kRows], right.data(), 2 * kRows));
  });
}

BOOST_AUTO_TEST_CASE(normals_have_the_moments_of_a_normal) {
  on_every_target([] {
    RandomTile at;
    at.columns = 8000;
    Buffer z(static_cast<std::size_t>(at.columns) * kRows);
    normals(at, z.data());
    double sum[5] = {};
    for (std::size_t i = 0; i < z.size(); ++i) {
      double power = 1;
      for (double& s : sum) s += power, power *= static_cast<double>(z[i]);
    }
    for (double& s : sum) s /= static_cast<double>(z.size());
    // Five standard errors of 512000 values: variances 1, 2, 15, 96.
    BOOST_TEST(std::fabs(sum[1]) < 0.007);
    BOOST_TEST(std::fabs(sum[2] - 1) < 0.01);
    BOOST_TEST(std::fabs(sum[3]) < 0.028);
    BOOST_TEST(std::fabs(sum[4] - 3) < 0.07);
  });
}

}  // namespace nf::kernels
