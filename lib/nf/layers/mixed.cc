// mixed.cc -- columns of levels beside columns of numbers: log P(levels) + log p(numbers | levels), both exact. The
// levels are an autoregressive model of their own (level_model.h); the layers inside are a flow of the numbers, to
// which the levels, as one-hot columns, are a context.
//
// forward turns a level k into u, uniform between the probabilities of the levels below k and of those up to k: what
// is drawn changes nothing in the density. inverse finds the level in whose interval u lies.
//
// What is there at level 0 of its gate alone is 0 elsewhere, levels with certainty. For numbers, layers that keep gaps
// leave the 0, and noise is drawn ("absent": "skip"), with which the density is exact; for others a standard normal
// number is drawn in its place ("fill"), with a lower bound.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "nf/core/constants.h"
#include "nf/layers/level_model.h"
#include "nf/layers/sequence.h"

namespace nf {
inline namespace NF_PRECISION {
namespace {

// {"3": 5} as numbers by column, `otherwise` where a column has none.
std::vector<int> read_by_column(SpecReader& spec, const char* key, int dim, int least, int most, int otherwise) {
  std::vector<int> numbers(dim, otherwise);
  const Json given = spec.value(key, Json::object());
  if (!given.is_object()) spec.fail(fmt::format("'{}' is not an object of columns and numbers", key));
  for (const auto& [word, value] : given.items()) {
    int column = -1;
    const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), column);
    if (error != std::errc() || end != word.data() + word.size() || column < 0 || column >= dim)
      spec.fail(fmt::format("'{}' has '{}', not a column 0..{}", key, word, dim - 1));
    if (!value.is_number_integer() || value < least || value > most)
      spec.fail(
          fmt::format("'{}' of column {} is {}, where {} to {} was expected", key, column, value.dump(), least, most));
    numbers[column] = value.get<int>();
  }
  return numbers;
}

// The columns of levels, those of numbers, and which of the latter hang on which of the former.
struct Columns {
  Columns(SpecReader& spec, const Site& site)
      : counts_by_column(read_by_column(spec, "levels", site.dim, 2, kMostLevels, 0)),
        gates_by_column(read_by_column(spec, "gates", site.dim, 0, site.dim - 1, -1)) {
    std::vector<int> place(site.dim, -1);
    for (int j = 0; j < site.dim; ++j) {
      const bool is_level = counts_by_column[j] > 0;
      if (is_level != (site.manifold(j) == Manifold::kLevels))
        spec.fail(fmt::format("column {} is {} levels, but 'levels' says otherwise", j, is_level ? "without" : "of"));
      if (is_level)
        place[j] = static_cast<int>(levels.size()), levels.push_back(j), counts.push_back(counts_by_column[j]);
      else numbers.push_back(j);
    }
    if (levels.empty()) spec.fail("'levels' names no column");
    const auto gate_of = [&](int j) {
      const int gate = gates_by_column[j];
      if (gate >= 0 && place[gate] < 0) spec.fail(fmt::format("'gates': column {} is none of levels", gate));
      return gate < 0 ? -1 : place[gate];
    };
    for (const int j : numbers) gates.push_back(gate_of(j));
    for (const int j : levels) {
      level_gates.push_back(gate_of(j));
      if (gates_by_column[j] >= j) spec.fail(fmt::format("'gates': column {} has levels and a later gate", j));
    }
    at.push_back(0);
    for (const int count : counts) at.push_back(at.back() + count);
  }
  bool gated() const {
    return std::any_of(gates.begin(), gates.end(), [](int gate) { return gate >= 0; });
  }

  std::vector<int> counts_by_column, gates_by_column;
  std::vector<int> levels, counts;  // columns of levels, and how many each has
  std::vector<int> at;              // where each one's levels begin among all, and the end
  std::vector<int> numbers, gates;  // columns of numbers; the place among `levels` of each one's gate, or -1
  std::vector<int> level_gates;     // the same of `levels`
};

Site inner_site(const Site& site, const Columns& columns) {
  Site own{static_cast<int>(columns.numbers.size()), site.context + columns.at.back(), site.params, site.wants,
           site.name + ".layers"};
  for (const int j : columns.numbers) own.manifolds.push_back(site.manifold(j));
  if (std::all_of(own.manifolds.begin(), own.manifolds.end(), [](Manifold m) { return m == Manifold::kLine; }))
    own.manifolds.clear();
  return own;
}

class Mixed final : public Layer {
 public:
  Mixed(SpecReader& spec, const Site& site, Columns columns, const NetSpec& net)
      : columns_(std::move(columns)),
        model_(site.context, columns_.counts, columns_.level_gates, net, read_clip(spec), site.params,
               site.name + ".net"),
        layers_(spec.value("layers", Json::array()), inner_site(site, columns_)) {
    const Traits& inner = layers_.traits();
    if (inner.dim != inner.noise_dim) spec.fail("its layers do not keep the number of columns");
    const char* usual = inner.keeps_gaps || !columns_.gated() ? "skip" : "fill";
    skips_ = spec.word("absent", usual, {"skip", "fill"}) == "skip";
    if (skips_ && columns_.gated() && !inner.keeps_gaps)
      spec.fail("'absent' is \"skip\", which not all of its layers know; \"fill\" asks nothing of them");
    traits_ = inner;
    traits_.dim = traits_.noise_dim = site.dim;
    traits_.keeps_manifolds = true;
    traits_.keeps_gaps = inner.keeps_gaps && skips_;
    traits_.order.assign(inner.order.empty() ? 0 : site.dim, 0);
    for (int i = 0; i < num_levels() && !traits_.order.empty(); ++i) traits_.order[columns_.levels[i]] = i;
    for (int j = 0; j < num_numbers() && !traits_.order.empty(); ++j)
      traits_.order[columns_.numbers[j]] = num_levels() + inner.order[j];
    traits_.discrete = true;
    traits_.exact = inner.exact && (skips_ || !columns_.gated());
    traits_.wants_data = true;
    for (std::size_t i = 0; skips_ && i < columns_.numbers.size(); ++i)
      if (columns_.gates[i] >= 0) traits_.normal_noise.push_back(columns_.numbers[i]);
    level_stream_ = site.wants.streams.add(1);
    number_stream_ = site.wants.streams.add(1);
    spec.replace("layers", layers_.spec());
    spec_ = spec.canonical();
  }

  void init(Real* theta, Uniforms& random) const override {
    model_.init(theta, random);
    layers_.init(theta, random);
  }
  // The levels start with their shares of the rows.
  void init_data(Real* theta, const Start& start) const override {
    const Eigen::Index rows = start.x.rows();
    const Eigen::Index context = start.c.cols();
    Batch x(rows, num_numbers()), c = Batch::Zero(rows, model_.seen_columns());
    c.leftCols(context) = start.c;
    for (int j = 0; j < num_numbers(); ++j) x.col(j) = start.x.col(columns_.numbers[j]);
    std::vector<std::vector<double>> shares;
    Eigen::Index at = context;
    for (int i = 0; i < num_levels(); at += model_.count(i++)) {
      shares.emplace_back(model_.count(i), 0.5);
      for (Eigen::Index r = 0; r < rows; ++r) {
        const int level = model_.level(start.x(r, columns_.levels[i]), i);
        const int gate = columns_.level_gates[i];
        if (gate < 0 || start.x(r, columns_.levels[gate]) == 0) ++shares.back()[level];
        c(r, at + level) = 1;
      }
      for (double& share : shares.back()) share /= static_cast<double>(rows);
    }
    if (!start.again) model_.start(theta, shares);
    layers_.init_data(theta, {x, c, start.inverted, start.again});
  }
  void prepare(Pass& pass, Real* prepared) const override { layers_.prepare(pass, prepared); }
  void after_step(Real* theta, const double* stats) const override { layers_.after_step(theta, stats); }

  void forward(Pass& pass, TileIn x, Tile z, LogDet& ld) const override {
    Record record(pass);
    LevelModel::State s(record.get(model_.state_columns()), model_);
    Scratch scratch(*pass.scratch);
    Tile levels = scratch.tile(num_levels()), counted = scratch.tile(num_levels()), u = scratch.tile(num_levels());
    counted.setOnes();
    mask(pass, columns_.levels, counted);
    for (int i = 0; i < num_levels(); ++i)
      for (int r = 0; r < kTile; ++r) {
        const Real value = x(r, columns_.levels[i]);
        levels(r, i) = static_cast<Real>(model_.level(value, i));
        if (levels(r, i) != value) ld(r) = std::isnan(value) ? std::nan("") : -INFINITY;
      }
    pass.noise.uniforms(level_stream_, num_levels(), s.v.data());
    model_.encode(pass, in(levels), in(counted), s, u, ld);
    scatter(in(u), columns_.levels, z);
    Tile a = scratch.tile(num_numbers()), b = scratch.tile(num_numbers()), present = scratch.tile(num_numbers());
    see_gates(in(levels), present);
    gather(x, columns_.numbers, a);
    if (!skips_) draw_absent(pass, in(present), a, ld);
    Tile there = scratch.tile(num_numbers());
    there = present;
    mask(pass, columns_.numbers, there);
    layers_.forward(inside(pass, s.seen, there), in(a), b, ld);
    if (skips_) draw_absent(pass, in(present), b, ld);
    scatter(in(b), columns_.numbers, z);
    keep_both(pass, in(levels), in(b));
  }

  void inverse(Pass& pass, TileIn z, Tile x, LogDet& ld) const override {
    Record record(pass);
    LevelModel::State s(record.get(model_.state_columns()), model_);
    Scratch scratch(*pass.scratch);
    Tile levels = scratch.tile(num_levels()), u = scratch.tile(num_levels());
    gather(z, columns_.levels, u);
    model_.decode(pass, in(u), s, levels, ld);
    for (int i = 0; i < num_levels(); ++i)
      x.col(columns_.levels[i]) = u.col(i).array().isNaN().select(u.col(i), levels.col(i));
    Tile a = scratch.tile(num_numbers()), b = scratch.tile(num_numbers()), e = scratch.tile(num_numbers()),
         present = scratch.tile(num_numbers());
    see_gates(in(levels), present);
    gather(z, columns_.numbers, b);
    e = b;
    if (skips_) take_absent(in(present), b, ld);
    layers_.inverse(inside(pass, s.seen, present), in(b), a, ld);
    if (!skips_) {
      e = a;
      take_absent(in(present), a, ld);
    }
    scatter(in(a), columns_.numbers, x);
    keep_both(pass, in(levels), in(e));
  }

  void backward(Pass& pass, TileIn dz, const LogDet& dld, Tile dx) const override {
    Scratch scratch(*pass.scratch);
    kept(pass, num_numbers());
    Tile levels = scratch.tile(num_levels()), du = scratch.tile(num_levels());
    levels = kept(pass, num_levels());
    Tile da = scratch.tile(num_numbers()), db = scratch.tile(num_numbers());
    gather(dz, columns_.levels, du);
    gather(dz, columns_.numbers, db);
    inner_gradient(pass, in(levels), [&](Pass& own, TileIn present) {
      if (skips_) db.array() *= present.array();
      layers_.backward(own, in(db), dld, da);
      if (!skips_) da.array() *= present.array();
    });
    scatter(in(da), columns_.numbers, dx);
    for (const int j : columns_.levels) dx.col(j).setZero();
    const LevelModel::State s(pass.tape->pop(model_.state_columns()), model_);
    model_.backward(pass, s, in(levels), dld, in(du));
  }

  void inverse_backward(Pass& pass, TileIn dx, const LogDet& dld, Tile dz) const override {
    Scratch scratch(*pass.scratch);
    Tile e = scratch.tile(num_numbers()), levels = scratch.tile(num_levels());
    e = kept(pass, num_numbers());
    levels = kept(pass, num_levels());
    Tile da = scratch.tile(num_numbers()), db = scratch.tile(num_numbers());
    gather(dx, columns_.numbers, da);
    // What inverse added for what is not there is its log-density: -(e^2 + log 2 pi) / 2.
    const auto absent = [&](TileIn present, Tile d) {
      for (int j = 0; j < num_numbers(); ++j)
        d.col(j) =
            (present.col(j).array() == 0).select(-e.col(j).array() * dld.cast<Real>(), d.col(j).array()).matrix();
    };
    inner_gradient(pass, in(levels), [&](Pass& own, TileIn present) {
      if (!skips_) absent(present, da);
      layers_.inverse_backward(own, in(da), dld, db);
      if (skips_) absent(present, db);
    });
    scatter(in(db), columns_.numbers, dz);
    for (const int j : columns_.levels) dz.col(j).setZero();
    const LevelModel::State s(pass.tape->pop(model_.state_columns()), model_);
    model_.backward(pass, s, in(levels), -dld, TileIn(e.data(), kTile, 0));
  }

 private:
  int num_levels() const { return static_cast<int>(columns_.levels.size()); }
  int num_numbers() const { return static_cast<int>(columns_.numbers.size()); }

  void see_gates(TileIn levels, Tile present) const {
    for (int j = 0; j < num_numbers(); ++j) {
      if (columns_.gates[j] < 0) present.col(j).setOnes();
      else present.col(j) = (levels.col(columns_.gates[j]).array() == 0).template cast<Real>().matrix();
    }
  }
  Pass inside(const Pass& pass, const Real* seen, const Tile& present) const {
    Pass own = pass;
    own.context = seen;
    own.present = skips_ && (columns_.gated() || pass.present) ? present.data() : nullptr;
    return own;
  }

  // Standard normal numbers where there are none, whose density does not count.
  void draw_absent(const Pass& pass, TileIn present, Tile a, LogDet& ld) const {
    if (!columns_.gated()) return;
    Scratch scratch(*pass.scratch);
    Tile e = scratch.tile(num_numbers());
    pass.noise.normals(number_stream_, num_numbers(), e.data());
    for (int j = 0; j < num_numbers(); ++j)
      for (int r = 0; r < kTile; ++r) {
        if (present(r, j) != 0 || !asked(pass, columns_.numbers[j], r)) continue;
        a(r, j) = e(r, j);
        ld(r) -= log_normal(e(r, j));
      }
  }
  static bool asked(const Pass& pass, int column, int r) {
    return !pass.present || pass.present[kTile * column + r] != 0;
  }
  // And back, to 0.
  void take_absent(TileIn present, Tile e, LogDet& ld) const {
    for (int j = 0; j < num_numbers(); ++j)
      for (int r = 0; r < kTile; ++r) {
        if (present(r, j) != 0) continue;
        ld(r) += log_normal(e(r, j));
        e(r, j) = 0;
      }
  }
  static double log_normal(Real e) { return -(static_cast<double>(e) * static_cast<double>(e) + kLogTwoPi) / 2; }

  static void gather(TileIn all, const std::vector<int>& which, Tile own) {
    for (std::size_t i = 0; i < which.size(); ++i) own.col(static_cast<int>(i)) = all.col(which[i]);
  }
  static void scatter(TileIn own, const std::vector<int>& which, Tile all) {
    for (std::size_t i = 0; i < which.size(); ++i) all.col(which[i]) = own.col(static_cast<int>(i));
  }
  // On top of what the layers inside left: their backward needs both.
  static void keep_both(Pass& pass, TileIn levels, TileIn numbers) {
    keep(pass, levels);
    keep(pass, numbers);
  }

  // Calls step(pass of the layers inside, what is there) and adds their gradient by the context.
  template <class Step>
  void inner_gradient(Pass& pass, TileIn levels, Step step) const {
    Scratch scratch(*pass.scratch);
    Real* seen = scratch.get(model_.seen_columns());
    model_.see(pass, levels, seen);
    Tile present = scratch.tile(num_numbers());
    see_gates(levels, present);
    Pass own = inside(pass, seen, present);
    Tile dseen = scratch.tile(model_.seen_columns());
    dseen.setZero();
    if (pass.dcontext) own.dcontext = dseen.data();
    step(own, in(present));
    model_.add_context_gradient(pass, dseen.data());
  }

  Columns columns_;
  LevelModel model_;
  Sequence layers_;
  bool skips_ = true;
  int level_stream_ = 0, number_stream_ = 0;
};

}  // namespace

std::unique_ptr<Layer> make_mixed(SpecReader& spec, const Site& site) {
  Columns columns(spec, site);
  const NetSpec net = read_net(spec);
  return std::make_unique<Mixed>(spec, site, std::move(columns), net);
}

}  // namespace NF_PRECISION
}  // namespace nf
