#include "nf/nets/mlp.h"

#include <algorithm>
#include <cmath>

namespace nf {
inline namespace NF_PRECISION {

using kernels::Activation;
using kernels::Product;

namespace {

using Numbers = Eigen::Array<Real, Eigen::Dynamic, 1>;
using ArrayIn = Eigen::Map<const Numbers>;
ArrayIn array(const Real* at, std::ptrdiff_t count) { return {at, count}; }

}  // namespace

NetSpec read_net(SpecReader& spec) {
  NetSpec net;
  net.hidden = spec.integers("hidden", {64, 64}, 1, 1 << 14);
  if (net.hidden.size() > 64) spec.fail("'hidden' has more than 64 layers");
  net.activation = spec.word("activation", "relu", {"relu", "tanh"}) == "relu" ? kernels::Activation::kRelu
                                                                               : kernels::Activation::kTanh;
  net.residual = spec.flag("residual", false);
  for (int width : net.hidden)
    if (net.residual && width != net.hidden.front()) spec.fail("'residual' needs hidden layers of equal width");
  return net;
}

Mlp::Mlp(MlpShape shape, Params& params, const std::string& name) : shape_(std::move(shape)) {
  const int count = layers() + 1;
  int inputs = shape_.inputs;
  for (int l = 0; l < count; ++l) {
    const auto index = static_cast<std::size_t>(l);
    Layer layer;
    layer.inputs = inputs;
    layer.units = l + 1 < count ? shape_.hidden[index] : shape_.outputs;
    Slot weight{.name = name + ".weight." + std::to_string(l), .rows = layer.units, .cols = inputs, .decay = true};
    if (!shape_.row_len.empty()) {
      layer.end = weight.row_len = shape_.row_len[index];
      layer.begin.resize(inputs);
      for (int k = 0; k < inputs; ++k)
        layer.begin[k] = static_cast<int>(std::upper_bound(layer.end.begin(), layer.end.end(), k) - layer.end.begin());
    }
    layer.weight = params.add(std::move(weight));
    layer.bias = params.add({.name = name + ".bias." + std::to_string(l), .rows = 1, .cols = layer.units});
    layer.weight_at = params[layer.weight].offset;
    layer.bias_at = params[layer.bias].offset;
    layer.ld = params[layer.weight].ld;
    if (l + 1 < count) {
      layer.activated = layer.summed = columns_;
      columns_ += layer.units;
      if (shape_.residual && l > 0) {
        layer.summed = columns_;
        columns_ += layer.units;
      }
    }
    widest_ = std::max(widest_, inputs);
    inputs = layer.units;
    layers_.push_back(std::move(layer));
  }
}

void Mlp::init(Real* theta, Uniforms& random, const Vector& output_bias) const {
  for (int l = 0; l < layers(); ++l) init_layer(theta, random, layers_[l]);
  set_output_bias(theta, output_bias);
}

void Mlp::init_output(Real* theta, Uniforms& random) const { init_layer(theta, random, layers_.back()); }

void Mlp::init_layer(Real* theta, Uniforms& random, const Layer& layer) const {
  // By the layer's full fan-in, masked or not: with wider starts small tables are fitted to their noise (measured).
  const double bound = 1 / std::sqrt(std::max(layer.inputs, 1));
  for (int n = 0; n < layer.units; ++n) {
    const int live = layer.end.empty() ? layer.inputs : layer.end[n];
    Real* row = theta + layer.weight_at + static_cast<std::size_t>(n) * static_cast<std::size_t>(layer.ld);
    for (int k = 0; k < live; ++k) row[k] = static_cast<Real>(bound * (2 * random.next() - 1));
    theta[layer.bias_at + n] = static_cast<Real>(bound * (2 * random.next() - 1));
  }
}

void Mlp::widen(Real* theta, Real factor) const {
  for (const Layer& layer : layers_) {
    for (int n = 0; n < layer.units; ++n) {
      Real* row = theta + layer.weight_at + static_cast<std::size_t>(n) * static_cast<std::size_t>(layer.ld);
      for (int k = 0; k < (layer.end.empty() ? layer.inputs : layer.end[n]); ++k) row[k] *= factor;
    }
    for (int n = 0; n < layer.units; ++n) theta[layer.bias_at + n] *= factor;
  }
}

void Mlp::set_output_bias(Real* theta, const Vector& output_bias) const {
  std::copy_n(output_bias.data(), shape_.outputs, theta + layers_.back().bias_at);
}

const Real* Mlp::input_of(int layer, const Real* x, const Real* memory) const {
  return layer == 0 ? x : memory + kTile * layers_[static_cast<std::size_t>(layer) - 1].summed;
}

void Mlp::forward(const Real* theta, const Real* x, Real* memory, Real* out) const {
  for (int l = 0; l < layers(); ++l) forward_hidden(theta, x, memory, l, 0, width(l));
  const Layer& last = layers_.back();
  Product<Real> p;
  p.w = theta + last.weight_at;
  p.unit_stride = last.ld;
  p.x = input_of(layers(), x, memory);
  p.y = out;
  p.units = last.units;
  p.end = last.end.empty() ? nullptr : last.end.data();
  p.last = last.inputs;
  p.bias = theta + last.bias_at;
  kernels::product(p);
}

void Mlp::forward_hidden(const Real* theta, const Real* x, Real* memory, int l, int begin, int end) const {
  if (begin >= end) return;
  const Layer& layer = layers_[l];
  const auto at = static_cast<std::size_t>(begin);
  Product<Real> p;
  p.w = theta + layer.weight_at + at * static_cast<std::size_t>(layer.ld);
  p.unit_stride = layer.ld;
  p.x = input_of(l, x, memory);
  p.y = memory + kTile * (layer.activated + begin);
  p.units = end - begin;
  p.end = layer.end.empty() ? nullptr : layer.end.data() + at;
  p.last = layer.inputs;
  p.bias = theta + layer.bias_at + at;
  p.activation = shape_.activation;
  kernels::product(p);
  if (layer.summed != layer.activated) {
    const Real* before = p.x + kTile * begin;
    Real* sum = memory + kTile * (layer.summed + begin);
    for (int i = 0; i < kTile * p.units; ++i) sum[i] = before[i] + p.y[i];
  }
}

void Mlp::start_output(const Real* theta, Real* out) const {
  const Layer& last = layers_.back();
  for (int j = 0; j < last.units; ++j) std::fill_n(out + kTile * j, kTile, theta[last.bias_at + j]);
}

void Mlp::push_output(const Real* theta, const Real* x, const Real* memory, int begin, int end, int first_output,
                      int last_output, Real* out) const {
  const Layer& last = layers_.back();
  if (begin >= end || first_output >= last_output) return;
  Product<Real> p;
  p.w = theta + last.weight_at + static_cast<std::size_t>(first_output) * static_cast<std::size_t>(last.ld);
  p.unit_stride = last.ld;
  p.x = input_of(layers(), x, memory);
  p.y = out + kTile * first_output;
  p.units = last_output - first_output;
  p.first = begin;
  p.last = end;
  p.accumulate = true;
  kernels::product(p);
}

// The gradient block mirrors memory: at `activated` the gradient of the sum W h + b, at `summed` (residual) that of h.
void Mlp::backward_hidden(const Real* theta, const Real* memory, const Real* dout, Real* gradients, int l, int begin,
                          int end) const {
  if (begin >= end) return;
  const Layer& layer = layers_[l];
  const Layer& next = layers_[static_cast<std::size_t>(l) + 1];
  const Real* dnext = l + 1 == layers() ? dout : gradients + kTile * next.activated;
  Real* da = gradients + kTile * (layer.activated + begin);
  const Real* u = memory + kTile * (layer.activated + begin);
  Product<Real> p;
  p.w = theta + next.weight_at + begin;
  p.unit_stride = 1;
  p.input_stride = next.ld;
  p.x = dnext;
  p.units = end - begin;
  p.begin = next.begin.empty() ? nullptr : next.begin.data() + begin;
  p.last = next.units;
  if (!shape_.residual) {
    p.y = da;
    p.gate = u;
    p.gate_activation = shape_.activation;
    kernels::product(p);
    return;
  }
  Real* dh = gradients + kTile * (layer.summed + begin);
  if (l + 1 < layers()) {
    std::copy_n(gradients + kTile * (next.summed + begin), kTile * p.units, dh);
    p.accumulate = true;
  }
  p.y = dh;
  kernels::product(p);
  for (int i = 0; i < kTile * p.units; ++i) da[i] = dh[i] * slope(u[i]);
}

void Mlp::backward_input(const Real* theta, const Real* gradients, const Real* dout, int begin, int end,
                         Real* dx) const {
  if (begin >= end) return;
  const Layer& first = layers_.front();
  Product<Real> p;
  p.w = theta + first.weight_at + begin;
  p.unit_stride = 1;
  p.input_stride = first.ld;
  p.x = layers() == 0 ? dout : gradients + kTile * first.activated;
  p.y = dx + kTile * begin;
  p.units = end - begin;
  p.begin = first.begin.empty() ? nullptr : first.begin.data() + begin;
  p.last = first.units;
  kernels::product(p);
}

void Mlp::weight_gradients(Pass& pass, const Real* x, const Real* memory, const Real* gradients, const Real* dout,
                           bool biases) const {
  if (!pass.dtheta) return;
  Scratch scratch(*pass.scratch);
  Real* panels = scratch.get(widest_ + 64);
  for (int l = layers(); l >= 0; --l) {
    const Layer& layer = layers_[l];
    kernels::WeightGradient<Real> g;
    g.dy = l == layers() ? dout : gradients + kTile * layer.activated;
    g.x = input_of(l, x, memory);
    g.units = layer.units;
    g.inputs = layer.inputs;
    g.end = layer.end.empty() ? nullptr : layer.end.data();
    g.dw = pass.dtheta + layer.weight_at;
    g.ld = layer.ld;
    g.db = biases ? pass.dtheta + layer.bias_at : nullptr;
    g.scratch = panels;
    kernels::weight_gradient(g);
  }
}

void Mlp::backward(Pass& pass, const Real* x, const Real* memory, const Real* dout, Real* dx) const {
  Scratch scratch(*pass.scratch);
  Real* gradients = scratch.get(columns_);
  for (int l = layers() - 1; l >= 0; --l) backward_hidden(pass.theta, memory, dout, gradients, l, 0, width(l));
  if (dx) backward_input(pass.theta, gradients, dout, 0, shape_.inputs, dx);
  weight_gradients(pass, x, memory, gradients, dout);
}

// With s = W t_before and t = act'(a) s (+ t_before): t stands in `along` as h does in memory, s in a second block.
void Mlp::tangent(const Real* theta, const Real* memory, const Real* v, Real* along, Real* jv) const {
  Real* sums = along + kTile * columns_;
  for (int l = 0; l <= layers(); ++l) {
    const Layer& layer = layers_[l];
    Product<Real> p;
    p.w = theta + layer.weight_at;
    p.unit_stride = layer.ld;
    p.x = input_of(l, v, along);
    p.y = l == layers() ? jv : sums + kTile * layer.activated;
    p.units = layer.units;
    p.end = layer.end.empty() ? nullptr : layer.end.data();
    p.last = layer.inputs;
    kernels::product(p);
    if (l == layers()) return;
    const ArrayIn u = array(memory + kTile * layer.activated, kTile * p.units), s = array(p.y, kTile * p.units);
    Eigen::Map<Numbers> t(along + kTile * layer.activated, kTile * p.units);
    if (shape_.activation == Activation::kTanh) t = (1 - u.square()) * s;
    else t = (u > 0).select(s, Real(0));
    if (layer.summed == layer.activated) continue;
    Real* sum = along + kTile * layer.summed;
    Eigen::Map<Numbers>(sum, kTile * p.units) = array(p.x, kTile * p.units) + t;
  }
}

// ds = act'(a) dt; a has, beside act'(a) dh, act''(a) s dt: for tanh -2 u s ds, for relu 0.
void Mlp::tangent_backward(Pass& pass, const Real* x, const Real* memory, const Real* v, const Real* along,
                           const Real* dout, const Real* djv, Real* dx, Real* dv) const {
  Scratch scratch(*pass.scratch);
  Real *da = scratch.get(columns_), *ds = scratch.get(columns_);
  const Real* sums = along + kTile * columns_;
  for (int l = layers() - 1; l >= 0; --l) {
    backward_hidden(pass.theta, memory, djv, ds, l, 0, width(l));
    backward_hidden(pass.theta, memory, dout, da, l, 0, width(l));
    if (shape_.activation != Activation::kTanh) continue;
    const std::ptrdiff_t at = kTile * layers_[l].activated, count = kTile * width(l);
    Eigen::Map<Numbers>(da + at, count) -=
        2 * array(memory + at, count) * array(sums + at, count) * array(ds + at, count);
  }
  if (dx) backward_input(pass.theta, da, dout, 0, shape_.inputs, dx);
  if (dv) backward_input(pass.theta, ds, djv, 0, shape_.inputs, dv);
  weight_gradients(pass, x, memory, da, dout);
  weight_gradients(pass, v, along, ds, djv, false);
}

std::unique_ptr<Net> make_mlp(SpecReader& spec, const Site& site, const char* what, int inputs, int outputs) {
  const NetSpec net = read_net(spec);
  MlpShape shape{.inputs = inputs,
                 .outputs = outputs,
                 .hidden = net.hidden,
                 .activation = net.activation,
                 .residual = net.residual,
                 .row_len = {}};
  return std::make_unique<Mlp>(std::move(shape), site.params, site.name + "." + what);
}

}  // namespace NF_PRECISION
}  // namespace nf
