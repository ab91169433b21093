#pragma once
// A small square matrix a row of the tile: element (i, j) is column j n + i. See kernels.h for the rules of the inner
// loops. Elimination never exchanges rows: it is for matrices of which every leading block is far from singular, as
// I + J, |J| < 1, in the norm 2 or in that of the largest sum of a row (Golub, Van Loan, Matrix computations, 4.1 and
// 4.3).

namespace nf::kernels {

// a becomes the factors L (below the diagonal, which is 1) and U of I + a.
void lu_of_one_plus(float* a, int n);
// x becomes (L U)^-1 x, or (L U)^-T x; n columns.
void lu_solve(const float* lu, int n, float* x);
void lu_solve_transposed(const float* lu, int n, float* x);
void lu_of_one_plus(double* a, int n);
void lu_solve(const double* lu, int n, double* x);
void lu_solve_transposed(const double* lu, int n, double* x);

namespace plain {
void lu_of_one_plus(float* a, int n);
void lu_solve(const float* lu, int n, float* x);
void lu_solve_transposed(const float* lu, int n, float* x);
}  // namespace plain

}  // namespace nf::kernels
