#include "nf/kernels/bend.h"

#include "kernels/kernels_test.h"
#include "nf/kernels/row_lu.h"

namespace nf::kernels {
BOOST_AUTO_TEST_CASE(bends_equal_their_twins) {
  on_every_target([] {
    Numbers numbers(1);
    for (const int units : {1, 2, 7}) {
      const auto size = static_cast<std::size_t>(units) * kRows;
      Buffer a(size), dh(size), dd(size), sharpness(static_cast<std::size_t>(units));
      for (Buffer* b : {&a, &dh, &dd}) numbers.fill(*b, 4);
      numbers.fill(sharpness, 1);
      for (int j = 0; j < units; ++j) sharpness[j] += 1.5f;
      for (const bool lipswish : {true, false}) {
        Buffer h(size), d(size), d2(size), other_h(size), other_d(size), other_d2(size);
        bend({a.data(), sharpness.data(), 3, lipswish, units, h.data(), d.data(), d2.data()});
        plain::bend({a.data(), sharpness.data(), 3, lipswish, units, other_h.data(), other_d.data(), other_d2.data()});
        check_close(h, other_h);
        check_close(d, other_d);
        check_close(d2, other_d2);
        Buffer product(size), other_product(size), ds(size), other_ds(size), sum = dd, other_sum = dd;
        times(h.data(), d.data(), units, product.data());
        plain::times(h.data(), d.data(), units, other_product.data());
        check_close(product, other_product);
        slopes_backward({dh.data(), a.data(), d.data(), units, sum.data(), ds.data()});
        plain::slopes_backward({dh.data(), a.data(), d.data(), units, other_sum.data(), other_ds.data()});
        check_close(sum, other_sum);
        check_close(ds, other_ds);
        curves_backward({dh.data(), dd.data(), d.data(), d2.data(), units, ds.data()});
        plain::curves_backward({dh.data(), dd.data(), d.data(), d2.data(), units, other_ds.data()});
        check_close(ds, other_ds);
      }
    }
  });
}

BOOST_AUTO_TEST_CASE(eliminations_equal_their_twins) {
  on_every_target([] {
    Numbers numbers(2);
    for (const int n : {1, 2, 5, 20}) {
      const auto size = static_cast<std::size_t>(n) * kRows;
      Buffer a(size * static_cast<std::size_t>(n)), x(size);
      numbers.fill(a, 0.9f / static_cast<float>(n));
      numbers.fill(x, 2);
      Buffer b = a, y = x;
      lu_of_one_plus(a.data(), n);
      plain::lu_of_one_plus(b.data(), n);
      check_close(a, b);
      lu_solve(a.data(), n, x.data());
      plain::lu_solve(b.data(), n, y.data());
      check_close(x, y);
      lu_solve_transposed(a.data(), n, x.data());
      plain::lu_solve_transposed(b.data(), n, y.data());
      check_close(x, y);
    }
  });
}

}  // namespace nf::kernels
