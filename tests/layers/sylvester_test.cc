#include "layers/layer_test.h"
#include "real_test.h"

namespace nf {
namespace {

const char* const kForms[] = {"orthogonal", "householder", "triangular"};

BOOST_AUTO_TEST_CASE(rows_move_along_rank_directions_only) {
  for (const char* form : kForms)
    for (int rank : {1, 3}) {
      OneLayer a(6, {{"kind", "sylvester"}, {"form", form}, {"rank", rank}});
      Vector memory;
      const Tile x = random_tile(memory, 6, 1);
      const Tile z = a.encode(in(x));
      const Eigen::MatrixXd moved = (z - x).cast<double>();
      Eigen::VectorXd squares;  // of the singular values
      Eigen::MatrixXd vectors;
      BOOST_TEST_REQUIRE(symmetric_eigen(moved.transpose() * moved, squares, vectors));
      BOOST_TEST(squares(6 - rank) > 1e-6);
      BOOST_TEST(std::abs(squares(5 - rank)) <= tolerance(1e-13, 1e-10));
    }
}

// With one direction the layer is a planar one: w = R~ Q, v = R Q.
BOOST_AUTO_TEST_CASE(rank_one_is_planar) {
  OneLayer a(5, {{"kind", "sylvester"}, {"rank", 1}}), b(5, {{"kind", "planar"}});
  double norm = 0;
  for (int j = 0; j < 5; ++j) norm += std::pow(static_cast<double>(a.at("frame", j)), 2);
  const double scale = std::exp(static_cast<double>(a.at("log_scale")));
  for (int j = 0; j < 5; ++j) {
    const double q = static_cast<double>(a.at("frame", j)) / std::sqrt(norm);
    b.at("w", j) = static_cast<Real>(scale * q);
    b.at("u", j) = static_cast<Real>(static_cast<double>(a.at("kappa")) / scale * q);
  }
  b.at("b") = a.at("b");
  Vector memory;
  const Tile x = random_tile(memory, 5, 2);
  BOOST_TEST((a.encode(in(x)) - b.encode(in(x))).cwiseAbs().maxCoeff() <= Real(tolerance(1e-13, 2e-6)));
  BOOST_TEST((a.ld - b.ld).abs().maxCoeff() <= tolerance(1e-13, 2e-6));
}

// W is only a name for the orthonormal matrix nearest to it.
BOOST_AUTO_TEST_CASE(the_scale_of_the_frame_does_not_matter) {
  OneLayer a(7, {{"kind", "sylvester"}, {"rank", 4}}), b(7, {{"kind", "sylvester"}, {"rank", 4}});
  for (int i = 0; i < 4; ++i)
    for (int j = 0; j < 7; ++j) b.at("frame", j, i) *= Real(37);
  Vector memory;
  const Tile x = random_tile(memory, 7, 2);
  BOOST_TEST((a.encode(in(x)) - b.encode(in(x))).cwiseAbs().maxCoeff() <= Real(tolerance(1e-13, 5e-6)));
}

// More columns than a tile has rows, and planes that nearly fold.
BOOST_AUTO_TEST_CASE(wide_and_steep_layers_come_back) {
  for (const char* form : kForms) {
    const bool wide = std::string(form) != "orthogonal";
    OneLayer a(80, {{"kind", "sylvester"}, {"form", form}, {"rank", wide ? 70 : 32}}, 0.03);
    for (int i = 0; i < 32; ++i) a.at("kappa", i) = static_cast<Real>(i % 2 == 0 ? -4 : 3);
    Vector memory;
    const Tile x = random_tile(memory, 80, 3);
    const Tile back = a.decode(in(a.encode(in(x))));
    BOOST_TEST((back - x).cwiseAbs().maxCoeff() <= Real(tolerance(1e-10, 1e-3)));
  }
}

}  // namespace
}  // namespace nf
