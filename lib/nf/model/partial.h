#pragma once
// Questions about some of a model's columns, where its layers go through them in an order (Traits::order): the density
// of the first columns, whatever the others are, and so of each given those before it; what is not known, drawn given
// what is.
#include <cstdint>
#include <vector>

#include "nf/core/parallel.h"
#include "nf/model/model.h"

namespace nf {
inline namespace NF_PRECISION {

class Partial {
 public:
  // Throws Error that says why where nothing of this is exact. The model outlives this and does not change.
  Partial(const Model& model, int threads);

  // The columns' places, each after all that its density is given. Those with words or counts come first.
  const std::vector<int>& order() const { return order_; }
  // Which others have to be known for the density of these to be exact.
  std::vector<int> missing(const std::vector<bool>& columns) const;

  // Tables are row-major, as in Scorer; x has all columns, of which only those asked for are looked at.
  // log p(these columns | c). REQUIRES: none are missing.
  void log_prob(const double* x, const double* c, int rows, const std::vector<bool>& columns, std::uint64_t seed,
                std::uint64_t first_row, double* lp);
  // A number a column, in the model's order of columns: log p(column | those before it in order(), c). They add up to
  // the row's log p.
  void log_prob_by_column(const double* x, const double* c, int rows, std::uint64_t seed, std::uint64_t first_row,
                          double* lp);

  // Candidates for whole rows: known[j] of x's columns as they are, all others drawn given those known before them.
  // log_weight: log p(known columns | all columns before them), of those that come after one that is not: what makes
  // the candidates, weighted by it, a sample given all that is known. 0 where none does; -inf where no row can be so.
  void complete(const double* x, const std::vector<bool>& known, const double* c, int rows, std::uint64_t seed,
                std::uint64_t first_row, double* completed, double* log_weight);

 private:
  struct Place {
    int column, rank;
    bool line, circle;
  };
  template <class What>
  void for_tiles(int rows, const double* c, std::uint64_t seed, std::uint64_t first_row, What what);
  LogDet log_prob_of(Pass& pass, TileIn x, const std::vector<bool>& features) const;

  const Model& model_;
  std::vector<Place> places_;  // of each feature
  std::vector<int> order_;
  int ranks_ = 0;
  Pool pool_;
  std::vector<Stack> memory_;
  Vector prepared_;
};

}  // namespace NF_PRECISION
}  // namespace nf
