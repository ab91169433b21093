#include "nf/layers/sequence.h"

#include <algorithm>

#include "nf/core/constants.h"
#include "nf/core/load_tile.h"

namespace nf {
inline namespace NF_PRECISION {

Sequence::Sequence(const Json& list, const Site& site) : widths_{site.dim} {
  if (!list.is_array()) throw Error("'" + site.name + "' is not a list");
  traits_ = {.dim = site.dim, .noise_dim = site.dim, .keeps_manifolds = true, .keeps_gaps = true};
  traits_.order.resize(site.dim);
  const bool discrete = std::count(site.manifolds.begin(), site.manifolds.end(), Manifold::kLevels) > 0;
  if (discrete && list.size() != 1)
    throw Error("'" + site.name + "': columns of levels need one layer, mixed, which holds the others");
  std::size_t features = 0;
  for (std::size_t l = 0; l < list.size(); ++l) {
    const std::string name = site.name + "." + std::to_string(l);
    // Orders and masks take memory by layer and feature, whatever the file's size.
    features += static_cast<std::size_t>(widths_.back());
    if (features > std::size_t{1} << 22) throw Error(name + ": more than 2^22 layers times features");
    auto layer = make_layer(list[l], {widths_.back(), site.context, site.params, site.wants, name, site.manifolds});
    const Traits& t = layer->traits();
    if (discrete && !t.discrete) throw Error(name + ": columns of levels need a layer mixed");
    if (!site.manifolds.empty() && !t.keeps_manifolds)
      throw Error(name + ": " + layer->spec()["kind"].get<std::string>() +
                  " layers do not keep circles; autoregressive and coupling layers do");
    if (t.noise_dim > kMostColumns) throw Error(name + ": more than " + std::to_string(kMostColumns) + " columns");
    state_at_.push_back(num_states_);
    if (l + 1 < list.size()) num_states_ += t.noise_dim;
    phi_at_.push_back(traits_.outputs);
    for (const int j : t.log_scales) traits_.log_scales.push_back(traits_.outputs + j);
    traits_.outputs += t.outputs;
    traits_.exact = traits_.exact && t.exact;
    traits_.exact_inverse = traits_.exact_inverse && t.exact_inverse;
    traits_.approximate = traits_.approximate || t.approximate;
    traits_.ld_gradient = traits_.ld_gradient && t.ld_gradient;
    traits_.one_to_one = traits_.one_to_one && t.one_to_one;
    traits_.parallel_forward = traits_.parallel_forward && t.parallel_forward;
    traits_.parallel_inverse = traits_.parallel_inverse && t.parallel_inverse;
    traits_.discrete = traits_.discrete || t.discrete;
    traits_.keeps_gaps = traits_.keeps_gaps && t.keeps_gaps;
    traits_.normal_noise = t.normal_noise;
    traits_.order = joined_order(traits_.order, t.order);
    traits_.wants_data = traits_.wants_data || t.wants_data;
    traits_.collects = traits_.collects || t.collects;
    widths_.push_back(t.noise_dim);
    layers_.push_back(std::move(layer));
  }
  traits_.noise_dim = widths_.back();
  prepared_ = site.wants.prepared.size;
}

Json Sequence::spec() const {
  Json list = Json::array();
  for (const auto& layer : layers_) list.push_back(layer->spec());
  return list;
}

// step(pass, layer, in, out) through two alternating buffers, from the first layer's input to the last one's output or,
// backwards, the other way.
template <bool kBackwards, class Step>
void Sequence::chain(const Pass& pass, TileIn from, Tile to, Step step) const {
  if (size() == 0) {
    to = from;
    return;
  }
  Scratch scratch(*pass.scratch);
  const int widest = *std::max_element(widths_.begin(), widths_.end());
  Real* buffers[2] = {scratch.get(widest), scratch.get(widest)};
  const Real* at = from.data();
  Pass own = pass;
  for (int i = 0; i < size(); ++i) {
    const int l = kBackwards ? size() - 1 - i : i, in = widths_[kBackwards ? l + 1 : l],
              out = widths_[kBackwards ? l : l + 1];
    if (pass.phi) own.phi = pass.phi + kTile * phi_at_[l];
    if (pass.dphi) own.dphi = pass.dphi + kTile * phi_at_[l];
    Real* next = i + 1 == size() ? to.data() : buffers[i % 2];
    step(own, l, TileIn(at, kTile, in), Tile(next, kTile, out));
    at = next;
  }
}

void Sequence::forward(const Pass& pass, TileIn x, Tile z, LogDet& ld, Real* states) const {
  chain<false>(pass, x, z, [&](Pass& own, int l, TileIn a, Tile b) {
    layers_[l]->forward(own, a, b, ld);
    if (states && l + 1 < size()) Tile(state(states, l), kTile, b.cols()) = b;
  });
}

void Sequence::inverse(const Pass& pass, TileIn z, Tile x, LogDet& ld, Real* states) const {
  chain<true>(pass, z, x, [&](Pass& own, int l, TileIn a, Tile b) {
    layers_[l]->inverse(own, a, b, ld);
    if (states && l > 0) Tile(state(states, l - 1), kTile, b.cols()) = b;
  });
}

void Sequence::backward(const Pass& pass, TileIn dz, const LogDet& dld, Tile dx, const Real* dstates) const {
  chain<true>(pass, dz, dx, [&](Pass& own, int l, TileIn a, Tile b) {
    layers_[l]->backward(own, a, dld, b);
    if (dstates && l > 0) b += TileIn(state(dstates, l - 1), kTile, b.cols());
  });
}

void Sequence::inverse_backward(const Pass& pass, TileIn dx, const LogDet& dld, Tile dz, const Real* dstates) const {
  chain<false>(pass, dx, dz, [&](Pass& own, int l, TileIn a, Tile b) {
    layers_[l]->inverse_backward(own, a, dld, b);
    if (dstates && l + 1 < size()) b += TileIn(state(dstates, l), kTile, b.cols());
  });
}

void Sequence::init(Real* theta, Uniforms& random) const {
  for (const auto& layer : layers_) layer->init(theta, random);
}

bool Sequence::wants(const Layer& layer, const Start& start) const {
  return layer.traits().wants_data && (!start.again || layer.traits().collects);
}

void Sequence::init_data(Real* theta, const Start& start, Batch* moved) const {
  int needed = size();  // layers whose output is wanted, and the last that wants a start
  const auto layer_of = [&](int i) -> const Layer& { return *layers_[start.inverted ? size() - 1 - i : i]; };
  while (!moved && needed > 0 && !wants(layer_of(needed - 1), start)) --needed;
  Batch rows = start.x;
  Stack memory;
  Vector prepared(prepared_);
  for (int i = 0; i < needed; ++i) {
    const Layer& layer = layer_of(i);
    const Traits traits = start.inverted ? layer.traits().inverted() : layer.traits();
    if (wants(layer, start)) layer.init_data(theta, {rows, start.c, start.inverted, start.again});
    if (i + 1 == needed && !moved) break;
    Scratch scratch(memory);
    Tile before = scratch.tile(traits.dim), after = scratch.tile(traits.noise_dim);
    Tile context = scratch.tile(static_cast<int>(start.c.cols()));
    Pass pass{.theta = theta, .context = context.data(), .prepared = prepared.data(), .scratch = &memory};
    layer.prepare(pass, prepared.data());
    Batch next(rows.rows(), traits.noise_dim);
    for (Eigen::Index first = 0; first < rows.rows(); first += kTile) {
      pass.rows = load_tile(rows, first, before);
      pass.noise.first_row = static_cast<std::uint64_t>(first);
      if (context.cols() > 0) load_tile(start.c, first, context);
      LogDet ld = LogDet::Zero();
      if (start.inverted) layer.inverse(pass, in(before), after, ld);
      else layer.forward(pass, in(before), after, ld);
      next.middleRows(first, pass.rows) = after.topRows(pass.rows);
    }
    rows = std::move(next);
  }
  if (moved) *moved = std::move(rows);
}

void Sequence::prepare(Pass& pass, Real* prepared) const {
  for (const auto& layer : layers_) layer->prepare(pass, prepared);
}

void Sequence::after_step(Real* theta, const double* stats) const {
  for (const auto& layer : layers_) layer->after_step(theta, stats);
}

}  // namespace NF_PRECISION
}  // namespace nf
