#include "nf/kernels/tanh_terms.h"

#include "kernels/kernels_test.h"

namespace nf::kernels {
BOOST_AUTO_TEST_CASE(kernels_of_tanh_terms_equal_their_twins) {
  on_every_target([] {
    Numbers numbers(1);
    for (const int features : {1, 3})
      for (const int terms : {1, 4}) {
        const auto columns = [&](int count) { return static_cast<std::size_t>(features * count) * kRows; };
        Buffer x(columns(1)), phi(columns(3 * terms + 2)), dv(columns(1)), dq(kRows);
        for (Buffer* b : {&x, &phi, &dv, &dq}) numbers.fill(*b, 2);
        Buffer steps(columns(terms)), v(columns(1)), q(kRows), steps2(columns(terms)), v2(columns(1)), q2(kRows);
        tanh_terms({x.data(), phi.data(), features, terms, steps.data(), v.data(), q.data()});
        plain::tanh_terms({x.data(), phi.data(), features, terms, steps2.data(), v2.data(), q2.data()});
        check_close(steps, steps2);
        check_close(v, v2);
        check_close(q, q2);
        tanh_terms({x.data(), phi.data(), features, terms, steps2.data(), v2.data(), nullptr});
        check_close(v, v2);
        for (const float* const weights : {static_cast<const float*>(dq.data()), static_cast<const float*>(nullptr)}) {
          Buffer dx(columns(1)), dphi(columns(3 * terms + 2)), dx2(columns(1)), dphi2(columns(3 * terms + 2));
          tanh_terms_gradient(
              {x.data(), phi.data(), steps.data(), dv.data(), weights, features, terms, dx.data(), dphi.data()});
          plain::tanh_terms_gradient(
              {x.data(), phi.data(), steps.data(), dv.data(), weights, features, terms, dx2.data(), dphi2.data()});
          check_close(dx, dx2);
          check_close(dphi, dphi2);
        }
      }
  });
}

}  // namespace nf::kernels
