#pragma once
// What there is to draw of a model, beside a table's rows: columns and their pairs, noise, log-densities; and curves of
// a training. share/doc/pictures.md says how to read them.
#include <cstdint>
#include <string>
#include <vector>

#include "cli.h"
#include "gnuplot.h"
#include "model_check.h"
#include "nf/model/model.h"

namespace nf::cli {

inline constexpr std::size_t kMostNoise = 16;

struct ScoredRows {
  Rows rows;
  std::size_t count = 0;
  std::vector<double> log_prob, noise;  // one a row; the first kMostNoise columns a row
};

// Without DATA there are samples alone.
struct ShownRows {
  ScoredRows data, samples;
  std::uint64_t seed = 0;
  const ScoredRows& first() const { return data.count > 0 ? data : samples; }
};
// The rows of the second operand and, of the model, as many, 20000 at most, given the same context. Throws UsageError
// on a conditional model without DATA; what: the option that needs it.
ShownRows shown_rows(const Cli& cli, const Model& model, const std::string& what);

Picture corner_picture(const Cli& cli, const Model& model, const ShownRows& rows);
Picture latent_picture(const Cli& cli, const Model& model, const ShownRows& rows);
Picture log_prob_picture(const Model& model, const ShownRows& rows);
Picture paths_picture(const Cli& cli, const Model& model, const ShownRows& rows);  // throws Error where there are none
Picture curves_picture(const std::vector<std::string>& logs);

// What they share: `has_data`, `data_label`, `samples_label`; a set of `$bars`, the left edges of the bins and both
// shares; "1.2 %"; how many bins are worth while.
void set_legend(PlotValues& values, const ShownRows& rows);
std::string bars(double low, double width, const std::vector<double>& data, const std::vector<double>& samples);
std::string percent(double share);
int bins_for(std::size_t rows);

// nf-inspect --plot.
void plot(const Cli& cli);

}  // namespace nf::cli
