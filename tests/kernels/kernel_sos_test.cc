#include "nf/kernels/sos.h"

#include "kernels/kernels_test.h"

namespace nf::kernels {

// Relative; rounding errors of the polynomials come out of log D and 1 / D up to 1 / slope times larger.
constexpr float kTolerance = 1e-4f;

BOOST_AUTO_TEST_CASE(sos_kernels_equal_their_twins) {
  on_every_target([] {
    Numbers numbers(1);
    for (const Sos& s : {Sos{2, 3, 0.2, 3}, Sos{1, 0, 0.2, 3}, Sos{5, 6, 0.2, 2}})
      for (int features = 0; features < 4; ++features) {
        const std::size_t values = static_cast<std::size_t>(features) * kRows, count = values * s.num_params();
        Buffer x(values), phi(count), dy(values), dlogd(values), a(values), b(values), c(values), d(values);
        for (Buffer* buffer : {&x, &dy, &dlogd}) numbers.fill(*buffer, 4);
        numbers.fill(phi, 1);
        map_forward(s, x.data(), phi.data(), a.data(), b.data(), features, no_scratch);
        plain::map_forward(s, x.data(), phi.data(), c.data(), d.data(), features, no_scratch);
        check_close(a, c, kTolerance);
        check_close(b, d, kTolerance);
        map_inverse(s, x.data(), phi.data(), a.data(), b.data(), features, no_scratch);
        plain::map_inverse(s, x.data(), phi.data(), c.data(), d.data(), features, no_scratch);
        check_close(a, c, kTolerance);
        check_close(b, d, kTolerance);
        Buffer dphi(count), expected(count);
        map_backward(s, x.data(), phi.data(), dy.data(), dlogd.data(), a.data(), dphi.data(), features, no_scratch);
        plain::map_backward(s, x.data(), phi.data(), dy.data(), dlogd.data(), c.data(), expected.data(), features,
                            no_scratch);
        check_close(a, c, kTolerance);
        check_close(dphi, expected, kTolerance);
      }
  });
}

}  // namespace nf::kernels
