// autoregressive.cc -- z_i = f(x_i; phi_i(x_<i, c)): MAF, and inverted IAF.
// Papamakarios, Pavlakou, Murray, Masked autoregressive flow for density estimation, 2017, arXiv:1705.07057.
//
// forward computes all phi in one masked pass. inverse goes through the features in order; when x_i is known, exactly
// the hidden units whose degree became known are computed, once, and pushed into the later outputs: the cost of one
// pass. inverse_backward is the same sweep in the other direction: it solves the triangular system by degrees.
#include "nf/layers/column_maps.h"
#include "nf/layers/conditioned.h"
#include "nf/nets/made.h"

namespace nf {
inline namespace NF_PRECISION {
namespace {

using Degrees = std::vector<std::vector<int>>;

Degrees read_degrees(SpecReader& spec, const Site& site, const std::vector<int>& hidden) {
  const Degrees defaults = Made::default_degrees(site.context, site.dim, hidden);
  const Json given = spec.value("degrees", defaults);
  if (!given.is_array() || given.size() != hidden.size())
    spec.fail("'degrees' is not a list of counts for each hidden layer");
  Degrees degrees;
  for (std::size_t l = 0; l < hidden.size(); ++l) {
    std::int64_t total = 0;
    std::vector<int> counts;
    if (!given[l].is_array() || given[l].size() != static_cast<std::size_t>(site.dim))
      spec.fail("'degrees' needs one count for each feature");
    for (const Json& count : given[l]) {
      if (!count.is_number_integer() || count < 0 || count > hidden[l])
        spec.fail("'degrees' has " + count.dump() + ", not a count");
      counts.push_back(count.get<int>());
      total += counts.back();
    }
    if (total != hidden[l] && !(site.dim == 1 && site.context == 0 && total == 0))
      spec.fail("'degrees' do not add up to 'hidden'");
    if (site.context == 0 && counts[0] != 0) spec.fail("'degrees' has units of degree 0 without context");
    if (spec.canonical()["residual"] == true && l > 0 && counts != degrees[0])
      spec.fail("'residual' needs equal degrees in all hidden layers");
    degrees.push_back(std::move(counts));
  }
  return degrees;
}

std::vector<int> params_of(const ColumnMaps& maps) {
  std::vector<int> counts;
  for (int i = 0; i < maps.features(); ++i) counts.push_back(maps.num_params(i));
  return counts;
}

// What is read of a spec, in the order in which the canonical spec has it.
struct Options {
  Options(SpecReader& spec, const Site& site)
      : transformer(spec.value("transformer", "affine")),
        net(read_net(spec)),
        degrees(read_degrees(spec, site, net.hidden)),
        order(read_order(spec, "order", site.dim)),
        clip(read_clip(spec)) {}
  Json transformer;
  NetSpec net;
  Degrees degrees;
  std::vector<int> order;
  Real clip;
};

class Autoregressive final : public Layer {
 public:
  Autoregressive(SpecReader& spec, const Site& site, const Options& options)
      : dim_(site.dim),
        maps_(spec, site, options.order),
        seen_(site, options.order, options.clip),
        made_(site.context, seen_.widths(), params_of(maps_), options.net, options.degrees, site.params,
              site.name + ".net"),
        order_(options.order) {
    spec_ = spec.canonical();
    traits_ = {.dim = dim_,
               .noise_dim = dim_,
               .parallel_inverse = dim_ == 1,
               .keeps_manifolds = true,
               .keeps_gaps = true,
               .outputs = maps_.num_params(),
               .log_scales = maps_.log_scales()};
    traits_.order.resize(dim_);
    for (int i = 0; i < dim_; ++i) traits_.order[order_[i]] = i;
    for (int i = 0; i < dim_; ++i) in_order_ = in_order_ && order_[i] == i;
  }

  void init(Real* theta, Uniforms& random) const override { made_.mlp().init(theta, random, maps_.identity()); }

  void forward(Pass& pass, TileIn x, Tile z, LogDet& ld) const override {
    Record record(pass);
    State s(record.get(State::columns(*this)), *this);
    gather(x, s.x);
    seen_.write_context(pass.context, s.seen);
    for (int i = 0; i < dim_; ++i) seen_.write(i, s.x.col(i).data(), s.seen);
    made_.mlp().forward(pass.theta, s.seen, s.memory, s.phi.data());
    tap(pass, s.phi);
    Scratch scratch(*pass.scratch);
    Tile out = in_order_ ? z : scratch.tile(dim_), logd = scratch.tile(dim_);
    maps_.forward(pass, in(s.x), in(s.phi), out, logd);
    mask(pass, order_, out);
    mask(pass, order_, logd);
    kernels::sum_columns(logd.data(), dim_, ld.data());
    if (!in_order_) scatter(in(out), z);
  }

  void inverse(Pass& pass, TileIn z, Tile x, LogDet& ld) const override {
    Record record(pass);
    State s(record.get(State::columns(*this)), *this);
    Scratch scratch(*pass.scratch);
    Tile logd = scratch.tile(dim_);
    seen_.write_context(pass.context, s.seen);
    made_.mlp().start_output(pass.theta, s.phi.data());
    made_.advance(pass.theta, s.seen, s.memory, 0, s.phi.data());
    for (int i = 0; i < dim_; ++i) {
      const Tile xi = columns(s.x, i, 1);
      maps_[i].inverse(pass, columns(z, order_[i], 1), in(phi_of(s.phi, i)), xi, columns(logd, i, 1));
      mask(pass, order_[i], xi);
      mask(pass, order_[i], columns(logd, i, 1));
      if (i + 1 == dim_) break;
      seen_.write(i, xi.data(), s.seen);
      made_.advance(pass.theta, s.seen, s.memory, i + 1, s.phi.data());
    }
    kernels::sum_columns(logd.data(), dim_, ld.data());
    // The last feature is seen by nobody, but its weights' gradients read it times zero.
    seen_.write(dim_ - 1, s.x.col(dim_ - 1).data(), s.seen);
    scatter(in(s.x), x);
  }

  void backward(Pass& pass, TileIn dz, const LogDet& dld, Tile dx) const override {
    State s(pass.tape->pop(State::columns(*this)), *this);
    Scratch scratch(*pass.scratch);
    Tile dz_ordered = scratch.tile(dim_), dlogd = scratch.tile(dim_), dx_ordered = scratch.tile(dim_);
    Tile dphi = scratch.tile(maps_.num_params()), dseen = scratch.tile(seen_.columns());
    gather(dz, dz_ordered);
    broadcast(dld, dlogd);
    mask(pass, order_, dz_ordered);
    mask(pass, order_, dlogd);
    maps_.backward(pass, in(s.x), in(s.phi), in(dz_ordered), in(dlogd), dx_ordered, dphi);
    add_tapped(pass, dphi);
    made_.mlp().backward(pass, s.seen, s.memory, dphi.data(), dseen.data());
    for (int i = 0; i < dim_; ++i) seen_.add_gradient(i, s.x.col(i).data(), dseen.data(), dx_ordered.col(i).data());
    seen_.add_context_gradient(pass, dseen.data());
    scatter(in(dx_ordered), dx);
  }

  void inverse_backward(Pass& pass, TileIn dx, const LogDet& dld, Tile dz) const override {
    State s(pass.tape->pop(State::columns(*this)), *this);
    Scratch scratch(*pass.scratch);
    Tile dx_ordered = scratch.tile(dim_), dlogd = scratch.tile(1), dphi = scratch.tile(maps_.num_params());
    Tile dseen = scratch.tile(seen_.columns());
    Real* gradients = scratch.get(made_.mlp().columns());
    gather(dx, dx_ordered);
    for (int i = dim_ - 1; i >= 0; --i) {
      if (i + 1 < dim_) {  // what x_i did to the later features
        made_.retreat(pass.theta, s.memory, dphi.data(), gradients, i + 1);
        made_.mlp().backward_input(pass.theta, gradients, dphi.data(), seen_.at(i), seen_.at(i + 1), dseen.data());
        seen_.add_gradient(i, s.x.col(i).data(), dseen.data(), dx_ordered.col(i).data());
      }
      broadcast(dld, dlogd);
      mask(pass, order_[i], dlogd);
      mask(pass, order_[i], columns(dx_ordered, i, 1));
      maps_[i].inverse_backward(pass, in(columns(s.x, i, 1)), in(phi_of(s.phi, i)), in(columns(dx_ordered, i, 1)),
                                in(dlogd), columns(dz, order_[i], 1), phi_of(dphi, i));
    }
    made_.retreat(pass.theta, s.memory, dphi.data(), gradients, 0);
    if (pass.dcontext) {
      made_.mlp().backward_input(pass.theta, gradients, dphi.data(), 0, seen_.at(0), dseen.data());
      seen_.add_context_gradient(pass, dseen.data());
    }
    made_.mlp().weight_gradients(pass, s.seen, s.memory, gradients, dphi.data());
  }

 private:
  // What both directions leave for their backward, one block of the tape: features in order, what the net saw, its
  // activations, phi.
  struct State {
    static int columns(const Autoregressive& a) {
      return a.dim_ + a.seen_.columns() + a.made_.mlp().columns() + a.maps_.num_params();
    }
    State(Real* block, const Autoregressive& a)
        : x(block, kTile, a.dim_),
          seen(block + kTile * a.dim_),
          memory(seen + kTile * a.seen_.columns()),
          phi(memory + kTile * a.made_.mlp().columns(), kTile, a.maps_.num_params()) {}
    Tile x;
    Real* seen;
    Real* memory;
    Tile phi;
  };

  Tile phi_of(Tile phi, int i) const { return columns(phi, maps_.at(i), maps_.num_params(i)); }
  void gather(TileIn from, Tile to) const {
    for (int i = 0; i < dim_; ++i) to.col(i) = from.col(order_[i]);
  }
  void scatter(TileIn from, Tile to) const {
    for (int i = 0; i < dim_; ++i) to.col(order_[i]) = from.col(i);
  }

  int dim_;
  ColumnMaps maps_;
  Seen seen_;
  Made made_;
  std::vector<int> order_;
  bool in_order_ = true;
};

}  // namespace

std::unique_ptr<Layer> make_autoregressive(SpecReader& spec, const Site& site) {
  return std::make_unique<Autoregressive>(spec, site, Options(spec, site));
}

}  // namespace NF_PRECISION
}  // namespace nf
