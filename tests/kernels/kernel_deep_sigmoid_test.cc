#include "nf/kernels/deep_sigmoid.h"

#include "kernels/kernels_test.h"

namespace nf::kernels {
namespace {

void check_close(const Buffer& a, const Buffer& b) {
  float worst = 0;
  for (std::size_t i = 0; i < a.size(); ++i) worst = std::max(worst, std::fabs(a[i] - b[i]) / (1 + std::fabs(b[i])));
  BOOST_TEST(worst <= 1e-4f);  // relative; every layer adds the rounding errors of some exponentials
  BOOST_TEST(a.margins_intact());
}

}  // namespace

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
        check_close(a, c);
        check_close(b, d);
        map_inverse(s, x.data(), phi.data(), a.data(), b.data(), features, scratch.data());
        plain::map_inverse(s, x.data(), phi.data(), c.data(), d.data(), features, scratch.data());
        check_close(a, c);
        check_close(b, d);
        Buffer dphi(count), expected(count);
        map_backward(s, x.data(), phi.data(), dy.data(), dlogd.data(), a.data(), dphi.data(), features, scratch.data());
        plain::map_backward(s, x.data(), phi.data(), dy.data(), dlogd.data(), c.data(), expected.data(), features,
                            scratch.data());
        check_close(a, c);
        check_close(dphi, expected);
        BOOST_TEST(scratch.margins_intact());
      }
  });
}

}  // namespace nf::kernels
