#pragma once
// Distances of two samples as a whole, in the units of pooled_moments(). The same numbers for any number of threads.
#include <cstdint>

#include "nf/compare/table_view.h"
#include "nf/core/parallel.h"

namespace nf::compare {

// Sliced Wasserstein-1 distance: the mean over `projections` random directions of W1 = integral |Qa(u) - Qb(u)| du, Q
// the quantiles of the rows' projections; exact for unequal numbers of rows. For two samples that differ by a shift d
// its expectation is |d| in one column and |d| Gamma(D/2) / (sqrt(pi) Gamma((D + 1)/2)) in D.
// Bonneel, Rabin, Peyre, Pfister, Sliced and Radon Wasserstein barycenters of measures, 2015.
double sliced_wasserstein(const TableView& a, const TableView& b, int projections, std::uint64_t seed, Pool& pool);

// The squared energy distance 2 E|X - Y| - E|X - X'| - E|Y - Y'| (scipy.stats.energy_distance is its root), with
// Euclidean norms: Szekely, Rizzo, Energy statistics, 2013. Estimated without bias from all pairs of at most
// `most_rows` rows of each table, drawn at random: around 0, also slightly below, for equal distributions. Time grows
// with the square of most_rows.
double energy_distance(const TableView& a, const TableView& b, Eigen::Index most_rows, std::uint64_t seed, Pool& pool);

}  // namespace nf::compare
