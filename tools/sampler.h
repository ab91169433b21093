#pragma once
// Rows drawn from a model, as nf-sample writes them: x, then context, then log_prob, then log_weight.
#include <cstdint>
#include <vector>

#include "cli.h"
#include "nf/model/scorer.h"
#include "progress.h"
#include "tables.h"
#include "weights.h"

namespace nf::cli {

struct SampleOptions {
  explicit SampleOptions(const Cli& cli);
  void read_seed(const Cli& cli);  // --seed, or a fresh one
  bool latent, logprob, with_context, weights;
  int threads;
  std::uint64_t seed = 0, skip = 0;
  std::int64_t num = 0;
  bool is_num_given = false;
  double temperature = 1;
};

// That DATA must have: noise and context.
std::vector<std::string> wanted_columns(const Model& model, bool latent);

// What is written: the model's columns, and what options ask for beside them.
WriteOptions sample_writing(const Cli& cli, const Model& model, const SampleOptions& options, Format input,
                            std::int64_t rows);

class Sampler {
 public:
  // rows: how many there will be; -1: not known. What is handed in must outlive this.
  // target: what rows are weighed by and, where the model does so, moved towards; null: nothing.
  Sampler(const Cli& cli, const Model& model, const SampleOptions& options, const NamedTarget* target, Format input,
          std::int64_t rows);
  // The next rows of the endless sample, or those that z decodes to.
  void put(int rows, const double* c, const double* z);
  void finish();

 private:
  void require_finite(int rows, const double* c, const double* z) const;

  const Cli& cli_;
  const SampleOptions& options_;
  const Target* const target_;
  const std::vector<Column>& columns_;
  const bool double_;
  Scorer scorer_;
  std::unique_ptr<Weights> weights_;
  std::size_t dim_, noise_dim_, context_;
  TableOutput out_;
  RowCount count_;
  std::int64_t rows_;
  std::uint64_t done_ = 0;
  std::vector<double> x_, lp_, weight_, table_;
};

}  // namespace nf::cli
