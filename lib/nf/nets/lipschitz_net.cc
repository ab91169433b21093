#include "nf/nets/lipschitz_net.h"

#include <algorithm>
#include <cmath>

#include "nf/core/factor.h"
#include "nf/kernels/bend.h"
#include "nf/nets/matrix.h"
#include "nf/nets/matrix_norm.h"

namespace nf {
inline namespace NF_PRECISION {

// Theta holds the weights and the logarithm of the sharpness in larger units, so that the optimiser's steps, the same
// for all numbers, are long enough: what nets of bounded weights can do depends on the sharpness most (measured: 2 nats
// on power_mini after 600 steps), and in a bounded matrix all entries are small (half a nat).
constexpr Real kUnit = 4, kSharp = 16;

// A tile's: the clamped context; x, u_0, u_1, ..; a, f'(a) and f''(a) of the hidden units.
template <class Number>
struct LipschitzNet::Memory {
  Memory(Number* memory, const LipschitzNet& net)
      : context(memory),
        values(context + kTile * net.context_),
        a(values + kTile * (net.dim_ + net.hidden_)),
        d(a + kTile * net.hidden_),
        d2(d + kTile * net.hidden_) {}
  Number *context, *values, *a, *d, *d2;
};

LipschitzNet::LipschitzNet(SpecReader& spec, const Site& site) : dim_(site.dim), context_(site.context) {
  const std::vector<int> hidden = spec.integers("hidden", {64, 64}, 1, 1 << 13);
  if (hidden.empty() || hidden.size() > 16) spec.fail("'hidden' has between 1 and 16 layers");
  lipswish_ = spec.word("activation", "lipswish", {"lipswish", "tanh"}) == "lipswish";
  dense_ = spec.flag("dense", false);
  const double lipschitz = spec.number("lipschitz", 0.97, 0.01, 0.999);
  largest_entry_ = spec.word("norm", "2", {"2", "inf"}) == "inf";
  clip_ = spec.number("clip", 8, 0.1, 1e6);
  bound_ = std::pow(lipschitz, 1 / static_cast<double>(hidden.size() + 1)) / static_cast<double>(kUnit);
  for (const int units : hidden) add_layer(site, units, false);
  add_layer(site, dim_, true);
  if (context_ > 0) of_context_ = site.add("net.context", hidden[0], context_);
}

void LipschitzNet::add_layer(const Site& site, int units, bool last) {
  const std::string number = std::to_string(layers_.size());
  const auto add = [&](const char* what, int rows, int cols, bool decay) {
    const std::string name = site.name + ".net." + what + "." + number;
    const Slot& slot = site.params[site.params.add({.name = name, .rows = rows, .cols = cols, .decay = decay})];
    return Place{slot.offset, slot.ld};
  };
  Layer layer;
  layer.units = units;
  layer.at = hidden_;
  layer.inputs = dense_ ? dim_ + hidden_ : layers_.empty() ? dim_ : layers_.back().units;
  layer.from = dim_ + hidden_ - layer.inputs;
  layer.weight = add("weight", units, layer.inputs, true);
  layer.bias = add("bias", 1, units, false);
  if (!last) layer.sharpness = add("sharpness", 1, units, false);
  if (dense_ && !largest_entry_) {
    double share = std::pow(0.5, static_cast<double>(layers_.size()) / 2);
    layer.shares.assign(dim_, share);
    for (const Layer& before : layers_)
      layer.shares.insert(layer.shares.end(), before.units, share), share *= std::sqrt(2);
  }
  widest_ = std::max(widest_, layer.inputs);
  if (!last) hidden_ += units;
  layers_.push_back(std::move(layer));
}

// Hidden weights start orthogonal: of random ones most singular values would be far below the largest, and every layer
// would take away most of what passes.
void LipschitzNet::init(Real* theta, Uniforms& random) const {
  const auto uniform = [&](const Place& place, int rows, int cols, int inputs) {
    const double reach = 1 / std::sqrt(static_cast<double>(inputs));
    for (int i = 0; i < rows; ++i)
      for (int k = 0; k < cols; ++k) theta[place.at(i, k)] = static_cast<Real>(reach * (2 * random.next() - 1));
  };
  for (std::size_t l = 0; l + 1 < layers_.size(); ++l) {
    const Layer& layer = layers_[l];
    uniform(layer.weight, layer.units, layer.inputs, layer.inputs);
    uniform(layer.bias, 1, layer.units, layer.inputs);
    if (largest_entry_) continue;
    const bool tall = layer.units >= layer.inputs;
    Eigen::MatrixXd w(tall ? layer.units : layer.inputs, tall ? layer.inputs : layer.units);
    const auto element = [&](int i, int k) -> double& { return tall ? w(i, k) : w(k, i); };
    for (int i = 0; i < layer.units; ++i)
      for (int k = 0; k < layer.inputs; ++k) element(i, k) = static_cast<double>(theta[layer.weight.at(i, k)]);
    w = orthogonal_factor(w);
    for (int i = 0; i < layer.units; ++i)
      for (int k = 0; k < layer.inputs; ++k)
        theta[layer.weight.at(i, k)] = static_cast<Real>(bound_ * element(i, k)) * share(layer, k);
  }
  if (context_ > 0) uniform(of_context_, layers_[0].units, context_, dim_ + context_);
  project(theta);
}

void LipschitzNet::project(Real* theta) const {
  constexpr Real kMost = static_cast<Real>(kernels::kLogScaleBound) / kSharp;  // a sharpness of 1000
  for (const Layer& layer : layers_) {
    for (int i = 0; i < layer.units && &layer != &layers_.back(); ++i) {
      Real& r = theta[layer.sharpness.at(0, i)];
      r = std::min(std::max(r, -kMost), kMost);
    }
    if (largest_entry_) {  // a row's sum bounds its entry
      for (int i = 0; i < layer.units; ++i) {
        Real* const row = theta + layer.weight.at(i, 0);
        double sum = 0;
        for (int k = 0; k < layer.inputs; ++k) sum += std::abs(static_cast<double>(row[k]));
        for (int k = 0; k < layer.inputs && sum > bound_; ++k) row[k] *= static_cast<Real>(bound_ / sum);
      }
      continue;
    }
    Batch scaled(layer.units, layer.inputs);
    for (int i = 0; i < layer.units; ++i)
      for (int k = 0; k < layer.inputs; ++k) scaled(i, k) = theta[layer.weight.at(i, k)] / share(layer, k);
    hold_spectral_norm(scaled, bound_);
    for (int i = 0; i < layer.units; ++i)
      for (int k = 0; k < layer.inputs; ++k) theta[layer.weight.at(i, k)] = scaled(i, k) * share(layer, k);
  }
}

void LipschitzNet::forward(Pass& pass, TileIn x, Real* memory, Tile out) const {
  const Memory<Real> at(memory, *this);
  Scratch scratch(*pass.scratch);
  Real* const sharpness = scratch.get((widest_ + dim_ + hidden_) / kTile + 1);
  const Real clip = static_cast<Real>(clip_);
  for (int i = 0; i < kTile * context_; ++i) at.context[i] = std::min(std::max(pass.context[i], -clip), clip);
  Tile(at.values, kTile, dim_) = kUnit * x;
  for (const Layer& layer : layers_) {
    const bool last = &layer == &layers_.back();
    Real* const a = last ? out.data() : at.a + kTile * layer.at;
    kernels::Product<Real> p;
    p.y = a;
    p.units = layer.units;
    p.bias = pass.theta + layer.bias.offset;
    if (&layer == layers_.data() && context_ > 0) {
      p.w = pass.theta + of_context_.offset;
      p.unit_stride = of_context_.ld;
      p.x = at.context;
      p.last = context_;
      kernels::product(p);
      p.bias = nullptr;
      p.accumulate = true;
    }
    p.w = pass.theta + layer.weight.offset;
    p.unit_stride = layer.weight.ld;
    p.x = at.values + kTile * layer.from;
    p.last = layer.inputs;
    kernels::product(p);
    if (last) return;
    for (int i = 0; i < layer.units; ++i) sharpness[i] = kSharp * pass.theta[layer.sharpness.at(0, i)];
    kernels::exp(sharpness, sharpness, static_cast<std::size_t>(layer.units));
    kernels::bend({a, sharpness, kUnit, lipswish_, layer.units, at.values + kTile * (dim_ + layer.at),
                   at.d + kTile * layer.at, at.d2 + kTile * layer.at});
  }
}

// y = W h, of the layer's inputs among `values`.
void LipschitzNet::product(const Real* theta, const Layer& layer, const Real* values, Real* y) {
  multiply({theta + layer.weight.offset, layer.units, layer.inputs, layer.weight.ld},
           TileIn(values + kTile * layer.from, kTile, layer.inputs), Tile(y, kTile, layer.units));
}

// What the layer's inputs have of dy. In a dense net, later layers have given them theirs.
void LipschitzNet::back(const Pass& pass, const Layer& layer, const Real* dy, Real* dvalues) const {
  const Matrix w{pass.theta + layer.weight.offset, layer.units, layer.inputs, layer.weight.ld};
  const TileIn from(dy, kTile, layer.units);
  const Tile to(dvalues + kTile * layer.from, kTile, layer.inputs);
  if (dense_ && &layer != &layers_.back()) add_product(w.transposed(), from, to);
  else multiply(w.transposed(), from, to);
}

void LipschitzNet::weights(Pass& pass, const Layer& layer, const Real* dy, const Real* values, bool bias) const {
  if (!pass.dtheta) return;
  add_gradient(pass, TileIn(dy, kTile, layer.units), TileIn(values + kTile * layer.from, kTile, layer.inputs),
               pass.dtheta + layer.weight.offset, layer.weight.ld);
  if (bias) add_sums(TileIn(dy, kTile, layer.units), pass.dtheta + layer.bias.offset);
}

void LipschitzNet::start(const Directions& directions, int j, Real* values) const {
  if (directions.v) {
    Tile(values, kTile, dim_) = kUnit * TileIn(directions.v + kTile * dim_ * j, kTile, dim_);
  } else {
    std::fill_n(values, kTile * dim_, Real(0));
    std::fill_n(values + kTile * j, kTile, kUnit);
  }
}

void LipschitzNet::along(Pass& pass, const Real* memory, const Directions& directions, Real* jv) const {
  const Memory<const Real> at(memory, *this);
  Scratch scratch(*pass.scratch);
  Real* const values = scratch.get(dim_ + hidden_);
  Real* const own = directions.sums ? nullptr : scratch.get(hidden_);
  for (int j = 0; j < directions.count; ++j) {
    Real* const sums = own ? own : directions.sums + kTile * hidden_ * j;
    start(directions, j, values);
    for (std::size_t l = 0; l + 1 < layers_.size(); ++l) {
      const Layer& layer = layers_[l];
      Real* const s = sums + kTile * layer.at;
      if (l > 0 || directions.v) product(pass.theta, layer, values, s);
      else
        for (int i = 0; i < layer.units; ++i)
          std::fill_n(s + kTile * i, kTile, kUnit * pass.theta[layer.weight.at(i, j)]);
      kernels::times(s, at.d + kTile * layer.at, layer.units, values + kTile * (dim_ + layer.at));
    }
    product(pass.theta, layers_.back(), values, jv + kTile * dim_ * j);
  }
}

void LipschitzNet::transposed(Pass& pass, const Real* memory, TileIn w, Tile jw) const {
  const Memory<const Real> at(memory, *this);
  Scratch scratch(*pass.scratch);
  Real *const dvalues = scratch.get(dim_ + hidden_), *const ds = scratch.get(widest_);
  back(pass, layers_.back(), w.data(), dvalues);
  for (std::size_t l = layers_.size() - 1; l-- > 0;) {
    const Layer& layer = layers_[l];
    kernels::times(dvalues + kTile * (dim_ + layer.at), at.d + kTile * layer.at, layer.units, ds);
    back(pass, layer, ds, dvalues);
  }
  jw = kUnit * Tile(dvalues, kTile, dim_);
}

// Of direction j: adds to dd, the gradient of the slopes, and to the weights'.
void LipschitzNet::back_along(Pass& pass, const Real* memory, const Directions& directions, int j, const Real* djv,
                              Real* dd) const {
  const Memory<const Real> at(memory, *this);
  const Real* const sums = directions.sums + kTile * hidden_ * j;
  Scratch scratch(*pass.scratch);
  Real *const values = scratch.get(dim_ + hidden_), *const dvalues = scratch.get(dim_ + hidden_),
              *const ds = scratch.get(widest_);
  start(directions, j, values);
  kernels::times(sums, at.d, hidden_, values + kTile * dim_);
  const Real* const dy = djv + kTile * dim_ * j;
  weights(pass, layers_.back(), dy, values, false);
  back(pass, layers_.back(), dy, dvalues);
  for (std::size_t l = layers_.size() - 1; l-- > 0;) {
    const Layer& layer = layers_[l];
    const int hidden_at = kTile * layer.at;
    kernels::slopes_backward(
        {dvalues + kTile * dim_ + hidden_at, sums + hidden_at, at.d + hidden_at, layer.units, dd + hidden_at, ds});
    if (l > 0 || directions.v) {
      weights(pass, layer, ds, values, false);
    } else if (pass.dtheta) {
      const TileIn columns(ds, kTile, layer.units);
      for (int i = 0; i < layer.units; ++i) pass.dtheta[layer.weight.at(i, j)] += kUnit * columns.col(i).sum();
    }
    if (l > 0) back(pass, layer, ds, dvalues);
  }
}

// With h = f(a) / b at b a: a gradient of the sharpness b is (a da - h dh) / b, that of its logarithm a da - h dh.
void LipschitzNet::backward(Pass& pass, const Real* memory, TileIn dout, const Directions& directions, const Real* djv,
                            Tile dx) const {
  const Memory<const Real> at(memory, *this);
  Scratch scratch(*pass.scratch);
  Real *const dvalues = scratch.get(dim_ + hidden_), *const dd = scratch.get(hidden_), *const da = scratch.get(widest_);
  std::fill_n(dd, kTile * hidden_, Real(0));
  for (int j = 0; j < directions.count; ++j) back_along(pass, memory, directions, j, djv, dd);
  weights(pass, layers_.back(), dout.data(), at.values, true);
  back(pass, layers_.back(), dout.data(), dvalues);
  for (std::size_t l = layers_.size() - 1; l-- > 0;) {
    const Layer& layer = layers_[l];
    const int hidden_at = kTile * layer.at;
    const Real *const dh = dvalues + kTile * dim_ + hidden_at, *const h = at.values + kTile * dim_ + hidden_at;
    kernels::curves_backward({dh, dd + hidden_at, at.d + hidden_at, at.d2 + hidden_at, layer.units, da});
    if (pass.dtheta)
      for (int i = 0; i < layer.units; ++i) {
        const auto column = [&](const Real* of) { return TileIn(of + kTile * i, kTile, 1); };
        pass.dtheta[layer.sharpness.at(0, i)] +=
            kSharp * (column(at.a + hidden_at).cwiseProduct(column(da)) - column(h).cwiseProduct(column(dh))).sum();
      }
    weights(pass, layer, da, at.values, true);
    back(pass, layer, da, dvalues);
  }
  dx = kUnit * Tile(dvalues, kTile, dim_);
  if (context_ > 0) context_backward(pass, at.context, da);
}

void LipschitzNet::context_backward(Pass& pass, const Real* clamped, const Real* da) const {
  const TileIn dy(da, kTile, layers_[0].units);
  if (pass.dtheta)
    add_gradient(pass, dy, TileIn(clamped, kTile, context_), pass.dtheta + of_context_.offset, of_context_.ld);
  if (!pass.dcontext) return;
  Scratch scratch(*pass.scratch);
  Tile dc = scratch.tile(context_);
  multiply(Matrix{pass.theta + of_context_.offset, layers_[0].units, context_, of_context_.ld}.transposed(), dy, dc);
  const Real clip = static_cast<Real>(clip_);
  for (int i = 0; i < kTile * context_; ++i)
    if (std::abs(pass.context[i]) < clip) pass.dcontext[i] += dc.data()[i];
}

}  // namespace NF_PRECISION
}  // namespace nf
