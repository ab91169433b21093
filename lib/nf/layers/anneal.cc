// anneal.cc -- other layers, and Markov kernels between them and the data, which lead from the density q of these
// layers to the target's p~: kernel k of K keeps q^(1-l) p~^l, l = (k - 1/2) / K, and adds what the path's weight asks
// for (stochastic.h). Neal, Annealed importance sampling, 2001, arXiv:physics/9803008; from a flow: Wu, Koehler, Noe,
// Stochastic normalizing flows, 2020, arXiv:2002.06707; Midgley, Stimper, Simm, Schoelkopf, Hernandez-Lobato, Flow
// annealed importance sampling bootstrap, 2022, arXiv:2208.01893.
//
// Training is that of the layers: no row is moved in it, and gradients pass the kernels by.
#include "nf/core/constants.h"
#include "nf/core/density.h"
#include "nf/layers/sequence.h"

namespace nf {
inline namespace NF_PRECISION {
namespace {

// q^(1-l) p~^l, q that of the layers from standard normal noise.
class Bridge final : public Density {
 public:
  Bridge(const Sequence& layers, const Density& target, double lambda)
      : layers_(layers), target_(target), lambda_(lambda) {}
  int dim() const override { return layers_.traits().dim; }
  void log_density(Pass& pass, TileIn x, LogDet& lp, Tile dx) const override {
    Scratch scratch(*pass.scratch);
    Tile z = scratch.tile(dim()), dz = scratch.tile(dim()), by_target = scratch.tile(dim());
    Stack tape;
    Pass own{.theta = pass.theta,
             .context = pass.context,
             .rows = pass.rows,
             .noise = pass.noise,
             .prepared = pass.prepared,
             .tape = &tape,
             .scratch = pass.scratch};
    LogDet lq = LogDet::Zero();
    layers_.forward(own, x, z, lq);
    lq -= (z.cast<double>().rowwise().squaredNorm().array() + dim() * kLogTwoPi) / 2;
    dz = static_cast<Real>(lambda_ - 1) * z;
    layers_.backward(own, in(dz), LogDet::Constant(1 - lambda_), dx);
    target_.log_density(pass, x, lp, by_target);
    lp = lambda_ * lp + (1 - lambda_) * lq;
    dx += static_cast<Real>(lambda_) * by_target;
  }

 private:
  const Sequence& layers_;
  const Density& target_;
  double lambda_;
};

class Anneal final : public Layer {
 public:
  Anneal(SpecReader& spec, const Site& site)
      : layers_(spec.value("layers", Json::array()),
                {site.dim, site.context, site.params, site.wants, site.name + ".layers", site.manifolds}) {
    if (!site.manifolds.empty()) spec.fail("its columns are lines");
    if (!layers_.traits().bijective()) spec.fail("its layers are bijections");
    const int count = static_cast<int>(spec.integer("count", 8, 0, 1000));
    Json kernel = spec.value("kernel", {{"kind", "hmc"}});
    if (!kernel.is_object() || (kernel.value("kind", Json()) != "hmc" && kernel.value("kind", Json()) != "metropolis"))
      spec.fail("'kernel' is an object of the kind hmc or metropolis");
    kernel["lambda"] = 1;
    for (int k = 0; k < count; ++k)
      kernels_.push_back(make_layer(kernel, {site.dim, site.context, site.params, site.wants, site.name}));
    spec.replace("layers", layers_.spec());
    if (count > 0) kernel = kernels_[0]->spec();
    kernel.erase("lambda");
    spec.replace("kernel", kernel);
    spec_ = spec.canonical();
    traits_ = layers_.traits();
    traits_.exact = traits_.exact_inverse = false;
    traits_.order.clear();
    traits_.keeps_gaps = false;
    for (int j = 0; j < site.dim; ++j) traits_.normal_noise.push_back(j);
  }

  void forward(Pass& pass, TileIn x, Tile z, LogDet& ld) const override {
    if (!moves(pass)) return layers_.forward(pass, x, z, ld);
    Scratch scratch(*pass.scratch);
    Tile at = scratch.tile(traits_.dim), next = scratch.tile(traits_.dim);
    at = x;
    for (int k = count() - 1; k >= 0; --k) {
      move(pass, k, &Layer::forward, in(at), next, ld);
      at = next;
    }
    layers_.forward(pass, in(at), z, ld);
  }
  void inverse(Pass& pass, TileIn z, Tile x, LogDet& ld) const override {
    layers_.inverse(pass, z, x, ld);
    if (!moves(pass)) return;
    Scratch scratch(*pass.scratch);
    Tile at = scratch.tile(traits_.dim);
    for (int k = 0; k < count(); ++k) {
      at = x;
      move(pass, k, &Layer::inverse, in(at), x, ld);
    }
  }
  void backward(Pass& pass, TileIn dz, const LogDet& dld, Tile dx) const override {
    layers_.backward(pass, dz, dld, dx);
  }
  void inverse_backward(Pass& pass, TileIn dx, const LogDet& dld, Tile dz) const override {
    layers_.inverse_backward(pass, dx, dld, dz);
  }

  void init(Real* theta, Uniforms& random) const override { layers_.init(theta, random); }
  void init_data(Real* theta, const Start& start) const override { layers_.init_data(theta, start); }
  void prepare(Pass& pass, Real* prepared) const override { layers_.prepare(pass, prepared); }
  void after_step(Real* theta, const double* stats) const override { layers_.after_step(theta, stats); }

 private:
  int count() const { return static_cast<int>(kernels_.size()); }
  bool moves(const Pass& pass) const { return count() > 0 && !pass.training; }
  void move(Pass& pass, int k, void (Layer::*way)(Pass&, TileIn, Tile, LogDet&) const, TileIn from, Tile to,
            LogDet& ld) const {
    if (!pass.target || pass.target->dim() != traits_.dim)
      throw Error("anneal: layers that lead to a target of " + std::to_string(traits_.dim) + " columns need one");
    const Bridge bridge(layers_, *pass.target, (k + 0.5) / count());
    Pass own = pass;
    own.target = &bridge;
    own.tape = nullptr;
    own.wants_ld = true;
    (*kernels_[k].*way)(own, from, to, ld);
  }

  Sequence layers_;
  std::vector<std::unique_ptr<Layer>> kernels_;
};

}  // namespace

std::unique_ptr<Layer> make_anneal(SpecReader& spec, const Site& site) { return std::make_unique<Anneal>(spec, site); }

}  // namespace NF_PRECISION
}  // namespace nf
