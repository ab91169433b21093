// slice.cc -- part of the columns gets a density of its own, given the others, and leaves: log q(dropped | kept) is
// what forward adds. Inverted it is augment: columns of noise join. Nielsen, Jaini, Hoogeboom, Winther, Welling, SurVAE
// flows, 2020, arXiv:2007.02731, sections 3.3 and 4.1; Huang, Dinh, Courville, Augmented normalizing flows, 2020,
// arXiv:2002.07101.
//
// q is a coupling layer of its own on all the columns: it maps the dropped ones, by what it sees of the kept ones and
// the context, to standard normal noise e. forward: log q = log|det| + log N(e), z = the kept ones. inverse: e is
// drawn.
#include <algorithm>

#include "nf/core/constants.h"
#include "nf/layers/inverse.h"
#include "nf/layers/layer.h"

namespace nf {
inline namespace NF_PRECISION {
namespace {

class Slice final : public Layer {
 public:
  // Of `dim` columns those in `dropped` leave; some are kept. The coupling's options are read from `spec`.
  Slice(SpecReader& spec, const Site& site, int dim, std::vector<int> dropped) : dropped_(std::move(dropped)) {
    std::vector<int> mask(dim, 1);
    for (const int j : dropped_) mask[j] = 0;
    for (int j = 0; j < dim; ++j)
      if (mask[j] == 1) kept_.push_back(j);
    Json coupling = {{"kind", "coupling"}, {"mask", mask}};
    constexpr const char* kOptions[] = {"transformer", "hidden", "activation", "residual", "clip"};
    for (const char* key : kOptions)
      if (const Json given = spec.value(key, nullptr); !given.is_null()) coupling[key] = given;
    coupling_ = make_layer(coupling, {dim, site.context, site.params, site.wants, site.name});
    for (const char* key : kOptions) spec.replace(key, coupling_->spec()[key]);
    stream_ = site.wants.streams.add(1);
    spec_ = spec.canonical();
    traits_ = {.dim = dim, .noise_dim = static_cast<int>(kept_.size()), .exact_inverse = false};
    traits_.outputs = coupling_->traits().outputs;
    traits_.log_scales = coupling_->traits().log_scales;
  }

  void forward(Pass& pass, TileIn x, Tile z, LogDet& ld) const override {
    Scratch scratch(*pass.scratch);
    Tile mapped = scratch.tile(traits_.dim), e = scratch.tile(drops());
    coupling_->forward(pass, x, mapped, ld);
    gather(in(mapped), dropped_, e);
    gather(in(mapped), kept_, z);
    add_log_normal(e, 1, ld);
    keep(pass, in(e));
  }
  void inverse(Pass& pass, TileIn z, Tile x, LogDet& ld) const override {
    Scratch scratch(*pass.scratch);
    Tile e = scratch.tile(drops()), mapped = scratch.tile(traits_.dim);
    pass.noise.normals(stream_, drops(), e.data());
    add_log_normal(e, -1, ld);
    scatter(in(e), dropped_, mapped);
    scatter(z, kept_, mapped);
    coupling_->inverse(pass, in(mapped), x, ld);
  }
  void backward(Pass& pass, TileIn dz, const LogDet& dld, Tile dx) const override {
    const TileIn e = kept(pass, drops());
    Scratch scratch(*pass.scratch);
    Tile dmapped = scratch.tile(traits_.dim);
    for (int i = 0; i < drops(); ++i) dmapped.col(dropped_[i]) = (-e.col(i).array() * dld.cast<Real>()).matrix();
    scatter(dz, kept_, dmapped);
    coupling_->backward(pass, in(dmapped), dld, dx);
  }
  void inverse_backward(Pass& pass, TileIn dx, const LogDet& dld, Tile dz) const override {
    Scratch scratch(*pass.scratch);
    Tile dmapped = scratch.tile(traits_.dim);
    coupling_->inverse_backward(pass, dx, dld, dmapped);
    gather(in(dmapped), kept_, dz);
  }

  void init(Real* theta, Uniforms& random) const override { coupling_->init(theta, random); }
  void prepare(Pass& pass, Real* prepared) const override { coupling_->prepare(pass, prepared); }

 private:
  int drops() const { return static_cast<int>(dropped_.size()); }
  static void gather(TileIn all, const std::vector<int>& which, Tile some) {
    for (std::size_t i = 0; i < which.size(); ++i) some.col(static_cast<int>(i)) = all.col(which[i]);
  }
  static void scatter(TileIn some, const std::vector<int>& which, Tile all) {
    for (std::size_t i = 0; i < which.size(); ++i) all.col(which[i]) = some.col(static_cast<int>(i));
  }
  static void add_log_normal(const Tile& e, double sign, LogDet& ld) {
    for (int j = 0; j < e.cols(); ++j) ld -= sign * (e.col(j).cast<double>().array().square() + kLogTwoPi) / 2;
  }

  std::vector<int> dropped_, kept_;
  std::unique_ptr<Layer> coupling_;
  int stream_ = 0;
};

}  // namespace

// "drop": the columns that leave.
std::unique_ptr<Layer> make_slice(SpecReader& spec, const Site& site) {
  std::vector<int> dropped = spec.integers("drop", {site.dim - 1}, 0, site.dim - 1);
  std::sort(dropped.begin(), dropped.end());
  if (dropped.empty()) spec.fail("'drop' names no column");
  if (std::adjacent_find(dropped.begin(), dropped.end()) != dropped.end()) spec.fail("'drop' names a column twice");
  if (static_cast<int>(dropped.size()) == site.dim) spec.fail("'drop' leaves no column");
  spec.replace("drop", dropped);
  return std::make_unique<Slice>(spec, site, site.dim, dropped);
}

// "columns": how many join, after the others.
std::unique_ptr<Layer> make_augment(SpecReader& spec, const Site& site) {
  const int more = static_cast<int>(spec.integer("columns", 1, 1, 1 << 12)), dim = site.dim + more;
  std::vector<int> joining;
  for (int j = site.dim; j < dim; ++j) joining.push_back(j);
  auto slice = std::make_unique<Slice>(spec, site, dim, std::move(joining));
  Json canonical = slice->spec();
  return invert(std::move(slice), std::move(canonical));
}

}  // namespace NF_PRECISION
}  // namespace nf
