#pragma once
// The area under the ROC curve of scores that tell two classes apart.
#include <vector>

namespace nf::compare {

struct Auc {
  double value = 0.5;
  double error = 0;  // standard error
};

// P(b > a) + P(b = a) / 2 over all pairs of scores, and its standard error from the variances of each score's place
// among the other class: DeLong, DeLong, Clarke-Pearson, Comparing the areas under two or more correlated receiver
// operating characteristic curves, 1988. REQUIRES: at least two scores of each class, no NaN.
Auc auc(std::vector<double> a, std::vector<double> b);

}  // namespace nf::compare
