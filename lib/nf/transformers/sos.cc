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

#include "nf/transformers/kernel_map.h"

namespace nf {
inline namespace NF_PRECISION {
namespace {

kernels::Sos read(SpecReader& spec) {
  kernels::Sos s;
  s.degree = static_cast<int>(spec.integer("degree", s.degree, 0, kernels::Sos::kMostDegree));
  s.polynomials = static_cast<int>(spec.integer("polynomials", std::min(s.polynomials, s.degree + 1), 1, s.degree + 1));
  s.slope = spec.number("slope", s.slope, 1e-6, 1);
  s.bound = spec.number("bound", s.bound, 0.1, 100);
  return s;
}

class SumOfSquares final : public KernelMap<kernels::Sos> {
 public:
  explicit SumOfSquares(SpecReader& spec) : KernelMap(read(spec), spec) {}

  // Constants whose squares sum to 1 - slope, unequal ones: from equal ones all polynomials would stay the same.
  void identity(Real* phi) const override {
    const kernels::Sos& s = map();
    std::fill_n(phi, num_params(), Real(0));
    double sum = 0;
    for (int k = 1; k <= s.polynomials; ++k) sum += k * k;
    Real* constant = phi + 1;
    for (int k = 0; k < s.polynomials; constant += s.degree + 1 - k, ++k)
      *constant = static_cast<Real>((k + 1) * std::sqrt((1 - s.slope) / sum));
  }
};

}  // namespace

std::unique_ptr<Transformer> make_sos(SpecReader& spec) { return std::make_unique<SumOfSquares>(spec); }

}  // namespace NF_PRECISION
}  // namespace nf
