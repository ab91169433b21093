#pragma once
// The report of nf-inspect --compare: how much two tables with the same columns differ.
#include <string>
#include <vector>

#include "nf/compare/classifier.h"
#include "nf/compare/columns.h"
#include "nf/core/spec.h"

namespace nf::cli {

struct ComparisonOptions {
  std::uint64_t seed = 0;
  Eigen::Index most_rows = 50000;  // of each table, for the classifier
  int threads = 1;                 // the result does not depend on it
};

struct Comparison {
  struct Column {
    std::string name;
    compare::Moments a, b;
    compare::KsResult ks;
  };
  Eigen::Index rows_a = 0, rows_b = 0;
  std::vector<Column> columns;
  double sliced_wasserstein = 0, energy_distance = 0;
  compare::CorrelationDifference correlation;
  compare::ClassifierResult classifier;
};

// names: one a column. Throws Error where the tables cannot be compared.
Comparison compare_tables(const compare::TableView& a, const compare::TableView& b,
                          const std::vector<std::string>& names, const ComparisonOptions& options);
std::string comparison_text(const Comparison& comparison);
Json comparison_json(const Comparison& comparison);

}  // namespace nf::cli
