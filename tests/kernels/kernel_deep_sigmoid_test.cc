#include "nf/kernels/deep_sigmoid.h"

#include "kernels/kernels_test.h"

namespace nf::kernels {

constexpr float kTolerance = 1e-4f;  // relative; every layer adds the rounding errors of some exponentials

BOOST_AUTO_TEST_CASE(deep_sigmoid_kernels_equal_their_twins) {
  on_every_target([] {
    Numbers numbers(1);
    for (const DeepSigmoid& s : {DeepSigmoid{1, 8}, DeepSigmoid{1, 1}, DeepSigmoid{2, 4}, DeepSigmoid{3, 3}})
      for (int features = 0; features < 4; ++features) {
        const std::size_t values = static_cast<std::size_t>(features) * kRows, count = values * s.num_params();
        Buffer x(values), phi(count), dy(values), dlogd(values), a(values), b(values), c(values), d(values);
        Buffer scratch(kRows * s.num_params());
        for (Buffer* buffer : {&x, &dy, &dlogd}) numbers.fill(*buffer, 4);
        numbers.fill(phi, 1);
        map_forward(s, x.data(), phi.data(), a.data(), b.data(), features, scratch.data());
        plain::map_forward(s, x.data(), phi.data(), c.data(), d.data(), features, scratch.data());
        check_close(a, c, kTolerance);
        check_close(b, d, kTolerance);
        map_inverse(s, x.data(), phi.data(), a.data(), b.data(), features, scratch.data());
        plain::map_inverse(s, x.data(), phi.data(), c.data(), d.data(), features, scratch.data());
        check_close(a, c, kTolerance);
        check_close(b, d, kTolerance);
        Buffer dphi(count), expected(count);
        map_backward(s, x.data(), phi.data(), dy.data(), dlogd.data(), a.data(), dphi.data(), features, scratch.data());
        plain::map_backward(s, x.data(), phi.data(), dy.data(), dlogd.data(), c.data(), expected.data(), features,
                            scratch.data());
        check_close(a, c, kTolerance);
        check_close(dphi, expected, kTolerance);
        BOOST_TEST(scratch.margins_intact());
      }
  });
}

}  // namespace nf::kernels
