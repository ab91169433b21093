#include "nf/layers/column_maps.h"

#include "nf/core/constants.h"

#include <charconv>
#include <cmath>
#include <map>

namespace nf {
inline namespace NF_PRECISION {

namespace {

int read_column(const SpecReader& spec, const std::string& key, int dim) {
  int column = -1;
  const auto [end, error] = std::from_chars(key.data(), key.data() + key.size(), column);
  if (error != std::errc() || end != key.data() + key.size() || column < 0 || column >= dim)
    spec.fail("'override' has '" + key + "', not a column 0.." + std::to_string(dim - 1));
  return column;
}

}  // namespace

ColumnMaps::ColumnMaps(SpecReader& spec, const Site& site, std::vector<int> columns) : columns_(std::move(columns)) {
  maps_.push_back(make_transformer(spec.value("transformer", "affine"), spec.place() + ".transformer"));
  spec.replace("transformer", maps_[0]->spec());
  const Json given = spec.value("override", Json::object());
  if (!given.is_object()) spec.fail("'override' is not an object of columns and their transformers");
  std::vector<Json> own(site.dim);
  for (const auto& [key, value] : given.items()) own[read_column(spec, key, site.dim)] = value;
  for (std::size_t column = 0; column < own.size(); ++column)
    if (own[column].is_null() && site.manifold(static_cast<int>(column)) == Manifold::kCircle)
      own[column] = {{"kind", "rq_spline"}, {"periodic", true}};

  std::vector<int> kind_of(own.size(), 0);
  std::map<std::string, int> known;  // canonical specs of the maps from 1 on
  Json::object_t canonical;
  for (std::size_t column = 0; column < own.size(); ++column) {
    if (own[column].is_null()) continue;
    const std::string key = std::to_string(column);
    auto map = make_transformer(own[column], spec.place() + ".override." + key);
    canonical.emplace_back(key, map->spec());  // keys differ, and looking for them takes time by their number
    const auto [same, fresh] = known.try_emplace(canonical.back().second.dump(), static_cast<int>(maps_.size()));
    if (fresh) maps_.push_back(std::move(map));
    kind_of[column] = same->second;
  }
  if (canonical.empty()) spec.forget("override");
  else spec.replace("override", canonical);

  at_.push_back(0);
  for (int i = 0; i < features(); ++i) {
    const int column = columns_[i], kind = kind_of[column];
    kind_.push_back(kind);
    const Transformer& map = (*this)[i];
    const std::string name = "column " + std::to_string(column);
    if (site.manifold(column) != Manifold::kCircle && map.period() != 0)
      spec.fail(name + " is no circle, but its transformer is periodic");
    if (site.manifold(column) == Manifold::kCircle && std::abs(map.period() - kTwoPi) > 1e-9)
      spec.fail(name + " is a circle, which " + map.spec()["kind"].get<std::string>() + " does not map onto itself");
    at_.push_back(at_.back() + map.num_params());
    if (i > 0 && runs_.back().map == kind) ++runs_.back().end;
    else runs_.push_back({kind, i, i + 1});
  }
}

Vector ColumnMaps::identity() const {
  Vector phi(num_params());
  for (int i = 0; i < features(); ++i) (*this)[i].identity(phi.data() + at(i));
  return phi;
}

std::vector<int> ColumnMaps::log_scales() const {
  std::vector<int> found;
  for (int i = 0; i < features(); ++i)
    if (const int p = (*this)[i].log_scale_at(); p >= 0) found.push_back(at(i) + p);
  return found;
}

template <auto apply>
void ColumnMaps::map(Pass& pass, TileIn from, TileIn phi, Tile to, Tile logd) const {
  for (const Run& run : runs_) {
    const int n = run.end - run.begin;
    ((*maps_[run.map]).*apply)(pass, columns(from, run.begin, n),
                               columns(phi, at(run.begin), at(run.end) - at(run.begin)), columns(to, run.begin, n),
                               columns(logd, run.begin, n));
  }
}

template <auto apply>
void ColumnMaps::gradient(Pass& pass, TileIn x, TileIn phi, TileIn dto, TileIn dlogd, Tile dfrom, Tile dphi) const {
  for (const Run& run : runs_) {
    const int n = run.end - run.begin, first = at(run.begin), params = at(run.end) - first;
    ((*maps_[run.map]).*apply)(pass, columns(x, run.begin, n), columns(phi, first, params), columns(dto, run.begin, n),
                               columns(dlogd, run.begin, n), columns(dfrom, run.begin, n),
                               columns(dphi, first, params));
  }
}

void ColumnMaps::forward(Pass& pass, TileIn x, TileIn phi, Tile y, Tile logd) const {
  map<&Transformer::forward>(pass, x, phi, y, logd);
}
void ColumnMaps::inverse(Pass& pass, TileIn y, TileIn phi, Tile x, Tile logd) const {
  map<&Transformer::inverse>(pass, y, phi, x, logd);
}
void ColumnMaps::backward(Pass& pass, TileIn x, TileIn phi, TileIn dy, TileIn dlogd, Tile dx, Tile dphi) const {
  gradient<&Transformer::backward>(pass, x, phi, dy, dlogd, dx, dphi);
}
void ColumnMaps::inverse_backward(Pass& pass, TileIn x, TileIn phi, TileIn dx, TileIn dlogd, Tile dy, Tile dphi) const {
  gradient<&Transformer::inverse_backward>(pass, x, phi, dx, dlogd, dy, dphi);
}

}  // namespace NF_PRECISION
}  // namespace nf
