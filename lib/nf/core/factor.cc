#include "nf/core/factor.h"

#include <Eigen/Eigenvalues>
#include <Eigen/LU>
#include <Eigen/QR>

namespace nf {

Eigen::MatrixXd orthogonal_factor(const Eigen::MatrixXd& a) {
  return Eigen::HouseholderQR<Eigen::MatrixXd>(a).householderQ();
}

std::vector<int> pivot_order(const Eigen::MatrixXd& a) {
  const Eigen::PartialPivLU<Eigen::MatrixXd> factors(a);
  const auto& rows = factors.permutationP().indices();
  return {rows.data(), rows.data() + rows.size()};
}

double log_abs_determinant(const Eigen::MatrixXd& a) {
  return Eigen::PartialPivLU<Eigen::MatrixXd>(a).matrixLU().diagonal().array().abs().log().sum();
}

Eigen::VectorXd solution(const Eigen::MatrixXd& a, const Eigen::VectorXd& b) {
  return Eigen::PartialPivLU<Eigen::MatrixXd>(a).solve(b);
}

bool symmetric_eigen(const Eigen::MatrixXd& a, Eigen::VectorXd& values, Eigen::MatrixXd& vectors) {
  const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver(a);
  if (solver.info() != Eigen::Success || !solver.eigenvectors().allFinite()) return false;
  values = solver.eigenvalues();
  vectors = solver.eigenvectors();
  return true;
}

}  // namespace nf
