#pragma once
// Whether context columns hold what a model was trained on: densities and samples elsewhere are guesses.
#include <set>
#include <vector>

#include "cli.h"
#include "nf/model/model.h"

namespace nf::cli {

class ContextCheck {
 public:
  ContextCheck(const Cli& cli, const Model& model);

  // Warns of the first value of each column that is far outside the training rows, or not among the few values there
  // were. c: rows x context, in data units.
  void see(const double* c, int rows);

 private:
  bool is_strange(std::size_t column, double value, bool is_far) const;
  void see_column(std::size_t j, const double* c, int rows);

  const Cli& cli_;
  const Model& model_;
  std::vector<std::set<double>> values_;  // of the training rows; empty: too many
  std::set<std::size_t> said_;
  Stack memory_;
};

}  // namespace nf::cli
