#include "nf/kernels/tanh_field.h"

#include "kernels/kernels_test.h"

namespace nf::kernels {
BOOST_AUTO_TEST_CASE(tanh_fields_kernels_equal_their_twins) {
  on_every_target([] {
    Numbers numbers(1);
    for (const int units : {1, 2, 7, 64}) {
      const auto size = static_cast<std::size_t>(units) * kRows;
      Buffer h(size), u(size), product(size), dh(size), dd1(size), diagonal(static_cast<std::size_t>(units)), dq(kRows);
      for (Buffer* b : {&h, &u}) numbers.fill(*b, 1);
      for (Buffer* b : {&product, &dh, &dd1, &diagonal, &dq}) numbers.fill(*b, 2);
      Buffer d1(size), expected_d1(size), q(kRows), expected_q(kRows);
      tanh_slope(h.data(), units, d1.data());
      plain::tanh_slope(h.data(), units, expected_d1.data());
      check_close(d1, expected_d1);
      tanh_trace({u.data(), product.data(), d1.data(), diagonal.data(), units, q.data()});
      plain::tanh_trace({u.data(), product.data(), d1.data(), diagonal.data(), units, expected_q.data()});
      check_close(q, expected_q);
      for (const float* const weights : {static_cast<const float*>(dq.data()), static_cast<const float*>(nullptr)}) {
        Buffer da(size), expected_da(size), p(size), expected_p(size), last(size), expected_last(size);
        tanh_outer({u.data(), product.data(), dh.data(), weights, units, da.data(), p.data()});
        plain::tanh_outer({u.data(), product.data(), dh.data(), weights, units, expected_da.data(), expected_p.data()});
        tanh_inner({h.data(), dh.data(), dd1.data(), diagonal.data(), weights, units, last.data()});
        plain::tanh_inner({h.data(), dh.data(), dd1.data(), diagonal.data(), weights, units, expected_last.data()});
        check_close(da, expected_da);
        check_close(p, expected_p);
        check_close(last, expected_last);
      }
    }
  });
}

}  // namespace nf::kernels
