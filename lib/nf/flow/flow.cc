#include "nf/flow/flow.h"

#include <algorithm>
#include <utility>

namespace nf {
inline namespace NF_PRECISION {

Flow::Flow(const Json& spec, Params params) : params_(std::move(params)) {
  SpecReader reader(spec, "spec");
  dim_ = static_cast<int>(reader.integer("dim", 0, 1, kMostColumns));
  if (dim_ < 1) reader.fail("no 'dim'");
  context_ = static_cast<int>(reader.integer("context", 0, 0, kMostColumns));
  const Json base = reader.value("base", "normal");
  const Json layers = reader.value("layers", Json::array());
  for (int column : reader.integers("circle", {}, 0, dim_ - 1)) {
    circles_.resize(dim_);
    circles_[column] = true;
  }
  reader.require_known();
  if (!layers.is_array()) reader.fail("'layers' is not a list");
  // Orders and masks take memory by layer and feature, whatever the file's size.
  if (layers.size() * static_cast<std::size_t>(dim_) > std::size_t{1} << 22)
    reader.fail("more than 2^22 layers times features");
  for (std::size_t l = 0; l < layers.size(); ++l) {
    auto layer = make_bijection(layers[l], {dim_, context_, params_, "layers." + std::to_string(l), circles_});
    if (!circles_.empty() && !layer->keeps_circles())
      throw Error("layers." + std::to_string(l) + ": " + layer->spec()["kind"].get<std::string>() +
                  " layers do not keep circles; autoregressive and coupling layers do");
    layer->set_stats_place(num_stats_);
    num_stats_ += layer->num_stats();
    layers_.push_back(std::move(layer));
  }
  layer_slots_ = static_cast<int>(params_.slots().size());
  base_ = make_base(base, {dim_, context_, params_, "base", circles_});
  num_taps_ = num_state_taps();
  for (const auto& layer : layers_) {
    phi_at_.push_back(num_taps_);
    num_taps_ += layer->num_outputs();
  }
}

Json Flow::spec() const {
  Json layers = Json::array();
  for (const auto& layer : layers_) layers.push_back(layer->spec());
  Json spec = {{"dim", dim_}, {"context", context_}};
  if (!circles_.empty()) {
    spec["circle"] = Json::array();
    for (int j = 0; j < dim_; ++j)
      if (is_circle(j)) spec["circle"].push_back(j);
  }
  spec["base"] = base_->spec();
  spec["layers"] = layers;
  return spec;
}

bool Flow::fast_encode() const {
  return std::all_of(layers_.begin(), layers_.end(), [](const auto& layer) { return layer->fast_forward(); });
}

bool Flow::learns_base() const {
  const std::vector<Slot>& slots = params_.slots();
  return std::any_of(slots.begin() + layer_slots_, slots.end(), [](const Slot& slot) { return slot.trainable; });
}

bool Flow::fast_decode() const {
  return std::all_of(layers_.begin(), layers_.end(), [](const auto& layer) { return layer->fast_inverse(); });
}

namespace {

// Runs n steps from `from` to `to` through two alternating buffers; step(i, in, out).
template <class Step>
void chain(Pass& pass, int n, TileIn from, Tile to, Step step) {
  if (n == 0) {
    to = from;
    return;
  }
  const int dim = static_cast<int>(from.cols());
  Scratch scratch(*pass.scratch);
  Real* buffers[2] = {scratch.get(dim), scratch.get(dim)};
  const Real* at = from.data();
  for (int i = 0; i < n; ++i) {
    Real* next = i + 1 == n ? to.data() : buffers[i % 2];
    step(i, TileIn(at, kTile, dim), Tile(next, kTile, dim));
    at = next;
  }
}

}  // namespace

void Flow::encode(Pass& pass, TileIn x, Tile z, LogDet& ld) const { encode(pass, x, z, ld, nullptr); }
void Flow::decode(Pass& pass, TileIn z, Tile x, LogDet& ld) const { decode(pass, z, x, ld, nullptr); }
void Flow::encode_backward(Pass& pass, TileIn dz, const LogDet& dld, Tile dx) const {
  encode_backward(pass, dz, dld, dx, nullptr);
}
void Flow::decode_backward(Pass& pass, TileIn dx, const LogDet& dld, Tile dz) const {
  decode_backward(pass, dx, dld, dz, nullptr);
}

void Flow::encode(Pass& pass, TileIn x, Tile z, LogDet& ld, Real* taps) const {
  const int n = static_cast<int>(layers_.size());
  chain(pass, n, x, z, [&](int l, TileIn a, Tile b) {
    Pass own = pass;
    if (taps) own.phi = phi_tap(taps, l);
    layers_[l]->forward(own, a, b, ld);
    if (taps && l + 1 < n) Tile(state_tap(taps, l), kTile, dim_) = b;
  });
}

void Flow::decode(Pass& pass, TileIn z, Tile x, LogDet& ld, Real* taps) const {
  const int n = static_cast<int>(layers_.size());
  chain(pass, n, z, x, [&](int i, TileIn a, Tile b) {
    const int l = n - 1 - i;
    Pass own = pass;
    if (taps) own.phi = phi_tap(taps, l);
    layers_[l]->inverse(own, a, b, ld);
    if (taps && l > 0) Tile(state_tap(taps, l - 1), kTile, dim_) = b;
  });
}

void Flow::encode_backward(Pass& pass, TileIn dz, const LogDet& dld, Tile dx, const Real* dtaps) const {
  const int n = static_cast<int>(layers_.size());
  chain(pass, n, dz, dx, [&](int i, TileIn a, Tile b) {
    const int l = n - 1 - i;
    Pass own = pass;
    if (dtaps) own.dphi = phi_tap(dtaps, l);
    layers_[l]->backward(own, a, dld, b);
    if (dtaps && l > 0) b += TileIn(state_tap(dtaps, l - 1), kTile, dim_);
  });
}

void Flow::decode_backward(Pass& pass, TileIn dx, const LogDet& dld, Tile dz, const Real* dtaps) const {
  const int n = static_cast<int>(layers_.size());
  chain(pass, n, dx, dz, [&](int l, TileIn a, Tile b) {
    Pass own = pass;
    if (dtaps) own.dphi = phi_tap(dtaps, l);
    layers_[l]->inverse_backward(own, a, dld, b);
    if (dtaps && l + 1 < n) b += TileIn(state_tap(dtaps, l), kTile, dim_);
  });
}

void Flow::log_prob(Pass& pass, TileIn x, Tile z, LogDet& lp) const {
  encode(pass, x, z, lp);
  base_->log_prob(pass, in(z), lp);
}

Vector Flow::init(std::uint64_t seed) const {
  Vector theta = Vector::Zero(static_cast<Eigen::Index>(params_.size()));
  Uniforms random(seed, Stream::kInit);
  for (const auto& layer : layers_) layer->init(theta.data(), random);
  base_->init(theta.data(), random);
  return theta;
}

void Flow::init_data(Vector& theta, const Batch& x, const Batch& c, bool collected_only) const {
  // An inverted batch_norm starts from data by its trained gamma and beta, so it is not estimated again.
  const auto wanted = [&](const Bijection& layer) {
    return layer.wants_data() && (!collected_only || (layer.num_stats() > 0 && !layer.spec().value("inverse", false)));
  };
  const bool base_too = base_->wants_data() && !collected_only;
  std::size_t last = layers_.size();
  while (!base_too && last > 0 && !wanted(*layers_[last - 1])) --last;
  Batch rows = x;
  Stack memory;
  for (std::size_t l = 0; l < last; ++l) {
    if (wanted(*layers_[l])) layers_[l]->init_data(theta.data(), rows, false);
    if (l + 1 == last && !base_too) break;
    Scratch scratch(memory);
    Tile before = scratch.tile(dim_), after = scratch.tile(dim_), context = scratch.tile(context_);
    Pass pass{.theta = theta.data(), .context = context.data(), .scratch = &memory};
    for (Eigen::Index first = 0; first < rows.rows(); first += kTile) {
      pass.rows = load_tile(rows, first, before);
      if (context_ > 0) load_tile(c, first, context);
      LogDet ld = LogDet::Zero();
      layers_[l]->forward(pass, in(before), after, ld);
      rows.middleRows(first, pass.rows) = after.topRows(pass.rows);
    }
  }
  if (base_too) base_->init_data(theta.data(), rows, c);
}

void Flow::update(Real* theta, const double* stats) const {
  for (const auto& layer : layers_) layer->update(theta, stats);
}

int load_tile(const Batch& rows, Eigen::Index first, Tile tile) {
  const int real = static_cast<int>(std::min<Eigen::Index>(kTile, rows.rows() - first));
  for (int r = 0; r < kTile; ++r) {
    const Real* row = rows.data() + (first + std::min(r, real - 1)) * rows.cols();
    for (Eigen::Index j = 0; j < rows.cols(); ++j) tile(r, j) = row[j];
  }
  return real;
}

}  // namespace NF_PRECISION
}  // namespace nf
