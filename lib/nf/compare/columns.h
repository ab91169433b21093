#pragma once
// How two tables differ in each column, and in the correlations of pairs.
#include <vector>

#include "nf/compare/table_view.h"
#include "nf/core/parallel.h"

namespace nf::compare {

struct KsResult {
  double distance = 0;  // largest difference of the two cumulative distributions
  double p_value = 1;   // asymptotic; with ties (discrete columns) too large: the test stays valid, with less power
};
// Of each column: Kolmogorov 1933, Smirnov 1948.
std::vector<KsResult> ks(const TableView& a, const TableView& b, Pool& pool);

// P(K > x) of Kolmogorov's limiting distribution, to 1e-15.
double kolmogorov_survival(double x);

// Of Pearson's correlations; one with a constant column is 0.
struct CorrelationDifference {
  double largest = 0;           // b's correlation minus a's, where that differs most
  int first = -1, second = -1;  //   and this pair of columns; -1: there is only one
  double rms = 0;               // over all pairs
};
CorrelationDifference correlation_difference(const TableView& a, const TableView& b);

}  // namespace nf::compare
