// coupling.cc -- some features pass unchanged and decide, with the context, how the others are mapped: NICE, RealNVP.
// Dinh, Krueger, Bengio, NICE, 2014, arXiv:1410.8516; Dinh, Sohl-Dickstein, Bengio, Real NVP, 2016, arXiv:1605.08803.
// With no feature left to pass (D = 1) the map is unconditional, but for the context.
#include "nf/bijections/conditioned.h"
#include "nf/nets/made.h"

namespace nf {
inline namespace NF_PRECISION {
namespace {

// One entry a feature: 1 passes, 0 is mapped. "even" ("odd"): features 0, 2, ... (1, 3, ...) pass; "first" ("last"):
// the first (last) half passes.
std::vector<int> read_mask(SpecReader& spec, int dim) {
  std::vector<int> mask(static_cast<std::size_t>(dim), 0);
  const Json given = spec.value("mask", "even");
  if (given.is_string()) {
    const std::string word = spec.word("mask", "even", {"even", "odd", "first", "last"});
    for (int i = 0; i < dim && dim > 1; ++i) {
      const bool first = i < (dim + 1) / 2;
      mask[static_cast<std::size_t>(i)] = word == "even"    ? i % 2 == 0
                                          : word == "odd"   ? i % 2 == 1
                                          : word == "first" ? first
                                                            : !first;
    }
  } else {
    mask = spec.integers("mask", mask, 0, 1);
    if (static_cast<int>(mask.size()) != dim)
      spec.fail("'mask' needs one entry for each of " + std::to_string(dim) + " features");
    if (std::find(mask.begin(), mask.end(), 0) == mask.end()) spec.fail("'mask' leaves no feature to map");
  }
  spec.replace("mask", mask);
  return mask;
}

class Coupling final : public Bijection {
 public:
  Coupling(SpecReader& spec, const Site& site)
      : context_(site.context),
        map_(read_transformer(spec)),
        params_(map_->num_params()),
        passes_(split(read_mask(spec, site.dim), mapped_)),
        net_(make_net(spec, site)),
        clip_(read_clip(spec)),
        spec_(spec.canonical()) {}
  Json spec() const override { return spec_; }
  void init(Real* theta, Uniforms& random) const override { net_.init(theta, random, identity_bias(*map_, mapped())); }

  void forward(Pass& pass, TileIn x, Tile z, LogDet& ld) const override { map<&Transformer::forward>(pass, x, z, ld); }
  void inverse(Pass& pass, TileIn z, Tile x, LogDet& ld) const override { map<&Transformer::inverse>(pass, z, x, ld); }
  // State keeps the argument of whichever direction ran; inverse_backward wants its result.
  void backward(Pass& pass, TileIn dz, const LogDet& dld, Tile dx) const override {
    map_gradient<&Transformer::backward, false>(pass, dz, dld, dx);
  }
  void inverse_backward(Pass& pass, TileIn dx, const LogDet& dld, Tile dz) const override {
    map_gradient<&Transformer::inverse_backward, true>(pass, dx, dld, dz);
  }

 private:
  struct State {
    static int columns(const Coupling& a) {
      return 2 * a.mapped() + a.inputs() + a.passing() + a.net_.columns() + a.mapped() * a.params_;
    }
    State(Real* block, const Coupling& a)
        : before(block, kTile, a.mapped()),
          after(block + kTile * a.mapped(), kTile, a.mapped()),
          read(after.data() + kTile * a.mapped(), kTile, a.passing()),
          seen(read.data() + kTile * a.passing()),
          memory(seen + kTile * a.inputs()),
          phi(memory + kTile * a.net_.columns(), kTile, a.mapped() * a.params_) {}
    Tile before, after;  // the mapped features
    Tile read;           // the passing ones
    Real* seen;          // context and passing features, clamped
    Real* memory;
    Tile phi;
  };

  template <auto apply>
  void map(Pass& pass, TileIn from, Tile to, LogDet& ld) const {
    Record record(pass);
    State s(record.get(State::columns(*this)), *this);
    for (int i = 0; i < mapped(); ++i) copy(from, mapped_[static_cast<std::size_t>(i)], s.before, i);
    for (int i = 0; i < passing(); ++i) {
      copy(from, passes_[static_cast<std::size_t>(i)], s.read, i);
      copy(from, passes_[static_cast<std::size_t>(i)], to, passes_[static_cast<std::size_t>(i)]);
    }
    clamp_columns(pass.context, context_, clip_, s.seen);
    clamp_columns(s.read.data(), passing(), clip_, s.seen + kTile * context_);
    net_.forward(pass.theta, s.seen, s.memory, s.phi.data());
    Scratch scratch(*pass.scratch);
    Tile logd = scratch.tile(mapped());
    ((*map_).*apply)(pass, in(s.before), in(s.phi), s.after, logd);
    kernels::sum_columns(logd.data(), mapped(), ld.data());
    for (int i = 0; i < mapped(); ++i) copy(in(s.after), i, to, mapped_[static_cast<std::size_t>(i)]);
  }

  template <auto apply, bool at_result>
  void map_gradient(Pass& pass, TileIn dto, const LogDet& dld, Tile dfrom) const {
    State s(pass.tape->pop(State::columns(*this)), *this);
    Scratch scratch(*pass.scratch);
    Tile dafter = scratch.tile(mapped()), dlogd = scratch.tile(mapped()), dbefore = scratch.tile(mapped());
    Tile dphi = scratch.tile(mapped() * params_), dseen = scratch.tile(inputs());
    for (int i = 0; i < mapped(); ++i) copy(dto, mapped_[static_cast<std::size_t>(i)], dafter, i);
    broadcast(dld, dlogd);
    ((*map_).*apply)(pass, in(at_result ? s.after : s.before), in(s.phi), in(dafter), in(dlogd), dbefore, dphi);
    net_.backward(pass, s.seen, s.memory, dphi.data(), dseen.data());
    for (int i = 0; i < mapped(); ++i) copy(in(dbefore), i, dfrom, mapped_[static_cast<std::size_t>(i)]);
    for (int i = 0; i < passing(); ++i) {
      const int j = passes_[static_cast<std::size_t>(i)];
      copy(dto, j, dfrom, j);
      add_clamped(s.read.data() + kTile * i, clip_, dseen.data() + kTile * (context_ + i), dfrom.data() + kTile * j);
    }
  }

  static void copy(TileIn from, int i, Tile to, int j) { to.col(j) = from.col(i); }
  static std::vector<int> split(const std::vector<int>& mask, std::vector<int>& mapped) {
    std::vector<int> passes;
    for (std::size_t i = 0; i < mask.size(); ++i) (mask[i] == 1 ? passes : mapped).push_back(static_cast<int>(i));
    return passes;
  }
  Mlp make_net(SpecReader& spec, const Site& site) const {
    const NetSpec net = read_net(spec);
    return Mlp({.inputs = inputs(),
                .outputs = mapped() * params_,
                .hidden = net.hidden,
                .activation = net.activation,
                .residual = net.residual,
                .row_len = {}},
               site.params, site.name + ".net");
  }
  int mapped() const { return static_cast<int>(mapped_.size()); }
  int passing() const { return static_cast<int>(passes_.size()); }
  int inputs() const { return context_ + passing(); }

  int context_;
  std::unique_ptr<Transformer> map_;
  int params_;
  std::vector<int> mapped_, passes_;
  Mlp net_;
  Real clip_;
  Json spec_;
};

}  // namespace

std::unique_ptr<Bijection> make_coupling(SpecReader& spec, const Site& site) {
  return std::make_unique<Coupling>(spec, site);
}

}  // namespace NF_PRECISION
}  // namespace nf
