// coupling.cc -- some features pass unchanged and decide, with the context, how the others are mapped: NICE, RealNVP.
// Dinh, Krueger, Bengio, NICE, 2014, arXiv:1410.8516; Dinh, Sohl-Dickstein, Bengio, Real NVP, 2016, arXiv:1605.08803.
// With no feature left to pass (D = 1) the map is unconditional, but for the context.
#include "nf/layers/column_maps.h"
#include "nf/layers/conditioned.h"
#include "nf/nets/made.h"

namespace nf {
inline namespace NF_PRECISION {
namespace {

// One entry a feature: 1 passes, 0 is mapped. "even" ("odd"): features 0, 2, ... (1, 3, ...) pass; "first" ("last"):
// the first (last) half passes.
std::vector<int> read_mask(SpecReader& spec, int dim) {
  std::vector<int> mask(dim, 0);
  const Json given = spec.value("mask", "even");
  if (given.is_string()) {
    const std::string word = spec.word("mask", "even", {"even", "odd", "first", "last"});
    for (int i = 0; i < dim && dim > 1; ++i) {
      const bool first = i < (dim + 1) / 2;
      mask[i] = word == "even" ? i % 2 == 0 : word == "odd" ? i % 2 == 1 : word == "first" ? first : !first;
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

std::vector<int> where(const std::vector<int>& mask, int value) {
  std::vector<int> places;
  for (std::size_t i = 0; i < mask.size(); ++i)
    if (mask[i] == value) places.push_back(static_cast<int>(i));
  return places;
}

// What is read of a spec, in the order in which the canonical spec has it.
struct Options {
  Options(SpecReader& spec, const Site& site)
      : transformer(spec.value("transformer", "affine")),
        mask(read_mask(spec, site.dim)),
        net(read_net(spec)),
        clip(read_clip(spec)) {}
  Json transformer;
  std::vector<int> mask;
  NetSpec net;
  Real clip;
};

class Coupling final : public Layer {
 public:
  Coupling(SpecReader& spec, const Site& site, const Options& options)
      : mapped_(where(options.mask, 0)),
        passes_(where(options.mask, 1)),
        maps_(spec, site, mapped_),
        seen_(site, passes_, options.clip),
        net_({.inputs = seen_.columns(),
              .outputs = maps_.num_params(),
              .hidden = options.net.hidden,
              .activation = options.net.activation,
              .residual = options.net.residual,
              .row_len = {}},
             site.params, site.name + ".net") {
    spec_ = spec.canonical();
    traits_ = {.dim = site.dim,
               .noise_dim = site.dim,
               .keeps_manifolds = true,
               .keeps_gaps = true,
               .order = std::vector<int>(site.dim),
               .outputs = maps_.num_params(),
               .log_scales = maps_.log_scales()};
    for (const int j : mapped_) traits_.order[j] = 1;
  }
  void init(Real* theta, Uniforms& random) const override { net_.init(theta, random, maps_.identity()); }

  void forward(Pass& pass, TileIn x, Tile z, LogDet& ld) const override { map<&ColumnMaps::forward>(pass, x, z, ld); }
  void inverse(Pass& pass, TileIn z, Tile x, LogDet& ld) const override { map<&ColumnMaps::inverse>(pass, z, x, ld); }
  // State keeps the argument of whichever direction ran; inverse_backward wants its result.
  void backward(Pass& pass, TileIn dz, const LogDet& dld, Tile dx) const override {
    map_gradient<&ColumnMaps::backward, false>(pass, dz, dld, dx);
  }
  void inverse_backward(Pass& pass, TileIn dx, const LogDet& dld, Tile dz) const override {
    map_gradient<&ColumnMaps::inverse_backward, true>(pass, dx, dld, dz);
  }

 private:
  struct State {
    static int columns(const Coupling& a) {
      return 2 * a.mapped() + a.seen_.columns() + a.passing() + a.net_.columns() + a.maps_.num_params();
    }
    State(Real* block, const Coupling& a)
        : before(block, kTile, a.mapped()),
          after(block + kTile * a.mapped(), kTile, a.mapped()),
          read(after.data() + kTile * a.mapped(), kTile, a.passing()),
          seen(read.data() + kTile * a.passing()),
          memory(seen + kTile * a.seen_.columns()),
          phi(memory + kTile * a.net_.columns(), kTile, a.maps_.num_params()) {}
    Tile before, after;  // the mapped features
    Tile read;           // the passing ones
    Real* seen;          // context and passing features, as the net sees them
    Real* memory;
    Tile phi;
  };

  template <auto apply>
  void map(Pass& pass, TileIn from, Tile to, LogDet& ld) const {
    Record record(pass);
    State s(record.get(State::columns(*this)), *this);
    for (int i = 0; i < mapped(); ++i) copy(from, mapped_[i], s.before, i);
    for (int i = 0; i < passing(); ++i) {
      copy(from, passes_[i], s.read, i);
      copy(from, passes_[i], to, passes_[i]);
      seen_.write(i, s.read.col(i).data(), s.seen);
    }
    seen_.write_context(pass.context, s.seen);
    net_.forward(pass.theta, s.seen, s.memory, s.phi.data());
    tap(pass, s.phi);
    Scratch scratch(*pass.scratch);
    Tile logd = scratch.tile(mapped());
    (maps_.*apply)(pass, in(s.before), in(s.phi), s.after, logd);
    mask(pass, mapped_, s.after);
    mask(pass, mapped_, logd);
    kernels::sum_columns(logd.data(), mapped(), ld.data());
    for (int i = 0; i < mapped(); ++i) copy(in(s.after), i, to, mapped_[i]);
  }

  template <auto apply, bool at_result>
  void map_gradient(Pass& pass, TileIn dto, const LogDet& dld, Tile dfrom) const {
    State s(pass.tape->pop(State::columns(*this)), *this);
    Scratch scratch(*pass.scratch);
    Tile dafter = scratch.tile(mapped()), dlogd = scratch.tile(mapped()), dbefore = scratch.tile(mapped());
    Tile dphi = scratch.tile(maps_.num_params()), dseen = scratch.tile(seen_.columns());
    for (int i = 0; i < mapped(); ++i) copy(dto, mapped_[i], dafter, i);
    broadcast(dld, dlogd);
    mask(pass, mapped_, dafter);
    mask(pass, mapped_, dlogd);
    (maps_.*apply)(pass, in(at_result ? s.after : s.before), in(s.phi), in(dafter), in(dlogd), dbefore, dphi);
    add_tapped(pass, dphi);
    net_.backward(pass, s.seen, s.memory, dphi.data(), dseen.data());
    seen_.add_context_gradient(pass, dseen.data());
    for (int i = 0; i < mapped(); ++i) copy(in(dbefore), i, dfrom, mapped_[i]);
    for (int i = 0; i < passing(); ++i) {
      const int j = passes_[i];
      copy(dto, j, dfrom, j);
      seen_.add_gradient(i, s.read.col(i).data(), dseen.data(), dfrom.col(j).data());
    }
  }

  static void copy(TileIn from, int i, Tile to, int j) { to.col(j) = from.col(i); }
  int mapped() const { return static_cast<int>(mapped_.size()); }
  int passing() const { return static_cast<int>(passes_.size()); }

  std::vector<int> mapped_, passes_;
  ColumnMaps maps_;
  Seen seen_;
  Mlp net_;
};

}  // namespace

std::unique_ptr<Layer> make_coupling(SpecReader& spec, const Site& site) {
  return std::make_unique<Coupling>(spec, site, Options(spec, site));
}

}  // namespace NF_PRECISION
}  // namespace nf
