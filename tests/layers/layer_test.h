#pragma once
// A flow of one layer, applied to a tile; and its parts by name.
#include "nf/core/factor.h"
#include "real_test.h"

namespace nf {

struct OneLayer {
  explicit OneLayer(int features, const Json& layer, double spread = 0.4)
      : bench({{"dim", features}, {"layers", {layer}}}, spread), dim(features) {}
  // The slot's number (row, col), to read or to set.
  Real& at(const std::string& name, int col = 0, int row = 0) {
    for (const Slot& slot : bench.flow.params().slots())
      if (slot.name == "layers.0." + name) return bench.theta[static_cast<Eigen::Index>(slot.at(row, col))];
    throw Error("no slot " + name);
  }
  Tile encode(TileIn x) { return run(&Flow::encode, x, z_memory); }
  Tile decode(TileIn z) { return run(&Flow::decode, z, x_memory); }
  // Of an affine map: its matrix.
  Eigen::MatrixXd matrix() {
    Vector memory;
    Eigen::MatrixXd a(dim, dim);
    const Vector origin = encode(in(bench.tile(memory, dim))).row(0);
    for (int j = 0; j < dim; ++j) {
      Tile x = bench.tile(memory, dim);
      x(0, j) = 1;
      a.col(j) = (encode(in(x)).row(0).transpose() - origin).cast<double>();
    }
    return a;
  }

  Bench bench;
  int dim;
  LogDet ld = LogDet::Zero();  // of the last run

 private:
  Tile run(void (Flow::*map)(Pass&, TileIn, Tile, LogDet&) const, TileIn from, Vector& memory) {
    Tile to = bench.tile(memory, dim);
    ld.setZero();
    Pass pass = bench.pass();
    (bench.flow.*map)(pass, from, to, ld);
    return to;
  }
  Vector z_memory, x_memory;
};

}  // namespace nf
