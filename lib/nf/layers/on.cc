// on.cc -- layers on some of the columns: the others pass. Multi-scale flows are made of it: what is factored out is no
// longer among the columns of the layers that follow, and stays in z where it stood.
// Dinh, Sohl-Dickstein, Bengio, Density estimation using Real NVP, 2016, arXiv:1605.08803, section 3.6.
#include <algorithm>

#include "nf/layers/sequence.h"

namespace nf {
inline namespace NF_PRECISION {
namespace {

std::vector<int> read_columns(SpecReader& spec, const Site& site) {
  std::vector<int> columns = spec.integers("columns", {}, 0, site.dim - 1), sorted = columns;
  std::sort(sorted.begin(), sorted.end());
  if (columns.empty()) spec.fail("'columns' names no column");
  if (std::adjacent_find(sorted.begin(), sorted.end()) != sorted.end()) spec.fail("'columns' names a column twice");
  return columns;
}

Site site_of(const Site& site, const std::vector<int>& columns) {
  Site own{static_cast<int>(columns.size()), site.context, site.params, site.wants, site.name + ".layers"};
  // What the others are asks nothing of these layers.
  if (std::any_of(columns.begin(), columns.end(), [&](int j) { return site.manifold(j) != Manifold::kLine; }))
    for (const int j : columns) own.manifolds.push_back(site.manifolds[j]);
  return own;
}

// {"kind": "on", "columns": [0, 2], "layers": [...]}: column i of the layers is columns[i].
class On final : public Layer {
 public:
  On(SpecReader& spec, const Site& site)
      : columns_(read_columns(spec, site)), layers_(spec.value("layers", Json::array()), site_of(site, columns_)) {
    std::vector<bool> chosen(site.dim);
    for (const int j : columns_) chosen[j] = true;
    for (int j = 0; j < site.dim; ++j)
      if (!chosen[j]) others_.push_back(j);
    traits_ = layers_.traits();
    if (traits_.dim != traits_.noise_dim) spec.fail("its layers do not keep the number of columns");
    traits_.dim = traits_.noise_dim = site.dim;
    traits_.order.assign(layers_.traits().order.empty() ? 0 : site.dim, 0);
    for (std::size_t i = 0; i < columns_.size() && !traits_.order.empty(); ++i)
      traits_.order[columns_[i]] = layers_.traits().order[i];
    spec.replace("layers", layers_.spec());
    spec_ = spec.canonical();
  }

  void forward(Pass& pass, TileIn x, Tile z, LogDet& ld) const override {
    on(pass, x, z, [&](const Pass& own, TileIn a, Tile b) { layers_.forward(own, a, b, ld); });
  }
  void inverse(Pass& pass, TileIn z, Tile x, LogDet& ld) const override {
    on(pass, z, x, [&](const Pass& own, TileIn a, Tile b) { layers_.inverse(own, a, b, ld); });
  }
  void backward(Pass& pass, TileIn dz, const LogDet& dld, Tile dx) const override {
    on(pass, dz, dx, [&](const Pass& own, TileIn a, Tile b) { layers_.backward(own, a, dld, b); });
  }
  void inverse_backward(Pass& pass, TileIn dx, const LogDet& dld, Tile dz) const override {
    on(pass, dx, dz, [&](const Pass& own, TileIn a, Tile b) { layers_.inverse_backward(own, a, dld, b); });
  }

  void init(Real* theta, Uniforms& random) const override { layers_.init(theta, random); }
  void init_data(Real* theta, const Start& start) const override {
    Batch own(start.x.rows(), width());
    for (int i = 0; i < width(); ++i) own.col(i) = start.x.col(columns_[i]);
    layers_.init_data(theta, {own, start.c, start.inverted, start.again});
  }
  void prepare(Pass& pass, Real* prepared) const override { layers_.prepare(pass, prepared); }
  void after_step(Real* theta, const double* stats) const override { layers_.after_step(theta, stats); }

 private:
  int width() const { return static_cast<int>(columns_.size()); }

  template <class Map>
  void on(Pass& pass, TileIn from, Tile to, Map map) const {
    Scratch scratch(*pass.scratch);
    Tile a = scratch.tile(width()), b = scratch.tile(width());
    for (int i = 0; i < width(); ++i) a.col(i) = from.col(columns_[i]);
    Pass own = pass;
    Tile present = scratch.tile(width());
    for (int i = 0; pass.present && i < width(); ++i)
      present.col(i) = TileIn(pass.present + kTile * columns_[i], kTile, 1);
    if (pass.present) own.present = present.data();
    map(own, in(a), b);
    for (int i = 0; i < width(); ++i) to.col(columns_[i]) = b.col(i);
    for (const int j : others_) to.col(j) = from.col(j);
  }

  std::vector<int> columns_, others_;
  Sequence layers_;
};

}  // namespace

std::unique_ptr<Layer> make_on(SpecReader& spec, const Site& site) { return std::make_unique<On>(spec, site); }

}  // namespace NF_PRECISION
}  // namespace nf
