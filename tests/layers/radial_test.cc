#include "layers/layer_test.h"
#include "real_test.h"

namespace nf {
namespace {

// The centre stays; far away everything moves by |beta|, alpha + beta = gamma.
BOOST_AUTO_TEST_CASE(the_centre_stays_and_far_rows_move_by_beta) {
  OneLayer a(4, {{"kind", "radial"}});
  a.at("alpha") = 1, a.at("gamma") = 3;
  Vector memory;
  Tile x = random_tile(memory, 4, 1, 1e4);
  for (int j = 0; j < 4; ++j) x(0, j) = a.at("x0", j);
  const Tile z = a.encode(in(x));
  BOOST_TEST((z.row(0) - x.row(0)).norm() <= Real(tolerance(1e-15, 1e-7)));
  const double beta = std::log1p(std::exp(3.0)) - std::log1p(std::exp(1.0));
  for (int r = 1; r < kTile; ++r)
    BOOST_TEST(std::abs(static_cast<double>((z.row(r) - x.row(r)).norm()) - beta) <= 1e-2);
}

// At the bound beta = -alpha the map would fold; close to it rows near the centre still come back.
BOOST_AUTO_TEST_CASE(a_ball_that_nearly_collapses_comes_back) {
  OneLayer a(3, {{"kind", "radial"}});
  a.at("alpha") = 0, a.at("gamma") = -10;
  Vector memory;
  const Tile x = random_tile(memory, 3, 2);
  const Tile back = a.decode(in(a.encode(in(x))));
  BOOST_TEST((back - x).cwiseAbs().maxCoeff() <= Real(tolerance(1e-11, 1e-3)));
  BOOST_TEST(a.ld.isFinite().all());
}

}  // namespace
}  // namespace nf
