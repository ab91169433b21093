#include "nf/layers/conditioned.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace nf {
inline namespace NF_PRECISION {

std::unique_ptr<Transformer> read_transformer(SpecReader& spec) {
  auto map = make_transformer(spec.value("transformer", "affine"), spec.place() + ".transformer");
  if (map->period() != 0) spec.fail("a periodic transformer needs columns that are circles");
  spec.replace("transformer", map->spec());
  return map;
}

std::vector<int> read_order(SpecReader& spec, const char* key, int dim) {
  std::vector<int> order(dim);
  std::iota(order.begin(), order.end(), 0);
  const Json given = spec.value(key, "identity");
  if (given == "reverse") {
    std::reverse(order.begin(), order.end());
  } else if (given == "random") {
    Uniforms random(static_cast<std::uint64_t>(spec.integer("seed", 0, 0, INT64_MAX)), Stream::kPermutation);
    spec.forget("seed");  // the drawn order says it all
    shuffle(order, random);
  } else if (given != "identity") {
    if (given.is_string()) spec.fail(unknown(key, given.get<std::string>(), {"identity", "reverse", "random"}));
    order = spec.integers(key, order, 0, dim - 1);
    std::vector<bool> seen(dim);
    for (int i : order) seen[i] = true;
    if (order.size() != seen.size() || std::find(seen.begin(), seen.end(), false) != seen.end())
      spec.fail(std::string("'") + key + "' is not a permutation of 0.." + std::to_string(dim - 1));
  }
  spec.replace(key, order);
  return order;
}

Real read_clip(SpecReader& spec) { return static_cast<Real>(spec.number("clip", 8, 0.1, 1e6)); }

namespace {

void clamp(const Real* from, int columns, Real clip, Real* to) {
  for (int i = 0; i < kTile * columns; ++i) to[i] = std::min(std::max(from[i], -clip), clip);
}

}  // namespace

Seen::Seen(const Site& site, const std::vector<int>& features, Real clip) : clip_(clip), at_{site.context} {
  for (int column : features) at_.push_back(at_.back() + (site.manifold(column) == Manifold::kCircle ? 2 : 1));
}

std::vector<int> Seen::widths() const {
  std::vector<int> widths;
  for (std::size_t i = 1; i < at_.size(); ++i) widths.push_back(at_[i] - at_[i - 1]);
  return widths;
}

void Seen::write_context(const Real* context, Real* seen) const { clamp(context, at_.front(), clip_, seen); }

void Seen::write(int i, const Real* x, Real* seen) const {
  Real* to = seen + kTile * at(i);
  if (!circle(i)) return clamp(x, 1, clip_, to);
  for (int r = 0; r < kTile; ++r) {
    to[r] = std::cos(x[r]);
    to[kTile + r] = std::sin(x[r]);
  }
}

void Seen::add_context_gradient(Pass& pass, const Real* dseen) const {
  if (!pass.dcontext) return;
  for (int i = 0; i < kTile * at_.front(); ++i)
    pass.dcontext[i] += pass.context[i] > -clip_ && pass.context[i] < clip_ ? dseen[i] : Real(0);
}

void Seen::add_gradient(int i, const Real* x, const Real* dseen, Real* dx) const {
  const Real* d = dseen + kTile * at(i);
  if (circle(i)) {
    for (int r = 0; r < kTile; ++r) dx[r] += std::cos(x[r]) * d[kTile + r] - std::sin(x[r]) * d[r];
  } else {
    for (int r = 0; r < kTile; ++r) dx[r] += x[r] > -clip_ && x[r] < clip_ ? d[r] : Real(0);
  }
}

}  // namespace NF_PRECISION
}  // namespace nf
