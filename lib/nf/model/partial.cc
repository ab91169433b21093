#include "nf/model/partial.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "nf/core/constants.h"
#include "nf/model/row_tiles.h"

namespace nf {
inline namespace NF_PRECISION {
namespace {

// Normal on lines, and nothing beside what columns that are none ask for.
bool has_plain_base(const Model& model) {
  const Json base = model.flow.base().spec();
  if (base.value("kind", "") != "normal") return false;
  const Json own = base.value("override", Json::object());
  for (const auto& [key, one] : own.items())
    if (model.flow.manifold(std::stoi(key)) == Manifold::kLine) return false;
  return true;
}

}  // namespace

Partial::Partial(const Model& model, int threads) : model_(model), pool_(threads), memory_(pool_.threads()) {
  const Traits& traits = model.flow.traits();
  if (traits.order.empty() || traits.dim > traits.noise_dim)
    throw Error(
        "the model's layers go through the columns in different orders, so that no column's density is given by those "
        "before it alone; flows that have one order: --flow made, and --set order=same");
  if (!traits.keeps_gaps || !traits.exact) throw Error("the model's layers do not know of columns that are left out");
  if (!has_plain_base(model)) throw Error("the model's base is not normal");
  for (std::size_t j = 0; j < model.columns.size(); ++j) {
    const Door& door = *model.columns[j].door;
    for (int i = 0; i < door.features(); ++i) {
      const auto at = static_cast<int>(places_.size());
      const Manifold manifold = model.flow.manifold(at);
      places_.push_back({static_cast<int>(j), traits.order[at], manifold == Manifold::kLine,
                         manifold == Manifold::kCircle});
      ranks_ = std::max(ranks_, traits.order[at] + 1);
    }
  }
  // A column has its density when its last feature's is known; one without any comes first.
  std::vector<int> rank(model.columns.size(), -1);
  for (const Place& place : places_) rank[place.column] = std::max(rank[place.column], place.rank);
  order_.resize(rank.size());
  std::iota(order_.begin(), order_.end(), 0);
  std::stable_sort(order_.begin(), order_.end(), [&](int a, int b) { return rank[a] < rank[b]; });
  model.flow.prepare(model.theta.data(), memory_[0], prepared_);
}

std::vector<int> Partial::missing(const std::vector<bool>& columns) const {
  int most = -1;
  for (const Place& place : places_)
    if (columns[place.column]) most = std::max(most, place.rank);
  std::vector<bool> needed(columns.size(), false);
  for (const Place& place : places_)
    if (place.rank < most && !columns[place.column]) needed[place.column] = true;
  std::vector<int> missing;
  for (const int j : order_)
    if (needed[j]) missing.push_back(j);
  return missing;
}

template <class What>
void Partial::for_tiles(int rows, const double* c, std::uint64_t seed, std::uint64_t first_row, What what) {
  for_row_tiles(model_, prepared_, pool_, memory_, rows, c, {seed, first_row}, what);
}

// Of the features alone, without their doors. What is left out stands at the middle of the base, and is taken off.
LogDet Partial::log_prob_of(Pass& pass, TileIn x, const std::vector<bool>& features) const {
  Scratch scratch(*pass.scratch);
  const int dim = model_.flow.dim();
  Tile masked = scratch.tile(dim), present = scratch.tile(dim), z = scratch.tile(model_.flow.noise_dim());
  LogDet lp = LogDet::Zero();
  for (int f = 0; f < dim; ++f) {
    present.col(f).setConstant(features[f] ? Real(1) : Real(0));
    if (features[f]) masked.col(f) = x.col(f);
    else masked.col(f).setZero();
    if (features[f]) continue;
    if (places_[f].line) lp += kLogTwoPi / 2;
    if (places_[f].circle) lp += std::log(kTwoPi);
  }
  Pass own = pass;
  own.present = present.data();
  model_.flow.log_prob(own, in(masked), z, lp);
  return lp;
}

void Partial::log_prob(const double* x, const double* c, int rows, const std::vector<bool>& columns, std::uint64_t seed,
                       std::uint64_t first_row, double* lp) {
  const auto width = static_cast<std::ptrdiff_t>(model_.columns.size());
  for_tiles(rows, c, seed, first_row, [&](Pass& pass, int first, int real) {
    Scratch scratch(*pass.scratch);
    Tile xs = scratch.tile(model_.flow.dim());
    LogDet sum = LogDet::Zero();
    enter(model_.columns, columns, pass.noise, x + first * width, real, xs, sum);
    std::vector<bool> features;
    for (const Place& place : places_) features.push_back(columns[place.column]);
    sum += log_prob_of(pass, in(xs), features);
    std::copy_n(sum.data(), real, lp + first);
  });
}

void Partial::log_prob_by_column(const double* x, const double* c, int rows, std::uint64_t seed,
                                 std::uint64_t first_row, double* lp) {
  const auto width = static_cast<std::ptrdiff_t>(model_.columns.size());
  const std::size_t dim = places_.size();
  for_tiles(rows, c, seed, first_row, [&](Pass& pass, int first, int real) {
    Scratch scratch(*pass.scratch);
    Tile xs = scratch.tile(static_cast<int>(dim));
    std::vector<LogDet> own(model_.columns.size(), LogDet::Zero());
    std::vector<bool> one(model_.columns.size(), false);
    for (std::size_t j = 0; j < model_.columns.size(); ++j) {
      one[j] = true;
      enter(model_.columns, one, pass.noise, x + first * width, real, xs, own[j]);
      one[j] = false;
    }
    LogDet before = LogDet::Zero();
    for (int rank = 0; rank < ranks_; ++rank) {
      std::vector<bool> known(dim);
      for (std::size_t f = 0; f < dim; ++f) known[f] = places_[f].rank <= rank;
      const LogDet all = log_prob_of(pass, in(xs), known);
      std::vector<std::size_t> those;
      for (std::size_t f = 0; f < dim; ++f)
        if (places_[f].rank == rank) those.push_back(f);
      for (const std::size_t f : those) {
        for (const std::size_t other : those) known[other] = other == f;
        own[places_[f].column] += (those.size() == 1 ? all : log_prob_of(pass, in(xs), known)) - before;
      }
      before = all;
    }
    for (std::size_t j = 0; j < own.size(); ++j)
      for (int r = 0; r < real; ++r) lp[(first + r) * width + static_cast<std::ptrdiff_t>(j)] = own[j](r);
  });
}

void Partial::complete(const double* x, const std::vector<bool>& known, const double* c, int rows, std::uint64_t seed,
                       std::uint64_t first_row, double* completed, double* log_weight) {
  const auto width = static_cast<std::ptrdiff_t>(model_.columns.size());
  const std::size_t dim = places_.size();
  int first_unknown = ranks_;
  for (const Place& place : places_)
    if (!known[place.column]) first_unknown = std::min(first_unknown, place.rank);
  std::vector<bool> early = known, late(known.size(), false);  // before it, and after it
  for (const Place& place : places_)
    if (known[place.column] && place.rank > first_unknown) early[place.column] = false, late[place.column] = true;
  for_tiles(rows, c, seed, first_row, [&](Pass& pass, int first, int real) {
    Scratch scratch(*pass.scratch);
    Tile given = scratch.tile(static_cast<int>(dim)), xs = scratch.tile(static_cast<int>(dim)),
         z = scratch.tile(model_.flow.noise_dim()), fresh = scratch.tile(model_.flow.noise_dim());
    LogDet door = LogDet::Zero(), before = LogDet::Zero(), unused = LogDet::Zero();
    given.setZero();
    enter(model_.columns, early, pass.noise, x + first * width, real, given, before);
    enter(model_.columns, late, pass.noise, x + first * width, real, given, door);
    model_.flow.base().sample(pass, Random{seed}, Stream::kBase, pass.noise.first_row, fresh);
    z = fresh;
    // Known features in turn; what lies between them is drawn given those before.
    Tile present = scratch.tile(static_cast<int>(dim));
    for (int rank = 0; rank < ranks_;) {
      bool is_known = false;
      for (std::size_t f = 0; f < dim; ++f)
        if (places_[f].rank == rank && known[places_[f].column]) is_known = true;
      if (!is_known) {
        ++rank;
        continue;
      }
      // As many ranks as have no feature that has to be drawn.
      int end = rank;
      const auto has_unknown = [&](int at) {
        return std::any_of(places_.begin(), places_.end(),
                           [&](const Place& place) { return place.rank == at && !known[place.column]; });
      };
      while (end + 1 < ranks_ && !has_unknown(end + 1)) ++end;
      unused.setZero();
      model_.flow.decode(pass, in(z), xs, unused);
      for (std::size_t f = 0; f < dim; ++f) {
        present.col(static_cast<int>(f)).setConstant(places_[f].rank <= end ? Real(1) : Real(0));
        if (places_[f].rank > end) xs.col(static_cast<int>(f)).setZero();
        else if (known[places_[f].column]) xs.col(static_cast<int>(f)) = given.col(static_cast<int>(f));
      }
      // Noise of all of them, since layers may draw some of it, and of what is to come.
      Pass own = pass;
      own.present = present.data();
      own.noise.seed = seed_of_part(pass.noise.seed, static_cast<std::uint64_t>(rank));
      unused.setZero();
      model_.flow.encode(own, in(xs), fresh, unused);
      for (std::size_t f = 0; f < dim; ++f)
        if (places_[f].rank <= end) z.col(static_cast<int>(f)) = fresh.col(static_cast<int>(f));
      for (int j = static_cast<int>(dim); j < model_.flow.noise_dim(); ++j) z.col(j) = fresh.col(j);
      rank = end + 1;
    }
    unused.setZero();
    model_.flow.decode(pass, in(z), xs, unused);
    for (std::size_t f = 0; f < dim; ++f)
      if (known[places_[f].column]) xs.col(static_cast<int>(f)) = given.col(static_cast<int>(f));
    leave(model_.columns, pass.noise, in(xs), real, completed + first * width, unused);
    for (int r = 0; r < real; ++r)
      for (std::ptrdiff_t j = 0; j < width; ++j)
        if (known[j]) completed[(first + r) * width + j] = x[(first + r) * width + j];

    LogDet weight = LogDet::Zero();
    for (int rank = first_unknown; rank < ranks_; ++rank) {
      std::vector<bool> below(dim), with(dim);
      bool any = false;
      for (std::size_t f = 0; f < dim; ++f) {
        const bool here = places_[f].rank == rank && known[places_[f].column];
        below[f] = places_[f].rank < rank;
        with[f] = below[f] || here;
        any = any || here;
      }
      if (any) weight += log_prob_of(pass, in(xs), with) - log_prob_of(pass, in(xs), below);
    }
    weight += door;  // what was drawn within a known value, as within a whole number, counts
    const auto is_none = [&](int r) { return std::isnan(weight(r)) || !(before(r) > -INFINITY); };
    for (int r = 0; r < real; ++r) log_weight[first + r] = is_none(r) ? -INFINITY : weight(r);
  });
}

}  // namespace NF_PRECISION
}  // namespace nf
