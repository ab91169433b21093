// mlp_field.cc -- v = net(x, time, context), a net of tanh of any depth, as in FFJORD: Grathwohl, Chen, Bettencourt,
// Sutskever, Duvenaud, FFJORD, 2018, arXiv:1810.01367.
//
// The divergence is a sum over directions e of e' J e, J e by tangents: over the unit vectors it is exact, for the cost
// of a net each; over probes, e drawn from {-1, 1}^D, it is so in the mean (Hutchinson, A stochastic estimator of the
// trace of the influence matrix, 1990). No other independent entries have less variance: with signs the diagonal adds
// none. A row's probes are the same along its whole path, else no solver would converge, and drawn anew in each step
// of training, where one is enough.
#include <cmath>

#include "nf/nets/field.h"
#include "nf/nets/mlp.h"
#include "nf/nets/time_and_context.h"

namespace nf {
inline namespace NF_PRECISION {
namespace {

constexpr int kFewColumns = 4, kManyColumns = 128;

class MlpField final : public Field {
 public:
  MlpField(SpecReader& spec, const Site& site)
      : dim_(site.dim),
        hidden_(spec.integers("hidden", {64, 64, 64}, 1, 1 << 13)),
        given_(spec, site),
        trace_(spec.word("trace", "auto", {"auto", "exact", "probe"})),
        probes_(static_cast<int>(spec.integer("probes", 16, 1, 1 << 12))),
        stream_(site.wants.streams.add(1)),
        net_(shape(), site.params, site.name + ".field"),
        spec_(spec.canonical()) {
    if (std::int64_t{dim_} * probes_ > 1 << 16) spec.fail("'probes' times the columns are more than 65536");
    if (hidden_.size() > 64) spec.fail("'hidden' has more than 64 layers");
  }

  Json spec() const override { return spec_; }
  // What the net sees, its units, and, of the last direction, its tangents.
  int columns() const override { return inputs() + net_.columns() + net_.tangent_columns(); }
  void init(Real* theta, Uniforms& random) const override { net_.init(theta, random, Vector::Zero(dim_)); }
  bool exact(const Pass& pass) const override { return probes(pass) == 0; }

  void forward(Pass& pass, const Real* t, TileIn x, Real* memory, Tile v, Real* q) const override {
    Real* const inside = memory + kTile * inputs();
    Tile(memory, kTile, dim_) = x;
    given_.write(pass, t, memory + kTile * dim_);
    net_.forward(pass.theta, memory, inside, v.data());
    if (!q) return;
    Scratch scratch(*pass.scratch);
    Real* const along = inside + kTile * net_.columns();
    Tile je = scratch.tile(dim_);
    Directions directions(pass, scratch, *this);
    Eigen::Map<Rows> sum(q);
    sum.setZero();
    for (int k = 0; k < directions.count; ++k) {
      const Tile& e = directions.get(k);
      net_.tangent(pass.theta, inside, e.data(), along, je.data());
      sum += (e.leftCols(dim_).array() * je.array()).rowwise().sum();
    }
    sum *= directions.weight;
  }

  // Of q: of each direction's J e by the cotangent dq e.
  void backward(Pass& pass, const Real* memory, TileIn dv, const Real* dq, Tile dx, Real*) const override {
    const Real* const inside = memory + kTile * inputs();
    Scratch scratch(*pass.scratch);
    Tile din = scratch.tile(inputs());
    if (!dq) {
      net_.backward(pass, memory, inside, dv.data(), din.data());
    } else {
      Real* const again = scratch.get(net_.tangent_columns());
      Tile je = scratch.tile(dim_), dje = scratch.tile(dim_), dout = scratch.tile(dim_), more = scratch.tile(inputs());
      Directions directions(pass, scratch, *this);
      const Rows weights = directions.weight * Eigen::Map<const Rows>(dq);
      dout = dv;
      din.setZero();
      for (int k = 0; k < directions.count; ++k) {
        const Tile& e = directions.get(k);
        if (directions.count > 1) net_.tangent(pass.theta, inside, e.data(), again, je.data());
        const Real* const along = directions.count > 1 ? again : inside + kTile * net_.columns();
        dje.array() = e.leftCols(dim_).array().colwise() * weights;
        net_.tangent_backward(pass, memory, inside, e.data(), along, dout.data(), dje.data(), more.data(), nullptr);
        din += more;
        dout.setZero();  // dv is in the first
      }
    }
    dx = din.leftCols(dim_);
    given_.add_gradient(pass, din.data() + kTile * (dim_ + given_.times()));
  }

 private:
  using Rows = Eigen::Array<Real, kTile, 1>;  // a number a row

  // Unit vectors, or probes, a row each its own; the net's other inputs stand still.
  struct Directions {
    Directions(Pass& pass, Scratch& scratch, const MlpField& a)
        : dim(a.dim_),
          probed(!a.exact(pass)),
          count(probed ? a.probes(pass) : dim),
          weight(probed ? Real(1) / static_cast<Real>(count) : Real(1)),
          now(scratch.tile(a.inputs())),
          signs(scratch.tile(probed ? dim * count : 0)) {
      now.setZero();
      if (!probed) return;
      pass.noise.uniforms(a.stream_, dim * count, signs.data());
      signs = signs.unaryExpr([](Real u) { return u < Real(0.5) ? Real(-1) : Real(1); });
    }
    const Tile& get(int k) {  // in turn
      if (probed) {
        now.leftCols(dim) = signs.middleCols(dim * k, dim);
      } else {
        if (k > 0) now.col(k - 1).setZero();
        now.col(k).setOnes();
      }
      return now;
    }
    int dim;
    bool probed;
    int count;
    Real weight;
    Tile now, signs;
  };
  int probes(const Pass& pass) const {  // 0: none, the trace is exact
    if (trace_ == "exact") return 0;
    if (pass.training) return trace_ == "probe" || dim_ > kFewColumns ? 1 : 0;
    return trace_ == "probe" || dim_ > kManyColumns ? probes_ : 0;
  }
  int inputs() const { return dim_ + given_.columns(); }
  MlpShape shape() const {
    return {.inputs = inputs(),
            .outputs = dim_,
            .hidden = hidden_,
            .activation = kernels::Activation::kTanh,
            .residual = false,
            .row_len = {}};
  }

  int dim_;
  std::vector<int> hidden_;
  TimeAndContext given_;
  std::string trace_;
  int probes_, stream_;
  Mlp net_;
  Json spec_;
};

}  // namespace

std::unique_ptr<Field> make_mlp(SpecReader& spec, const Site& site) { return std::make_unique<MlpField>(spec, site); }

}  // namespace NF_PRECISION
}  // namespace nf
