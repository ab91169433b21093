// hollow_field.cc -- v_i = sum_k alpha_k tanh(beta_k x_i + gamma_k) + delta x_i + epsilon, (alpha.., epsilon) = phi_i a
// function of the other columns, the time and the context: the Jacobian is a diagonal, in closed form, and a rest with
// a hollow one, so the divergence costs next to nothing. Chen, Duvenaud, Neural networks with cheap differential
// operators, 2019, arXiv:1912.03579.
//
// Two masked nets go through the columns in either direction: what they say of x_1 .. x_{i-1} and of x_{i+1} .. x_D, a
// summary each, and the time go to a small net, the same for all columns, whose output is phi_i.
#include <algorithm>
#include <cmath>

#include "nf/kernels/tanh_terms.h"
#include "nf/nets/field.h"
#include "nf/nets/made.h"
#include "nf/nets/time_and_context.h"

namespace nf {
inline namespace NF_PRECISION {
namespace {

class HollowField final : public Field {
 public:
  HollowField(SpecReader& spec, const Site& site)
      : dim_(site.dim),
        hidden_(spec.integers("hidden", {128, 128}, 1, 1 << 13)),
        summary_(static_cast<int>(spec.integer("summary", 16, 1, 1 << 10))),
        mix_(spec.integers("mix", {32}, 1, 1 << 10)),
        terms_(static_cast<int>(spec.integer("terms", 16, 1, 64))),
        given_(spec, site),
        before_(masked(site, "before")),
        after_(masked(site, "after")),
        shared_({.inputs = shared_inputs(),
                 .outputs = params(),
                 .hidden = mix_,
                 .activation = kernels::Activation::kTanh,
                 .residual = false,
                 .row_len = {}},
                site.params, site.name + ".field.shared"),
        spec_(spec.canonical()) {
    for (const std::vector<int>* list : {&hidden_, &mix_})
      if (list->empty() || list->size() > 64) spec.fail("'hidden' and 'mix' are lists of 1 to 64 widths");
  }

  Json spec() const override { return spec_; }
  int columns() const override {
    return 2 * (inputs() + before_.mlp().columns()) + dim_ * (shared_inputs() + shared_.columns() + params() + terms_);
  }
  // At rest, the steps of each column side by side. The masked nets start so wide that the other columns are heard
  // beside the time: weights of variance 1 / inputs.
  void init(Real* theta, Uniforms& random) const override {
    for (const Made* made : {&before_, &after_}) {
      made->mlp().init(theta, random, Vector::Zero(dim_ * summary_));
      made->mlp().init_output(theta, random);
      made->mlp().widen(theta, std::sqrt(Real(3)));
    }
    Vector phi = Vector::Zero(params());
    for (int k = 0; k < terms_; ++k) {
      phi[terms_ + k] = 1;
      phi[2 * terms_ + k] = static_cast<Real>(terms_ == 1 ? 0 : 4.0 * k / (terms_ - 1) - 2);
    }
    shared_.init(theta, random, phi);
  }

  void forward(Pass& pass, const Real* t, TileIn x, Real* memory, Tile v, Real* q) const override {
    const Memory<Real> at(memory, *this);
    given_.write(pass, t, at.from_first);
    std::copy_n(at.from_first, kTile * given_.columns(), at.from_last);
    for (int i = 0; i < dim_; ++i) {
      Tile(at.from_first + kTile * (given_.columns() + i), kTile, 1) = x.col(i);
      Tile(at.from_last + kTile * (given_.columns() + dim_ - 1 - i), kTile, 1) = x.col(i);
    }
    Scratch scratch(*pass.scratch);
    Real *const before = scratch.get(dim_ * summary_), *const after = scratch.get(dim_ * summary_);
    before_.mlp().forward(pass.theta, at.from_first, at.before, before);
    after_.mlp().forward(pass.theta, at.from_last, at.after, after);
    for (int i = 0; i < dim_; ++i) {
      Real* const others = at.others + kTile * shared_inputs() * i;
      std::copy_n(before + side(i), kTile * summary_, others);
      std::copy_n(after + side(dim_ - 1 - i), kTile * summary_, others + kTile * summary_);
      std::copy_n(at.from_first, kTile * given_.times(), others + 2 * kTile * summary_);
      shared_.forward(pass.theta, others, at.shared + kTile * shared_.columns() * i, at.phi + kTile * params() * i);
    }
    kernels::tanh_terms({x.data(), at.phi, dim_, terms_, at.steps, v.data(), q});
  }

  void backward(Pass& pass, const Real* memory, TileIn dv, const Real* dq, Tile dx, Real*) const override {
    const Memory<const Real> at(memory, *this);
    Scratch scratch(*pass.scratch);
    Real *const dphi = scratch.get(dim_ * params()), *const dothers = scratch.get(shared_inputs());
    Real *const dbefore = scratch.get(dim_ * summary_), *const dafter = scratch.get(dim_ * summary_);
    kernels::tanh_terms_gradient(
        {at.from_first + kTile * given_.columns(), at.phi, at.steps, dv.data(), dq, dim_, terms_, dx.data(), dphi});
    for (int i = 0; i < dim_; ++i) {
      shared_.backward(pass, at.others + kTile * shared_inputs() * i, at.shared + kTile * shared_.columns() * i,
                       dphi + kTile * params() * i, dothers);
      std::copy_n(dothers, kTile * summary_, dbefore + side(i));
      std::copy_n(dothers + kTile * summary_, kTile * summary_, dafter + side(dim_ - 1 - i));
    }
    Tile din = scratch.tile(inputs());
    before_.mlp().backward(pass, at.from_first, at.before, dbefore, din.data());
    dx += din.rightCols(dim_);
    given_.add_gradient(pass, din.data() + kTile * given_.times());
    after_.mlp().backward(pass, at.from_last, at.after, dafter, din.data());
    dx += din.rightCols(dim_).rowwise().reverse();
    given_.add_gradient(pass, din.data() + kTile * given_.times());
  }

  // tanh^(n) = P_n(tanh), P_0 = s, P_{n+1} = (1 - s^2) P_n'.
  void derivatives(Pass&, const Real* memory, int order, Tile d) const override {
    if (order < 1) throw Error("a derivative of order " + std::to_string(order));
    const Memory<const Real> at(memory, *this);
    std::vector<Real> p = {0, 1};
    for (int n = 0; n < order; ++n) {
      std::vector<Real> next(p.size() + 1);
      for (std::size_t m = 1; m < p.size(); ++m) {
        next[m - 1] += static_cast<Real>(m) * p[m];
        next[m + 1] -= static_cast<Real>(m) * p[m];
      }
      p = std::move(next);
    }
    for (int i = 0; i < dim_; ++i) {
      const TileIn phi(at.phi + kTile * params() * i, kTile, params()), s(at.steps + kTile * terms_ * i, kTile, terms_);
      d.col(i).setZero();
      if (order == 1) d.col(i) = phi.col(3 * terms_);
      for (int k = 0; k < terms_; ++k)
        for (int r = 0; r < kTile; ++r) {
          Real value = 0;
          for (std::size_t m = p.size(); m-- > 0;) value = value * s(r, k) + p[m];
          d(r, i) += phi(r, k) * std::pow(phi(r, terms_ + k), static_cast<Real>(order)) * value;
        }
    }
  }

 private:
  // An evaluation's: what the masked nets see, and their units; what the shared net sees, its units, phi and the steps,
  // column after column.
  template <class Number>
  struct Memory {
    Memory(Number* memory, const HollowField& a)
        : from_first(memory),
          from_last(from_first + kTile * a.inputs()),
          before(from_last + kTile * a.inputs()),
          after(before + kTile * a.before_.mlp().columns()),
          others(after + kTile * a.after_.mlp().columns()),
          shared(others + kTile * a.dim_ * a.shared_inputs()),
          phi(shared + kTile * a.dim_ * a.shared_.columns()),
          steps(phi + kTile * a.dim_ * a.params()) {}
    Number *from_first, *from_last, *before, *after, *others, *shared, *phi, *steps;
  };
  int inputs() const { return given_.columns() + dim_; }
  int params() const { return 3 * terms_ + 2; }
  int shared_inputs() const { return 2 * summary_ + given_.times(); }
  std::ptrdiff_t side(int i) const { return static_cast<std::ptrdiff_t>(kTile) * summary_ * i; }
  Made masked(const Site& site, const char* what) const {
    const auto count = static_cast<std::size_t>(dim_);
    return {given_.columns(),
            std::vector<int>(count, 1),
            std::vector<int>(count, summary_),
            {hidden_, kernels::Activation::kTanh, false},
            Made::default_degrees(given_.columns(), dim_, hidden_),
            site.params,
            site.name + ".field." + what};
  }

  int dim_;
  std::vector<int> hidden_;
  int summary_;
  std::vector<int> mix_;
  int terms_;
  TimeAndContext given_;
  Made before_, after_;
  Mlp shared_;
  Json spec_;
};

}  // namespace

std::unique_ptr<Field> make_hollow(SpecReader& spec, const Site& site) {
  return std::make_unique<HollowField>(spec, site);
}

}  // namespace NF_PRECISION
}  // namespace nf
