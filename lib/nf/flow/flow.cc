#include "nf/flow/flow.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "nf/core/constants.h"

namespace nf {
inline namespace NF_PRECISION {

namespace {

constexpr std::pair<const char*, Manifold> kKeys[] = {{"circle", Manifold::kCircle}, {"levels", Manifold::kLevels}};

}  // namespace

Flow::Flow(const Json& spec, Params params) : params_(std::move(params)) {
  SpecReader reader(spec, "spec");
  dim_ = static_cast<int>(reader.integer("dim", 0, 1, kMostColumns));
  if (dim_ < 1) reader.fail("no 'dim'");
  context_ = static_cast<int>(reader.integer("context", 0, 0, kMostColumns));
  const Json base = reader.value("base", "normal");
  const Json layers = reader.value("layers", Json::array());
  for (const auto& [key, manifold] : kKeys)
    for (int column : reader.integers(key, {}, 0, dim_ - 1)) {
      manifolds_.resize(dim_);
      manifolds_[column] = manifold;
    }
  reader.require_known();
  layers_ = std::make_unique<Sequence>(layers, Site{dim_, context_, params_, wants_, "layers", manifolds_});
  layer_slots_ = static_cast<int>(params_.slots().size());
  std::vector<Manifold> noise = manifolds_;
  if (!noise.empty()) noise.resize(noise_dim());
  base_ = make_base(base, {noise_dim(), context_, params_, wants_, "base", noise});
  const Json made = base_->spec(), own = made.value("override", Json::object());
  for (const int column : traits().normal_noise)
    if (made["kind"] != "normal" || own.contains(std::to_string(column)))
      throw Error(fmt::format(
          "base: column {} needs a normal base, as those of a mixture do, and those that are not always there where "
          "\"absent\" is not \"fill\"",
          column));
}

Json Flow::spec() const {
  Json spec = {{"dim", dim()}, {"context", context_}};
  for (const auto& [key, one] : kKeys)
    for (int j = 0; j < dim(); ++j)
      if (manifold(j) == one) spec[key].push_back(j);
  spec["base"] = base_->spec();
  spec["layers"] = layers_->spec();
  return spec;
}

bool Flow::learns_base() const {
  const std::vector<Slot>& slots = params_.slots();
  return std::any_of(slots.begin() + layer_slots_, slots.end(), [](const Slot& slot) { return slot.trainable; });
}

void Flow::encode(Pass& pass, TileIn x, Tile z, LogDet& ld) const { encode(pass, x, z, ld, nullptr); }
void Flow::decode(Pass& pass, TileIn z, Tile x, LogDet& ld) const { decode(pass, z, x, ld, nullptr); }
void Flow::encode_backward(Pass& pass, TileIn dz, const LogDet& dld, Tile dx) const {
  encode_backward(pass, dz, dld, dx, nullptr);
}
void Flow::decode_backward(Pass& pass, TileIn dx, const LogDet& dld, Tile dz) const {
  decode_backward(pass, dx, dld, dz, nullptr);
}

void Flow::prepare(const Real* theta, Stack& scratch, Vector& prepared) const {
  Pass pass{.theta = theta, .scratch = &scratch};
  prepared.resize(wants_.prepared.size);
  layers_->prepare(pass, prepared.data());
}

Pass Flow::ready(const Pass& pass, Scratch& scratch, Real* taps, const Real* dtaps) const {
  Pass own = pass;
  if (taps) own.phi = taps + kTile * num_state_taps();
  if (dtaps) own.dphi = dtaps + kTile * num_state_taps();
  if (own.prepared || wants_.prepared.size == 0) return own;
  Real* prepared = scratch.get((wants_.prepared.size + kTile - 1) / kTile);
  layers_->prepare(own, prepared);
  own.prepared = prepared;
  return own;
}

void Flow::encode(Pass& pass, TileIn x, Tile z, LogDet& ld, Real* taps) const {
  Scratch scratch(*pass.scratch);
  layers_->forward(ready(pass, scratch, taps, nullptr), x, z, ld, taps);
}
void Flow::decode(Pass& pass, TileIn z, Tile x, LogDet& ld, Real* taps) const {
  Scratch scratch(*pass.scratch);
  layers_->inverse(ready(pass, scratch, taps, nullptr), z, x, ld, taps);
}
void Flow::encode_backward(Pass& pass, TileIn dz, const LogDet& dld, Tile dx, const Real* dtaps) const {
  Scratch scratch(*pass.scratch);
  layers_->backward(ready(pass, scratch, nullptr, dtaps), dz, dld, dx, dtaps);
}
void Flow::decode_backward(Pass& pass, TileIn dx, const LogDet& dld, Tile dz, const Real* dtaps) const {
  Scratch scratch(*pass.scratch);
  layers_->inverse_backward(ready(pass, scratch, nullptr, dtaps), dx, dld, dz, dtaps);
}

void Flow::log_prob(Pass& pass, TileIn x, Tile z, LogDet& lp) const {
  encode(pass, x, z, lp);
  base_->log_prob(pass, in(z), lp);
}

Vector Flow::init(std::uint64_t seed) const {
  Vector theta = Vector::Zero(static_cast<Eigen::Index>(params_.size()));
  Uniforms random(seed, Stream::kInit);
  layers_->init(theta.data(), random);
  base_->init(theta.data(), random);
  return theta;
}

void Flow::init_data(Vector& theta, const Batch& x, const Batch& c, bool collected_only) const {
  const bool base_too = base_->wants_data() && !collected_only;
  Batch noise;
  layers_->init_data(theta.data(), {x, c, false, collected_only}, base_too ? &noise : nullptr);
  if (base_too) base_->init_data(theta.data(), noise, c);
}

void Flow::after_step(Real* theta, const double* stats) const { layers_->after_step(theta, stats); }

}  // namespace NF_PRECISION
}  // namespace nf
