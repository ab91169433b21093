#pragma once
// A model evaluated in the double build. Nothing here depends on the scalar type, so the float build may include it.
#include <cstddef>
#include <span>
#include <vector>

namespace nf::cli {

// log p(x | c) in nats of rows in data units; x: rows x dim, c: rows x context, row-major.
std::vector<double> log_prob_f64(std::span<const std::byte> model, const double* x, const double* c, int rows,
                                 int threads);

// log|det d encode / dx| in standardised units, minus the same from central differences and an LU decomposition.
std::vector<double> log_det_errors_f64(std::span<const std::byte> model, const double* x, const double* c, int rows,
                                       int threads);

}  // namespace nf::cli
