// mixture.cc -- several flows at once: p(x) = sum_k w_k p_k(x), each p_k the density of some layers over a standard
// base. Dinh, Sohl-Dickstein, Pascanu, Larochelle, A RAD approach to deep mixture models, 2019, arXiv:1903.07714,
// section 2, where the flows share no space; here they overlap, and x belongs to each by its share in p(x).
//
// forward sends x through all of them, draws one by its share and gives that one's noise; one column more, standard
// normal, says which: its probability lies in the interval of the chosen one's weight. What is drawn changes nothing in
// the density. inverse finds the flow in whose interval the last column lies.
#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "nf/core/normal.h"
#include "nf/layers/sequence.h"

namespace nf {
inline namespace NF_PRECISION {
namespace {

constexpr int kMostFlows = 32;
constexpr double kLeast = 1e-5;  // a weight: floats of a normal number tell apart what is larger

class Mixture final : public Layer {
 public:
  Mixture(SpecReader& spec, const Site& site) : dim_(site.dim), manifolds_(site.manifolds) {
    const Json given = spec.value("flows", Json::array({Json::array()}));
    if (!given.is_array() || given.empty() || given.size() > kMostFlows)
      spec.fail("'flows' is not a list of 1 to " + std::to_string(kMostFlows) + " lists of layers");
    logits_ = site.add("logits", 1, static_cast<int>(given.size()));
    stream_ = site.wants.streams.add(1);
    traits_ = {.dim = dim_, .noise_dim = dim_ + 1, .keeps_manifolds = true, .discrete = true, .keeps_gaps = true};
    traits_.order.resize(dim_);
    Json canonical = Json::array();
    for (std::size_t k = 0; k < given.size(); ++k) {
      Site own = site;
      own.name += ".flows." + std::to_string(k);
      flows_.push_back(std::make_unique<Sequence>(given[k], own));
      const Traits& t = flows_[k]->traits();
      if (t.noise_dim != dim_) spec.fail("flow " + std::to_string(k) + " does not keep the number of columns");
      traits_.exact = traits_.exact && t.exact;
      traits_.exact_inverse = traits_.exact_inverse && t.exact;  // inverse asks all others for their densities
      traits_.approximate = traits_.approximate || t.approximate;
      traits_.ld_gradient = traits_.ld_gradient && t.ld_gradient;
      traits_.one_to_one = traits_.one_to_one && t.one_to_one;
      traits_.parallel_forward = traits_.parallel_forward && t.parallel_forward;
      traits_.parallel_inverse = traits_.parallel_inverse && t.parallel_inverse && t.parallel_forward;
      traits_.keeps_gaps = traits_.keeps_gaps && t.keeps_gaps;
      traits_.order = joined_order(traits_.order, t.order);
      traits_.wants_data = traits_.wants_data || t.wants_data;
      traits_.collects = traits_.collects || t.collects;
      canonical.push_back(flows_[k]->spec());
    }
    for (int j = 0; j < dim_; ++j)
      if (is_line(j)) traits_.normal_noise.push_back(j);
    traits_.normal_noise.push_back(dim_);
    spec.replace("flows", canonical);
    spec_ = spec.canonical();
  }

  void init(Real* theta, Uniforms& random) const override {
    for (const auto& flow : flows_) flow->init(theta, random);
  }
  void init_data(Real* theta, const Start& start) const override {
    for (const auto& flow : flows_) flow->init_data(theta, start);
  }
  void prepare(Pass& pass, Real* prepared) const override {
    for (const auto& flow : flows_) flow->prepare(pass, prepared);
  }
  void after_step(Real* theta, const double* stats) const override {
    for (const auto& flow : flows_) flow->after_step(theta, stats);
  }

  void forward(Pass& pass, TileIn x, Tile z, LogDet& ld) const override {
    Scratch scratch(*pass.scratch);
    State s(scratch.tile(State::columns(*this)), *this);
    const Weights w = weights(pass);
    const LogDet lp = encode_all(pass, x, w, s);
    Tile v = scratch.tile(2);  // which, and where in its interval
    pass.noise.uniforms(stream_, 2, v.data());
    alignas(64) double u[kTile], n[kTile];
    for (int r = 0; r < kTile; ++r) u[r] = draw(static_cast<double>(v(r, 0)), static_cast<double>(v(r, 1)), w, r, s);
    normal_quantiles(u, n);
    for (int r = 0; r < kTile; ++r) {
      s.n(r, 0) = static_cast<Real>(n[r]);
      const int k = s.flow(r);
      for (int j = 0; j < dim_; ++j) z(r, j) = s.noise(k)(r, j);
      z(r, dim_) = s.n(r, 0);
      ld(r) += lp(r) - log_base(s.noise(k), r) - log_normal(static_cast<double>(s.n(r, 0)));
    }
    keep(pass, in(s.all));
  }

  void inverse(Pass& pass, TileIn z, Tile x, LogDet& ld) const override {
    Scratch scratch(*pass.scratch);
    State s(scratch.tile(State::columns(*this)), *this);
    const Weights w = weights(pass);
    s.all.setZero();
    s.given = columns(z, 0, dim_);
    s.n = z.col(dim_);
    for (int r = 0; r < kTile; ++r)
      s.chosen(r, 0) = static_cast<Real>(w.at(normal_probability(static_cast<double>(s.n(r, 0)))));
    Tile own = scratch.tile(dim_);
    for (int k = 0; k < size(); ++k) {
      if (!s.has(k)) continue;
      LogDet unused = LogDet::Zero();
      flows_[k]->inverse(pass, columns(z, 0, dim_), own, unused);
      s.take(k, in(own), x);
    }
    if (!pass.wants_ld && !pass.tape) return;
    const LogDet lp = encode_all(pass, in(x), w, s);
    for (int r = 0; r < kTile; ++r) ld(r) -= lp(r) - log_base(s.given, r) - log_normal(static_cast<double>(s.n(r, 0)));
    keep(pass, in(s.all));
  }

  // With r_k the flows' shares in p(x): d log p(x) = sum_k r_k d log p_k(x).
  void backward(Pass& pass, TileIn dz, const LogDet& dld, Tile dx) const override {
    const State s(pop_state(pass), *this);
    const Weights w = weights(pass);
    Scratch scratch(*pass.scratch);
    Tile dnoise = scratch.tile(dim_), own = scratch.tile(dim_);
    dx.setZero();
    for (int k = size() - 1; k >= 0; --k) {
      const LogDet share = dld * s.share(k);
      base_gradient(s.noise(k), share, dnoise);
      for (int r = 0; r < kTile; ++r) {
        if (s.flow(r) != k) continue;
        for (int j = 0; j < dim_; ++j)  // z is this one's noise, whose density is taken from ld
          dnoise(r, j) += dz(r, j) + (is_line(j) ? static_cast<Real>(dld(r)) * s.noise(k)(r, j) : Real(0));
      }
      flows_[k]->backward(pass, in(dnoise), share, own);
      dx += own;
    }
    for (int r = 0; pass.dtheta && r < kTile; ++r) {
      const double n = static_cast<double>(s.n(r, 0)), within = static_cast<double>(s.within(r, 0));
      const double du = (static_cast<double>(dz(r, dim_)) + dld(r) * n) / std::exp(log_normal(n));
      add_gradient(pass, w, [&](int k) {
        return dld(r) * static_cast<double>(s.shares(r, k)) / w.share[k] + du * (k < s.flow(r)    ? 1
                                                                                 : k == s.flow(r) ? within
                                                                                                  : 0);
      });
    }
  }

  void inverse_backward(Pass& pass, TileIn dx, const LogDet& dld, Tile dz) const override {
    const State s(pop_state(pass), *this);
    const Weights w = weights(pass);
    Scratch scratch(*pass.scratch);
    Tile dnoise = scratch.tile(dim_), own = scratch.tile(dim_), all = scratch.tile(dim_);
    all = dx;
    for (int k = size() - 1; k >= 0; --k) {
      const LogDet share = -dld * s.share(k);
      base_gradient(s.noise(k), share, dnoise);
      flows_[k]->backward(pass, in(dnoise), share, own);
      all += own;
    }
    const LogDet none = LogDet::Zero();
    for (int k = size() - 1; k >= 0; --k) {
      if (!s.has(k)) continue;
      own.setZero();
      s.take(k, in(all), own);
      flows_[k]->inverse_backward(pass, in(own), none, dnoise);
      s.take(k, in(dnoise), dz);
    }
    for (int r = 0; r < kTile; ++r) {
      const auto d = static_cast<Real>(dld(r));
      for (int j = 0; j < dim_; ++j)
        if (is_line(j)) dz(r, j) -= d * s.given(r, j);
      dz(r, dim_) = -d * s.n(r, 0);
      if (pass.dtheta)
        add_gradient(pass, w, [&](int k) { return -dld(r) * static_cast<double>(s.shares(r, k)) / w.share[k]; });
    }
  }

 private:
  struct Weights {
    Weights(const Real* logits, int size) : last(size - 1) {
      double most = -INFINITY, sum = 0;
      for (int k = 0; k < size; ++k) most = std::max(most, static_cast<double>(logits[k]));
      for (int k = 0; k < size; ++k) sum += softmax[k] = std::exp(static_cast<double>(logits[k]) - most);
      for (int k = 0; k < size; ++k) {
        softmax[k] /= sum;
        share[k] = kLeast + (1 - kLeast * size) * softmax[k];
        below[k + 1] = below[k] + share[k];
      }
    }
    int at(double u) const {
      int k = 0;
      while (k < last && u >= below[k + 1]) ++k;
      return k;
    }
    std::array<double, kMostFlows> softmax = {}, share = {};
    std::array<double, kMostFlows + 1> below = {};  // the shares of those before
    int last;
  };

  // What both directions leave for their backward.
  struct State {
    static int columns(const Mixture& m) { return m.size() + 3 + m.dim_ * (m.size() + 1); }
    State(Tile block, const Mixture& m)
        : all(block.data(), kTile, block.cols()),
          shares(nf::columns(all, 0, m.size())),
          chosen(nf::columns(all, m.size(), 1)),
          within(nf::columns(all, m.size() + 1, 1)),
          n(nf::columns(all, m.size() + 2, 1)),
          given(nf::columns(all, m.size() + 3, m.dim_)),
          noises(nf::columns(all, m.size() + 3 + m.dim_, m.dim_ * m.size())) {}
    int flow(int r) const { return static_cast<int>(chosen(r, 0)); }
    bool has(int k) const { return (chosen.array() == static_cast<Real>(k)).any(); }
    Tile noise(int k) const { return nf::columns(noises, k * dim(), dim()); }
    LogDet share(int k) const { return shares.col(k).template cast<double>().array(); }
    void take(int k, TileIn from, Tile to) const {
      for (int r = 0; r < kTile; ++r)
        if (flow(r) == k) to.row(r).head(dim()) = from.row(r);
    }
    int dim() const { return static_cast<int>(given.cols()); }

    Tile all;
    Tile shares;          // each flow's, in p(x)
    Tile chosen, within;  // which, and where in its interval
    Tile n;               // the normal number that says so
    Tile given, noises;   // inverse's z; each flow's z of x
  };

  int size() const { return static_cast<int>(flows_.size()); }
  bool is_line(int j) const { return manifolds_.empty() || manifolds_[j] == Manifold::kLine; }
  Weights weights(const Pass& pass) const { return {pass.theta + logits_.offset, size()}; }
  Tile pop_state(Pass& pass) const { return Tile(pass.tape->pop(State::columns(*this)), kTile, State::columns(*this)); }

  // Of a row's noise: normal on lines, uniform on circles and, for levels, on (0, 1).
  double log_base(const Tile& z, int r) const {
    double sum = 0;
    for (int j = 0; j < dim_; ++j) {
      if (is_line(j)) sum += log_normal(static_cast<double>(z(r, j)));
      else if (manifolds_[j] == Manifold::kCircle) sum -= std::log(kTwoPi);
    }
    return sum;
  }
  void base_gradient(const Tile& z, const LogDet& dlp, Tile dz) const {
    dz.setZero();
    for (int j = 0; j < dim_; ++j)
      if (is_line(j)) dz.col(j) = (-z.col(j).array() * dlp.template cast<Real>()).matrix();
  }

  // All flows' noise and shares; returns log p(x).
  LogDet encode_all(Pass& pass, TileIn x, const Weights& w, State& s) const {
    std::array<LogDet, kMostFlows> lp;
    Pass own = pass;
    own.wants_ld = true;
    LogDet most = LogDet::Constant(-std::numeric_limits<double>::infinity());
    for (int k = 0; k < size(); ++k) {
      lp[k] = LogDet::Constant(std::log(w.share[k]));
      flows_[k]->forward(own, x, s.noise(k), lp[k]);
      for (int r = 0; r < kTile; ++r) lp[k](r) += log_base(s.noise(k), r);
      most = most.max(lp[k]);
    }
    const auto nowhere = !(most > -std::numeric_limits<double>::infinity());
    LogDet sum = LogDet::Zero();
    for (int k = 0; k < size(); ++k) {
      lp[k] = nowhere.select(w.share[k], (lp[k] - most).exp());
      sum += lp[k];
    }
    for (int k = 0; k < size(); ++k) s.shares.col(k) = (lp[k] / sum).template cast<Real>().matrix();
    return most + sum.log();
  }

  // The flow in whose share of row r v lies; returns the number that stands for it, inside the interval of its weight.
  static double draw(double v, double within, const Weights& w, int r, State& s) {
    int k = 0;
    double below = 0;
    while (k < w.last && !(v < below + static_cast<double>(s.shares(r, k))))
      below += static_cast<double>(s.shares(r, k++));
    const double margin = std::min(0.25, 1e-6 / w.share[k]);  // a float keeps inside
    s.chosen(r, 0) = static_cast<Real>(k);
    s.within(r, 0) = static_cast<Real>(std::clamp(within, margin, 1 - margin));
    return w.below[k] + w.share[k] * static_cast<double>(s.within(r, 0));
  }

  // by(k): the gradient by w_k.
  template <class By>
  void add_gradient(Pass& pass, const Weights& w, By by) const {
    double mean = 0;
    for (int k = 0; k < size(); ++k) mean += w.softmax[k] * by(k);
    for (int k = 0; k < size(); ++k)
      pass.dtheta[logits_.at(0, k)] += static_cast<Real>((1 - kLeast * size()) * w.softmax[k] * (by(k) - mean));
  }

  int dim_;
  std::vector<Manifold> manifolds_;
  std::vector<std::unique_ptr<Sequence>> flows_;
  Place logits_;
  int stream_ = 0;
};

}  // namespace

std::unique_ptr<Layer> make_mixture(SpecReader& spec, const Site& site) {
  return std::make_unique<Mixture>(spec, site);
}

}  // namespace NF_PRECISION
}  // namespace nf
