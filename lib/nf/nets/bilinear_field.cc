// bilinear_field.cc -- v = W2 (h + u) + .., h = tanh(W0 x + ..), u = tanh(W1 h + ..): two hidden layers with a way past
// the second, whose divergence costs one product of their width, whatever the number of columns. With d1 = 1 - h^2,
// d2 = 1 - u^2 and Q = W0 W2:
//   J = W2 diag(d2) W1 diag(d1) W0 + W2 diag(d1) W0,  tr J = d2' M d1 + m' d1,  M = W1 o Q', m = diag Q.
// Every layer sees the time, the first the context.
#include <algorithm>
#include <cmath>

#include "nf/kernels/kernels.h"
#include "nf/kernels/tanh_field.h"
#include "nf/nets/field.h"
#include "nf/nets/matrix.h"
#include "nf/nets/time_and_context.h"

namespace nf {
inline namespace NF_PRECISION {
namespace {

using Numbers = Eigen::Matrix<Real, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using Strided = Eigen::Map<Numbers, 0, Eigen::OuterStride<>>;
using StridedIn = Eigen::Map<const Numbers, 0, Eigen::OuterStride<>>;

class BilinearField final : public Field {
 public:
  BilinearField(SpecReader& spec, const Site& site)
      : dim_(site.dim),
        context_(site.context),
        hidden_(static_cast<int>(spec.integer("hidden", 128, 1, 1 << 13))),
        given_(spec, site),
        ld_((hidden_ + 15) / 16 * 16 + 16) {
    in_ = add_layer(site, "0", hidden_, dim_ + times() + context_);
    middle_ = add_layer(site, "1", hidden_, hidden_ + times());
    out_ = add_layer(site, "2", dim_, hidden_ + times());
    prepared_ = site.prepare((2 * hidden_ + 1) * ld_);
    spec_ = spec.canonical();
  }

  Json spec() const override { return spec_; }
  int columns() const override { return inputs() + 4 * hidden_ + 2 * times(); }
  void init(Real* theta, Uniforms& random) const override {
    for (const Layer* layer : {&in_, &middle_}) {
      const double reach = 1 / std::sqrt(static_cast<double>(layer->inputs));
      for (int i = 0; i < layer->units; ++i) {
        for (int k = 0; k < layer->inputs; ++k)
          theta[layer->weight.at(i, k)] = static_cast<Real>(reach * (2 * random.next() - 1));
        theta[layer->bias.at(0, i)] = static_cast<Real>(reach * (2 * random.next() - 1));
      }
    }
  }
  void prepare(Pass& pass, Real* prepared) const override {
    Real* const at = prepared + prepared_;
    Strided m(at, hidden_, hidden_, Eigen::OuterStride<>(ld_)),
        q(at + square(), hidden_, hidden_, Eigen::OuterStride<>(ld_));
    q.setZero();
    add_product(matrix(in_, pass.theta, hidden_, dim_), matrix(out_, pass.theta, dim_, hidden_), *pass.scratch,
                q.data(), ld_);
    m = second(pass.theta).cwiseProduct(q.transpose());
    for (int i = 0; i < hidden_; ++i) at[2 * square() + i] = q(i, i);
  }

  void forward(Pass& pass, const Real* t, TileIn x, Real* memory, Tile v, Real* q) const override {
    const Memory<Real> at(memory, *this);
    Tile(at.in, kTile, dim_) = x;
    Real* const times_at = at.in + kTile * dim_;
    given_.write(pass, t, times_at);
    layer(pass, in_, at.in, at.h, kernels::Activation::kTanh);
    std::copy_n(times_at, kTile * times(), at.h + kTile * hidden_);
    layer(pass, middle_, at.h, at.u, kernels::Activation::kTanh);
    std::copy_n(times_at, kTile * times(), at.s + kTile * hidden_);
    Tile(at.s, kTile, hidden_) = Tile(at.h, kTile, hidden_) + Tile(at.u, kTile, hidden_);
    layer(pass, out_, at.s, v.data(), kernels::Activation::kNone);
    if (!q) return;
    Scratch scratch(*pass.scratch);
    const Real* const diagonal = diagonal_of(pass);
    Real* const d1 = scratch.get(hidden_);
    kernels::tanh_slope(at.h, hidden_, d1);
    multiply({m_at(pass), hidden_, hidden_, ld_}, TileIn(d1, kTile, hidden_), Tile(at.product, kTile, hidden_));
    kernels::tanh_trace({at.u, at.product, d1, diagonal, hidden_, q});
  }

  void backward(Pass& pass, const Real* memory, TileIn dv, const Real* dq, Tile dx, Real* gathered) const override {
    const Memory<const Real> at(memory, *this);
    Scratch scratch(*pass.scratch);
    Real *const dh = scratch.get(hidden_), *const da = scratch.get(hidden_), *const d1 = scratch.get(hidden_);
    multiply(matrix(out_, pass.theta, dim_, hidden_).transposed(), dv, Tile(dh, kTile, hidden_));
    Real *const p = scratch.get(hidden_), *const dd1 = scratch.get(hidden_);
    kernels::tanh_outer({at.u, at.product, dh, dq, hidden_, da, p});
    weights(pass, out_, dv.data(), at.s);
    weights(pass, middle_, da, at.h);
    add_product(matrix(middle_, pass.theta, hidden_, hidden_).transposed(), TileIn(da, kTile, hidden_),
                Tile(dh, kTile, hidden_));
    if (dq) {
      multiply(Matrix{m_at(pass), hidden_, hidden_, ld_}.transposed(), TileIn(p, kTile, hidden_),
               Tile(dd1, kTile, hidden_));
      if (pass.dtheta) gather(pass, at.h, p, dq, d1, gathered);
    }
    kernels::tanh_inner({at.h, dh, dd1, diagonal_of(pass), dq, hidden_, da});
    weights(pass, in_, da, at.in);
    multiply(matrix(in_, pass.theta, hidden_, dim_).transposed(), TileIn(da, kTile, hidden_), dx);
    if (!pass.dcontext || context_ == 0) return;
    Tile dc = scratch.tile(context_);
    multiply(Matrix{pass.theta + in_.weight.at(0, dim_ + times()), hidden_, context_, in_.weight.ld}.transposed(),
             TileIn(da, kTile, hidden_), dc);
    given_.add_gradient(pass, dc.data());
  }

  // dM and dm; M = W1 o Q', m = diag Q, Q = W0 W2.
  int gathered() const override { return (hidden_ + 1) * ld_; }
  void fold(Pass& pass, const Real* gathered) const override {
    const StridedIn dm(gathered, hidden_, hidden_, Eigen::OuterStride<>(ld_));
    const Real* const diagonal = gathered + square();
    Scratch scratch(*pass.scratch);
    Strided dq(scratch.get((static_cast<int>(square()) + kTile - 1) / kTile), hidden_, hidden_,
               Eigen::OuterStride<>(ld_));
    dq = dm.cwiseProduct(second(pass.theta)).transpose();
    for (int i = 0; i < hidden_; ++i) dq(i, i) += diagonal[i];
    of(middle_, pass.dtheta, hidden_, hidden_) += dm.cwiseProduct(q_of(pass).transpose());
    const Matrix by_q{dq.data(), hidden_, hidden_, ld_};
    add_product(by_q, matrix(out_, pass.theta, dim_, hidden_).transposed(), *pass.scratch,
                pass.dtheta + in_.weight.offset, in_.weight.ld);
    add_product(matrix(in_, pass.theta, hidden_, dim_).transposed(), by_q, *pass.scratch,
                pass.dtheta + out_.weight.offset, out_.weight.ld);
  }

 private:
  void gather(Pass& pass, const Real* h, const Real* p, const Real* dq, Real* d1, Real* gathered) const {
    kernels::tanh_slope(h, hidden_, d1);
    add_gradient(pass, TileIn(p, kTile, hidden_), TileIn(d1, kTile, hidden_), gathered, ld_);
    const TileIn q(dq, kTile, 1), slopes(d1, kTile, hidden_);
    for (int j = 0; j < hidden_; ++j) gathered[square() + j] += slopes.col(j).dot(q.col(0));
  }
  struct Layer {
    Place weight, bias;
    int units = 0, inputs = 0;
  };
  // An evaluation's: what the first layer sees; h, u and their sum, the first and the last with the times behind them;
  // M d1.
  template <class Number>
  struct Memory {
    Memory(Number* memory, const BilinearField& a)
        : in(memory),
          h(in + kTile * a.inputs()),
          u(h + kTile * (a.hidden_ + a.times())),
          s(u + kTile * a.hidden_),
          product(s + kTile * (a.hidden_ + a.times())) {}
    Number *in, *h, *u, *s, *product;
  };
  // What prepare makes: M, Q, m.
  const Real* m_at(const Pass& pass) const { return pass.prepared + prepared_; }
  std::ptrdiff_t square() const { return static_cast<std::ptrdiff_t>(hidden_) * ld_; }
  StridedIn q_of(const Pass& pass) const {
    return {m_at(pass) + square(), hidden_, hidden_, Eigen::OuterStride<>(ld_)};
  }
  const Real* diagonal_of(const Pass& pass) const { return m_at(pass) + 2 * square(); }

  int times() const { return given_.times(); }
  int inputs() const { return dim_ + given_.columns(); }
  static Layer add_layer(const Site& site, const char* number, int units, int inputs) {
    const auto add = [&](const char* what, int rows, int cols, bool decay) {
      const std::string name = site.name + ".field." + what + "." + number;
      const Slot& slot = site.params[site.params.add({.name = name, .rows = rows, .cols = cols, .decay = decay})];
      return Place{slot.offset, slot.ld};
    };
    return {add("weight", units, inputs, true), add("bias", 1, units, false), units, inputs};
  }
  static StridedIn of(const Layer& layer, const Real* theta, int rows, int cols) {
    return {theta + layer.weight.offset, rows, cols, Eigen::OuterStride<>(layer.weight.ld)};
  }
  static Strided of(const Layer& layer, Real* theta, int rows, int cols) {
    return {theta + layer.weight.offset, rows, cols, Eigen::OuterStride<>(layer.weight.ld)};
  }
  static Matrix matrix(const Layer& layer, const Real* theta, int rows, int cols) {
    return {theta + layer.weight.offset, rows, cols, layer.weight.ld};
  }
  StridedIn second(const Real* theta) const { return of(middle_, theta, hidden_, hidden_); }

  static void layer(const Pass& pass, const Layer& layer, const Real* x, Real* y, kernels::Activation activation) {
    kernels::Product<Real> p;
    p.w = pass.theta + layer.weight.offset;
    p.unit_stride = layer.weight.ld;
    p.x = x;
    p.y = y;
    p.units = layer.units;
    p.last = layer.inputs;
    p.bias = pass.theta + layer.bias.offset;
    p.activation = activation;
    kernels::product(p);
  }
  static void weights(Pass& pass, const Layer& layer, const Real* dy, const Real* x) {
    if (!pass.dtheta) return;
    Scratch scratch(*pass.scratch);
    kernels::WeightGradient<Real> g;
    g.dy = dy;
    g.x = x;
    g.units = layer.units;
    g.inputs = layer.inputs;
    g.dw = pass.dtheta + layer.weight.offset;
    g.ld = layer.weight.ld;
    g.db = pass.dtheta + layer.bias.offset;
    g.scratch = scratch.get(g.inputs + 64);
    kernels::weight_gradient(g);
  }

  int dim_, context_, hidden_;
  TimeAndContext given_;
  int ld_;
  Layer in_, middle_, out_;
  int prepared_ = 0;
  Json spec_;
};

}  // namespace

std::unique_ptr<Field> make_bilinear(SpecReader& spec, const Site& site) {
  return std::make_unique<BilinearField>(spec, site);
}

}  // namespace NF_PRECISION
}  // namespace nf
