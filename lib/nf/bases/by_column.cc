// by_column.cc -- columns with bases of their own: "override": {"3": {"kind": "uniform", ...}} beside the base of the
// others. A column that is a circle or has levels has a uniform one.
#include "nf/bases/by_column.h"

#include <charconv>

namespace nf {
inline namespace NF_PRECISION {
namespace {

// pi rounded up to float: an angle in float may be that.
constexpr double kFloatPi = 3.1415927410125732;

class ByColumn final : public Base {
 public:
  ByColumn(const Json& given, const Site& site) {
    const Json object = given.is_string() ? Json{{"kind", given}} : given;
    const auto dim = static_cast<std::size_t>(site.dim);
    std::vector<Json> own(dim);
    for (std::size_t j = 0; j < dim; ++j) switch (site.manifold(static_cast<int>(j))) {
        case Manifold::kLine:
          break;
        case Manifold::kCircle:
          own[j] = {{"kind", "uniform"}, {"low", -kFloatPi}, {"high", kFloatPi}};
          break;
        case Manifold::kLevels:
          own[j] = {{"kind", "uniform"}, {"low", 0.0}, {"high", 1.0}};
          break;
      }
    const Json overrides = object.value("override", Json::object());
    if (!overrides.is_object()) throw Error(site.name + ": 'override' is not an object of columns and their bases");
    for (const auto& [key, value] : overrides.items()) {
      const auto column = static_cast<std::size_t>(read_column(key, site));
      if (!own[column].is_null() && own[column] != value)
        throw Error(site.name + ": column " + key + " is no line: its noise is uniform");
      own[column] = value;
    }
    Json rest = object;
    rest.erase("override");
    std::vector<int> others;
    for (int j = 0; j < site.dim; ++j)
      if (own[j].is_null()) others.push_back(j);
    if (!others.empty()) add(rest, std::move(others), site);
    default_ = groups_.empty() ? rest : groups_[0].base->spec();
    for (int j = 0; j < site.dim; ++j) {
      const Json& base = own[j];
      if (base.is_null()) continue;
      add(base, {j}, site);
      own_.emplace_back(std::to_string(j), groups_.back().base->spec());
    }
  }
  Json spec() const override {
    Json spec = default_;
    spec["override"] = own_;
    return spec;
  }

  void log_prob(Pass& pass, TileIn z, LogDet& lp) const override {
    for (const Group& group : groups_) {
      Scratch scratch(*pass.scratch);
      Tile own = scratch.tile(group.width());
      group.gather(z, own);
      group.base->log_prob(pass, in(own), lp);
    }
  }
  void backward(Pass& pass, TileIn z, const LogDet& dlp, Tile dz) const override {
    for (const Group& group : groups_) {
      Scratch scratch(*pass.scratch);
      Tile own = scratch.tile(group.width()), gradient = scratch.tile(group.width());
      group.gather(z, own);
      gradient.setZero();
      group.base->backward(pass, in(own), dlp, gradient);
      for (int i = 0; i < group.width(); ++i) dz.col(group.columns[i]) += gradient.col(i);
    }
  }
  // Each group draws from a seed of its own: their first columns would else share their random words.
  void sample(Pass& pass, const Random& random, Stream stream, std::uint64_t first_row, Tile z) const override {
    std::uint64_t seed = random.seed;
    for (const Group& group : groups_) {
      Scratch scratch(*pass.scratch);
      Tile own = scratch.tile(group.width());
      group.base->sample(pass, Random{seed}, stream, first_row, own);
      for (int i = 0; i < group.width(); ++i) z.col(group.columns[i]) = own.col(i);
      seed = seed_of_part(seed, 0);
    }
  }

  void init(Real* theta, Uniforms& random) const override {
    for (const Group& group : groups_) group.base->init(theta, random);
  }
  bool wants_data() const override {
    for (const Group& group : groups_)
      if (group.base->wants_data()) return true;
    return false;
  }
  void init_data(Real* theta, const Batch& z, const Batch& c) const override {
    for (const Group& group : groups_) {
      if (!group.base->wants_data()) continue;
      Batch own(z.rows(), group.width());
      for (int i = 0; i < group.width(); ++i) own.col(i) = z.col(group.columns[i]);
      group.base->init_data(theta, own, c);
    }
  }
  bool smooth() const override {
    return std::all_of(groups_.begin(), groups_.end(), [](const Group& group) { return group.base->smooth(); });
  }
  std::optional<double> entropy() const override {
    double sum = 0;
    for (const Group& group : groups_) {
      const std::optional<double> own = group.base->entropy();
      if (!own) return std::nullopt;
      sum += *own;
    }
    return sum;
  }

 private:
  struct Group {
    std::vector<int> columns;
    std::unique_ptr<Base> base;
    int width() const { return static_cast<int>(columns.size()); }
    void gather(TileIn z, Tile own) const {
      for (int i = 0; i < width(); ++i) own.col(i) = z.col(columns[i]);
    }
  };

  static int read_column(const std::string& key, const Site& site) {
    int column = -1;
    const auto [end, error] = std::from_chars(key.data(), key.data() + key.size(), column);
    if (error != std::errc() || end != key.data() + key.size() || column < 0 || column >= site.dim)
      throw Error(site.name + ": 'override' has '" + key + "', not a column 0.." + std::to_string(site.dim - 1));
    return column;
  }
  void add(const Json& spec, std::vector<int> columns, const Site& site) {
    const Site own{static_cast<int>(columns.size()), site.context, site.params, site.wants,
                   site.name + "." + std::to_string(groups_.size())};
    groups_.push_back({std::move(columns), make_base(spec, own)});
  }

  std::vector<Group> groups_;
  Json default_;
  Json::object_t own_;  // in order, so that no key need be looked for
};

}  // namespace

bool has_own_columns(const Json& spec, const Site& site) {
  return !site.manifolds.empty() || (spec.is_object() && spec.contains("override"));
}

std::unique_ptr<Base> make_by_column(const Json& spec, const Site& site) {
  return std::make_unique<ByColumn>(spec, site);
}

}  // namespace NF_PRECISION
}  // namespace nf
