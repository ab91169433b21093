#include "nf/kernels/tanh_root.h"

#include "kernels/kernels_test.h"

namespace nf::kernels {

// From a plane that nearly folds (kappa near -1) to a very steep one, from far left to far right.
BOOST_AUTO_TEST_CASE(tanh_roots_solve_their_equation_to_rounding) {
  on_every_target([] {
    for (float kappa : {-1.0f, -0.999f, -0.5f, -1e-6f, 0.0f, 1e-6f, 0.3f, 7.0f, 1e4f})
      for (float scale : {1e-6f, 0.01f, 1.0f, 3.0f, 100.0f, 1e6f}) {
        Numbers numbers(1);
        Buffer c(kRows), a(kRows), twin(kRows);
        numbers.fill(c, scale);
        c[0] = 0;
        tanh_root(c.data(), kappa, a.data());
        plain::tanh_root(c.data(), kappa, twin.data());
        for (std::size_t i = 0; i < kRows; ++i) {
          const double root = a[i], residual = root + kappa * std::tanh(root) - c[i];
          const double size = std::fabs(root) + std::fabs(kappa * std::tanh(root));
          BOOST_TEST(std::fabs(residual) <= 1e-6 * size);
          BOOST_TEST(std::fabs(twin[i] + kappa * std::tanh(double{twin[i]}) - c[i]) <= 1e-6 * size);
        }
        BOOST_TEST(a.margins_intact());
      }
  });
}

BOOST_AUTO_TEST_CASE(tanh_roots_of_rows_do_not_depend_on_their_neighbours) {
  on_every_target([] {
    Numbers numbers(2);
    Buffer c(kRows), a(kRows), again(kRows);
    numbers.fill(c, 3);
    tanh_root(c.data(), -0.99f, a.data());
    for (std::size_t i = 1; i < kRows; ++i) c[i] *= 1e-4f;
    tanh_root(c.data(), -0.99f, again.data());
    BOOST_TEST(a[0] == again[0]);
  });
}

}  // namespace nf::kernels
