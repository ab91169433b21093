#pragma once
// The classifier two-sample test: a network, and boosted trees (trees.h), learn to tell the rows of two tables apart
// and are judged on rows that they have not seen. Lopez-Paz, Oquab, Revisiting classifier two-sample tests, 2017,
// arXiv:1610.06545.
#include <cstdint>
#include <vector>

#include "nf/compare/table_view.h"
#include "nf/compare/trees.h"
#include "nf/core/parallel.h"
#include "nf/core/spec.h"

namespace nf::compare {

struct ClassifierOptions {
  int folds = 5;                       // 2 .. 10: each fold's rows are scored by networks trained on the others
  int members = 2;                     // networks whose logits are averaged
  std::vector<int> hidden = {64, 64};  // relu
  int epochs = 20, batch = 512;
  std::int64_t least_steps = 500;  // more epochs where tables are small
  double rate = 3e-3, weight_decay = 0.1;
  Eigen::Index most_rows = 50000;  // of each table, drawn at random
  TreeOptions trees = {};
  std::uint64_t seed = 0;
};

// Of the classifier with the larger AUC. Of equal tables it comes out above 0.5 + 2 auc_error in up to twice the share
// of one classifier's, 5 % instead of 2.3 %, and is 0.5 + 0.6 auc_error on average where both err independently.
struct ClassifierResult {
  double network_auc = 0.5, trees_auc = 0.5;
  double auc = 0.5;           // mean over the folds, each weighted with its rows; 0.5: the tables cannot be told apart
  double auc_error = 0;       // standard error: DeLong's over the rows of each fold, times sqrt 2 since all folds share
                              //   their training rows: right for equal tables, too large for very different ones;
                              //   the larger one of both classifiers
  double auc_spread = 0;      // the same from the scatter of the folds' AUCs, for comparison
  double log_loss = 0;        // in nats, both classes weighted equally; ln 2: the tables cannot be told apart
  double log_loss_error = 0;  // standard error over rows, times sqrt 2
  Eigen::Index rows_a = 0, rows_b = 0;  // that were used
};

// Each network is an Mlp that reads the columns and the same decorrelated (labelled.h), trained by Adam with a cosine
// schedule, both classes weighted equally; a tenth of its rows is kept aside to choose the epoch. The same numbers for
// any number of threads. Throws Error as require_comparable() does, or where a fold would have fewer than 2 rows of
// each table.
ClassifierResult classifier_two_sample(const TableView& a, const TableView& b, const ClassifierOptions& options,
                                       Pool& pool);
Json to_json(const ClassifierResult& result);

}  // namespace nf::compare
