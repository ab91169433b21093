// permutation.cc -- z_i = x_{order[i]}: what stands between autoregressive layers so that they see the features in
// other orders.
#include "nf/layers/conditioned.h"

namespace nf {
inline namespace NF_PRECISION {
namespace {

class Permutation final : public Layer {
 public:
  Permutation(SpecReader& spec, const Site& site) : order_(read_order(spec, "order", site.dim)) {
    spec_ = spec.canonical();
    traits_ = {.dim = site.dim, .noise_dim = site.dim};
  }
  void forward(Pass&, TileIn x, Tile z, LogDet&) const override { gather(x, z); }
  void inverse(Pass&, TileIn z, Tile x, LogDet&) const override { scatter(z, x); }
  void backward(Pass&, TileIn dz, const LogDet&, Tile dx) const override { scatter(dz, dx); }
  void inverse_backward(Pass&, TileIn dx, const LogDet&, Tile dz) const override { gather(dx, dz); }

 private:
  void gather(TileIn from, Tile to) const {
    for (std::size_t i = 0; i < order_.size(); ++i) to.col(static_cast<int>(i)) = from.col(order_[i]);
  }
  void scatter(TileIn from, Tile to) const {
    for (std::size_t i = 0; i < order_.size(); ++i) to.col(order_[i]) = from.col(static_cast<int>(i));
  }
  std::vector<int> order_;
};

}  // namespace

std::unique_ptr<Layer> make_permutation(SpecReader& spec, const Site& site) {
  return std::make_unique<Permutation>(spec, site);
}

}  // namespace NF_PRECISION
}  // namespace nf
