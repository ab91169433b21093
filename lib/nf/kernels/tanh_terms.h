#pragma once
// Functions of one number, sums of K = `terms` steps and a line (nets/hollow_field.cc):
//   v = sum_k alpha_k tanh(beta_k x + gamma_k) + delta x + epsilon,  phi = (alpha.., beta.., gamma.., delta, epsilon).
// See kernels.h for the rules of the inner loops. `features` of them: x, v and their gradients have a column of 64 rows
// a feature, phi and its gradient 3 K + 2, steps K, feature after feature.
namespace nf::kernels {

// steps: the tanh's. q: null, or gets the sum over the features of dv/dx, a number a row.
template <class T>
struct TanhTerms {
  const T *x, *phi;
  int features, terms;
  T *steps, *v, *q;
};
// Gradients of sum(dv v) + sum(dq q); dq null: 0.
template <class T>
struct TanhTermsGradient {
  const T *x, *phi, *steps, *dv, *dq;
  int features, terms;
  T *dx, *dphi;
};
void tanh_terms(const TanhTerms<float>& t);
void tanh_terms(const TanhTerms<double>& t);
void tanh_terms_gradient(const TanhTermsGradient<float>& t);
void tanh_terms_gradient(const TanhTermsGradient<double>& t);

namespace plain {
void tanh_terms(const TanhTerms<float>& t);
void tanh_terms_gradient(const TanhTermsGradient<float>& t);
}  // namespace plain

}  // namespace nf::kernels
