#pragma once
// A model over rows in data units: log-densities, samples, the way from noise to data.
#include <cstdint>
#include <vector>

#include "nf/core/parallel.h"
#include "nf/model/model.h"

namespace nf {
inline namespace NF_PRECISION {

// Where the model is not exact (is_exact): what is drawn for each row. Row r of a table draws the same numbers
// wherever its block begins, if first_row is counted.
struct Draws {
  std::uint64_t seed = 0, first_row = 0;
  int count = 1;  // a row: lp = log of the mean of exp(lp) over them, a bound that rises to log p with their number
  double* spread = nullptr;  // if wanted, a row: the standard deviation of lp over the draws; NaN for one draw
  // If wanted, a row: the standard error of lp, of what layers approximate and of the mean over draws;
  // NaN where lp is not finite.
  double* error = nullptr;
};

// Runs a model over rows in data units, on several threads; results do not depend on their number. All tables are
// row-major. Rows with a cell that is neither known nor none give NaN. One caller at a time. The model outlives the
// scorer and does not change.
class Scorer {
 public:
  // target: where layers move rows towards one; it lives as long. Throws Error where it is missing.
  Scorer(const Model& model, int threads, const Density* target = nullptr);
  // x and c: a value a column of the model, c null without context. lp: rows; z: rows x noise_dim in base units, or
  // null: those of the first draw.
  void log_prob(const double* x, const double* c, int rows, double* lp, double* z, const Draws& draws = {});
  // Rows first_row .. of the endless sample of this seed. lp: the log-density of each, or null; where the model is not
  // exact, the log-weight of the path that the row came by.
  void sample(std::uint64_t seed, std::uint64_t first_row, const double* c, int rows, double temperature, double* x,
              double* lp);
  // x = decode(z), z in base units; columns that layers dropped are drawn.
  void decode(const double* z, const double* c, int rows, double* x, double* lp, const Draws& draws = {});
  int threads() const { return pool_.threads(); }

 private:
  template <class What>
  void for_tiles(int rows, const double* c, const Draws& draws, What what);
  void add_draws(Pass& pass, const double* values, int real, const Draws& draws, LogDet& lp, LogDet& spread,
                 LogDet& error_squares) const;
  template <class Fill>
  void generate(int rows, const double* c, const Draws& draws, double* x, double* lp, double temperature, Fill fill);

  const Model& model_;
  const bool exact_;
  const Density* const target_;
  Pool pool_;
  std::vector<Stack> memory_;
  Vector prepared_;
};

}  // namespace NF_PRECISION
}  // namespace nf
