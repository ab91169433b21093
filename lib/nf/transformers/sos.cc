// sos.cc -- y = c + integral from 0 to x of slope + sum_k p_k(u)^2 du: sum-of-squares polynomials.
// Jaini, Selby, Yu, Sum-of-squares polynomial flow, 2019, arXiv:1905.02325.
//
// `degree` is p_0's, p_1 is of one degree less, and so on: an orthogonal matrix applied to the vector of polynomials
// leaves the sum as it is, and one of them takes the leading powers away. So degree + 1 polynomials are as good as any
// number of full ones, with about half as many parameters; and two of them already reach every sum of squares of this
// degree, as does no single one.
//
// Here in powers of u / bound, and a straight line beyond +-bound. Powers that stay below 1 train better than those of
// u (0.1 to 0.3 nats on diamonds and power_mini at equal steps), and y = x^7 far out would make one outlier's density
// vanish in any precision. The line goes on with the value and the slope at the bound, so f stays increasing and
// continuously differentiable. `slope` keeps f' away from 0, where f would have no inverse.
#include "nf/kernels/sos.h"

#include <algorithm>
#include <cmath>

#include "nf/transformers/transformer.h"

namespace nf {
inline namespace NF_PRECISION {
namespace {

class SumOfSquares final : public Transformer {
 public:
  explicit SumOfSquares(SpecReader& spec) {
    s_.degree = static_cast<int>(spec.integer("degree", s_.degree, 0, kernels::Sos::kMostDegree));
    s_.polynomials =
        static_cast<int>(spec.integer("polynomials", std::min(s_.polynomials, s_.degree + 1), 1, s_.degree + 1));
    s_.slope = spec.number("slope", s_.slope, 1e-6, 1);
    s_.bound = spec.number("bound", s_.bound, 0.1, 100);
    spec_ = spec.canonical();
  }
  int num_params() const override { return s_.num_params(); }
  Json spec() const override { return spec_; }

  // Constants whose squares sum to 1 - slope, unequal ones: from equal ones all polynomials would stay the same.
  void identity(Real* phi) const override {
    std::fill_n(phi, num_params(), Real(0));
    double sum = 0;
    for (int k = 1; k <= s_.polynomials; ++k) sum += k * k;
    Real* constant = phi + 1;
    for (int k = 0; k < s_.polynomials; constant += s_.degree + 1 - k, ++k)
      *constant = static_cast<Real>((k + 1) * std::sqrt((1 - s_.slope) / sum));
  }

  void forward(Pass&, TileIn x, TileIn phi, Tile y, Tile logd) const override {
    kernels::sos_forward(s_, x.data(), phi.data(), y.data(), logd.data(), static_cast<int>(x.cols()));
  }
  void backward(Pass&, TileIn x, TileIn phi, TileIn dy, TileIn dlogd, Tile dx, Tile dphi) const override {
    kernels::sos_backward(s_, x.data(), phi.data(), dy.data(), dlogd.data(), dx.data(), dphi.data(),
                          static_cast<int>(x.cols()));
  }
  void inverse(Pass&, TileIn y, TileIn phi, Tile x, Tile logd) const override {
    kernels::sos_inverse(s_, y.data(), phi.data(), x.data(), logd.data(), static_cast<int>(y.cols()));
  }

 private:
  kernels::Sos s_;
  Json spec_;
};

}  // namespace

std::unique_ptr<Transformer> make_sos(SpecReader& spec) { return std::make_unique<SumOfSquares>(spec); }

}  // namespace NF_PRECISION
}  // namespace nf
