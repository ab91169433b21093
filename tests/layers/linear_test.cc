#include "layers/layer_test.h"
#include "real_test.h"

namespace nf {
namespace {

// 70 and 100 features: more than a tile has rows, and no multiple of a block.
BOOST_AUTO_TEST_CASE(the_log_det_is_that_of_the_matrix) {
  for (int dim : {1, 2, 7, 13, 70})
    for (const Json& layer :
         {Json{{"kind", "linear"}, {"order", "random"}}, Json{{"kind", "linear"}, {"form", "qr"}}}) {
      OneLayer a(dim, layer, 0.1);
      const double det = log_abs_determinant(a.matrix());
      BOOST_TEST(std::abs(det - a.ld(0)) <= tolerance(1e-9, 1e-3));
    }
}

BOOST_AUTO_TEST_CASE(reflections_are_orthogonal_whatever_their_vectors) {
  for (int dim : {1, 2, 9, 70}) {
    OneLayer a(dim, {{"kind", "linear"}, {"form", "qr"}}, 1.0);
    for (int i = 0; i < dim; ++i) {
      a.at("log_scale", i) = 0;
      for (int j = 0; j < i; ++j) a.at("upper", j, i) = 0;
    }
    if (dim == 9) a.bench.theta *= Real(50);  // lengths do not matter
    if (dim > 8)
      for (int j = 0; j < dim; ++j) a.at("reflections", j, 3) = 0;  // nor a vector that vanished
    const Eigen::MatrixXd q = a.matrix();
    const double error = (q.transpose() * q - Eigen::MatrixXd::Identity(dim, dim)).cwiseAbs().maxCoeff();
    BOOST_TEST(error <= tolerance(1e-11, 1e-4));
    if (dim == 1) BOOST_TEST(q(0, 0) > 0.9);
    if (dim == 2) BOOST_TEST(q(0, 0) * q(1, 1) - q(0, 1) * q(1, 0) > 0.9);  // a rotation, no reflection
  }
}

BOOST_AUTO_TEST_CASE(a_start_as_a_rotation_is_one) {
  for (int dim : {1, 2, 9, 40}) {
    OneLayer a(dim, {{"kind", "linear"}, {"start", "rotation"}, {"seed", 4}}, 0.0);
    const Eigen::MatrixXd q = a.matrix();
    const double error = (q.transpose() * q - Eigen::MatrixXd::Identity(dim, dim)).cwiseAbs().maxCoeff();
    BOOST_TEST(error <= tolerance(1e-12, 1e-5));
    if (dim > 1) BOOST_TEST(std::abs(q(0, 1)) > 1e-3);
  }
}

BOOST_AUTO_TEST_CASE(a_hundred_features_come_back) {
  for (const Json& layer :
       {Json{{"kind", "linear"}, {"start", "rotation"}}, Json{{"kind", "linear"}, {"form", "qr"}}}) {
    OneLayer a(100, layer, 0.02);
    Vector memory;
    const Tile x = random_tile(memory, 100, 3);
    const Vector before = memory;
    const Tile back = a.decode(in(a.encode(in(x))));
    BOOST_TEST((back - x).cwiseAbs().maxCoeff() <= Real(tolerance(1e-11, 1e-4)));
  }
}

}  // namespace
}  // namespace nf
