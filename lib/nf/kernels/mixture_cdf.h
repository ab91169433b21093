#pragma once
// Cumulative distributions of mixtures, pulled back onto the real line, over the 64 rows of a tile. Layouts as in
// kernels.h.
//
//   y = Q(sum_k w_k F((x - m_k) / s_k)),   w = softmax(a), s_k = exp(r_k / (1 + |r_k| / ln 1000)),
// with F the logistic or the normal cumulative distribution and Q the quantile of either (of the logistic: the logit).
// phi of a feature is (a_1 .. a_K, m_1 .. m_K, r_1 .. r_K). Exact in both tails: probabilities are kept as logarithms
// on the side where they are at most 1/2.
#include "nf/kernels/map.h"

namespace nf::kernels {

struct MixtureCdf {
  static constexpr int kMostComponents = 64;
  int components = 8;
  bool normal = false;     // F: normal, else logistic
  bool to_normal = false;  // Q: normal, else logistic
  int num_params() const { return 3 * components; }
  int scratch_columns() const { return 0; }
};

NF_MAP(MixtureCdf)

// The normal distribution in logarithms, for 64 values: log Phi(x) and log(phi(x) / Phi(x)); and x from log Phi(x) <=
// log 1/2.
void normal_log_cdf(const float* x, float* log_p, float* log_rate);
void normal_log_cdf(const double* x, double* log_p, double* log_rate);
void normal_lower_quantile(const float* log_p, float* x);
void normal_lower_quantile(const double* log_p, double* x);

}  // namespace nf::kernels
