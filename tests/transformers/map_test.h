#pragma once
// One map applied to one feature of a tile, all rows with the same phi.
#include "nf/transformers/transformer.h"
#include "real_test.h"

namespace nf {

struct MapBench {
  explicit MapBench(const Json& spec) : map(make_transformer(spec, "map")) {
    phi = Vector::Zero(kTile * map->num_params());
    set(std::vector<double>(map->num_params(), 0.0));
    std::vector<Real> start(map->num_params());
    map->identity(start.data());
    set(std::vector<double>(start.begin(), start.end()));
  }
  void set(const std::vector<double>& numbers) {
    BOOST_REQUIRE_EQUAL(static_cast<int>(numbers.size()), map->num_params());
    for (int p = 0; p < map->num_params(); ++p)
      phi.segment(kTile * p, kTile).setConstant(static_cast<Real>(numbers[p]));
  }
  // Numbers in +-scale, others for every row.
  void randomise(std::uint64_t seed, double scale) {
    Uniforms random(seed, Stream::kTest);
    for (Real& number : phi) number = static_cast<Real>(scale * (2 * random.next() - 1));
  }
  void forward() { map->forward(pass, TileIn(x.data(), kTile, 1), phis(), Tile(y.data(), kTile, 1), ld()); }
  void inverse() { map->inverse(pass, TileIn(y.data(), kTile, 1), phis(), Tile(x.data(), kTile, 1), ld()); }
  TileIn phis() const { return TileIn(phi.data(), kTile, map->num_params()); }
  Tile ld() { return Tile(logd.data(), kTile, 1); }

  std::unique_ptr<Transformer> map;
  Vector phi, x = Vector::LinSpaced(kTile, -4, 4), y = Vector::Zero(kTile), logd = Vector::Zero(kTile);
  Stack scratch;
  Pass pass{.scratch = &scratch};
};

}  // namespace nf
