#pragma once
// What importance weights tell about a proposal q of an unnormalised target p~.
#include <cstdint>
#include <vector>

#include "nf/core/types.h"

namespace nf {
inline namespace NF_PRECISION {

struct ImportanceReport {
  std::int64_t rows = 0;
  double log_normaliser = 0;        // log of the mean weight: an estimate of log of the integral of p~
  double log_normaliser_error = 0;  // its standard error, by the delta method
  double effective_share = 0;       // effective sample size by the number of rows, Kish: (sum w)^2 / (rows sum w^2)
  double pareto_k = 0;              // shape of the largest weights' tail; above 0.7 the other numbers mislead
};

// log_weights: log p~(x) - log q(x) at samples of q; -inf is a weight of 0. The shape is that of Vehtari, Simpson,
// Gelman, Yao, Gabry, Pareto smoothed importance sampling, 2015, arXiv:1507.02646, fitted as by Zhang and Stephens,
// 2009; it is -inf where the largest weights are equal, and NaN below 25 rows. NaN in all but `rows` if there is no
// weight, or one that is NaN or +inf.
ImportanceReport importance_report(std::vector<double> log_weights);

}  // namespace NF_PRECISION
}  // namespace nf
