#pragma once
// Importance weights of a model's rows for a target, and what they tell.
#include <memory>
#include <string>
#include <vector>

#include "nf/core/parallel.h"
#include "nf/model/importance.h"
#include "nf/model/scorer.h"
#include "target_options.h"

namespace nf::cli {

class Weights {
 public:
  Weights(const NamedTarget& target, int threads);  // the target outlives this
  // log p~(x) - lp, the log-density or path's log-density that each row was drawn with, both in the units of the data.
  void weigh(const double* x, const double* lp, int rows, double* weights);
  ImportanceReport report() const { return importance_report(seen_); }

 private:
  void ask(const double* x, int rows, double* lp);

  static constexpr std::size_t kMostSeen = std::size_t{1} << 24;  // that a report is made of: the first ones
  const NamedTarget& target_;
  std::unique_ptr<Scorer> scorer_;  // of a target that is a model
  Pool pool_;
  std::vector<Stack> memory_;
  std::vector<double> seen_;
};

// "1000 fresh rows: log-normaliser ..., effective sample size ..., Pareto k ..."
std::string importance_text(const ImportanceReport& report);

}  // namespace nf::cli
