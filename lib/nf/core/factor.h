#pragma once
// Factorisations of small matrices, for set-up work and tests. Compiled once: Eigen's templates cost seconds a unit.
#include <Eigen/Core>
#include <vector>

namespace nf {

// Q of a = Q R, by Householder reflections.
Eigen::MatrixXd orthogonal_factor(const Eigen::MatrixXd& a);
// The order of rows in which elimination divides by the largest numbers (partial pivoting).
std::vector<int> pivot_order(const Eigen::MatrixXd& a);
double log_abs_determinant(const Eigen::MatrixXd& a);
Eigen::VectorXd solution(const Eigen::MatrixXd& a, const Eigen::VectorXd& b);  // of a x = b; not finite: a is singular
// Eigenvalues of a symmetric matrix, ascending, and its vectors as columns; false if there are none (not finite).
bool symmetric_eigen(const Eigen::MatrixXd& a, Eigen::VectorXd& values, Eigen::MatrixXd& vectors);

}  // namespace nf
