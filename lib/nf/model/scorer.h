#pragma once
// A model over rows in data units: log-densities, samples, the way from noise to data.
#include <cstdint>
#include <vector>

#include "nf/core/parallel.h"
#include "nf/model/model.h"

namespace nf {
inline namespace NF_PRECISION {

// Runs a model over rows in data units, on several threads; results do not depend on their number. All tables are
// row-major. Rows with a NaN give NaN. One caller at a time.
class Scorer {
 public:
  Scorer(const Model& model, int threads);
  // x: rows x dim, c: rows x context (null without). lp: rows; z: rows x dim in base units, or null.
  void log_prob(const double* x, const double* c, int rows, double* lp, double* z);
  // Rows first_row .. of the endless sample of this seed. lp: the log-density of each, or null.
  void sample(std::uint64_t seed, std::uint64_t first_row, const double* c, int rows, double temperature, double* x,
              double* lp);
  // x = decode(z), z in base units.
  void decode(const double* z, const double* c, int rows, double* x, double* lp);
  int threads() const { return pool_.threads(); }

 private:
  template <class What>
  void for_tiles(int rows, const double* c, What what);
  template <class Fill>
  void generate(int rows, const double* c, double* x, double* lp, double temperature, Fill fill);

  const Model& model_;
  Pool pool_;
  std::vector<Stack> memory_;
};

}  // namespace NF_PRECISION
}  // namespace nf
