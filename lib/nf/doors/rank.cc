// rank.cc -- a number by its rank: the training rows' distribution function, from knot to knot a straight line, to the
// normal quantile; linear beyond the outermost knots. For shapes that no formula has.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "nf/doors/affine.h"
#include "nf/core/normal.h"
#include "nf/doors/door.h"

namespace nf {
inline namespace NF_PRECISION {
namespace {

class Rank final : public ScalarDoor<Rank> {
 public:
  Rank(std::vector<double> knots, std::vector<double> at) : knots_(std::move(knots)), at_(std::move(at)) {}
  bool wide() const override {
    return std::abs(knots_.front() + knots_.back()) > 1e3 * (knots_.back() - knots_.front());
  }
  Json spec() const override { return {{"kind", "rank"}, {"knots", knots_}, {"at", at_}}; }

  double feature_of(double v) const {
    if (std::isnan(v)) return v;
    const std::size_t i = piece(knots_, v);
    return at_[i] + (v - knots_[i]) * slope(i);
  }
  double value(double x) const {
    const std::size_t i = piece(at_, x);
    return knots_[i] + (x - at_[i]) / slope(i);
  }
  double log_slope(double v) const { return std::isnan(v) ? v : std::log(slope(piece(knots_, v))); }

 private:
  // The piece that a number lies in, or that goes on to it.
  static std::size_t piece(const std::vector<double>& knots, double at) {
    const auto above = std::upper_bound(knots.begin() + 1, knots.end() - 1, at);
    return static_cast<std::size_t>(above - knots.begin()) - 1;
  }
  double slope(std::size_t i) const { return (at_[i + 1] - at_[i]) / (knots_[i + 1] - knots_[i]); }

  std::vector<double> knots_, at_;  // values, and where they go
};

}  // namespace

std::unique_ptr<Door> make_rank(SpecReader& spec) {
  std::vector<double> knots = spec.numbers("knots"), at = spec.numbers("at");
  constexpr std::size_t kMostKnots = 1 << 16;
  if (knots.size() < 2 || knots.size() > kMostKnots || at.size() != knots.size())
    spec.fail("'knots' and 'at' are not lists of equally many numbers, at least two");
  for (const auto* list : {&knots, &at})
    for (std::size_t i = 1; i < list->size(); ++i)
      if (!((*list)[i] > (*list)[i - 1])) spec.fail("'knots' or 'at' do not rise");
  return std::make_unique<Rank>(std::move(knots), std::move(at));
}

// "most": knots [64], evenly among the quantiles of a normal.
std::unique_ptr<Door> measure_rank(SpecReader& wish, const ColumnValues& column) {
  const auto most = static_cast<double>(wish.integer("most", 64, 2, 4096));
  std::vector<std::size_t> order(column.values.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(),
            [&](std::size_t a, std::size_t b) { return column.values[a] < column.values[b]; });
  double all = 0, below = 0;
  for (const std::size_t i : order) all += column.weight(i);
  const double reach = normal_quantile(1 - 0.5 / static_cast<double>(order.size()));
  std::vector<double> knots, at;
  for (std::size_t i = 0; i < order.size();) {
    const double value = column.values[order[i]];
    double weight = 0;
    for (; i < order.size() && column.values[order[i]] == value; ++i) weight += column.weight(order[i]);
    const double x =
        std::clamp(normal_quantile(std::clamp((below + weight / 2) / all, 1e-300, 1 - 1e-16)), -reach, reach);
    below += weight;
    if (!knots.empty() && i < order.size() && x - at.back() < 2 * reach / most) continue;
    if (weight == 0 || (!at.empty() && !(x > at.back()))) continue;
    knots.push_back(value);
    at.push_back(x);
  }
  return knots.size() < 2 ? nullptr : std::make_unique<Rank>(std::move(knots), std::move(at));
}

}  // namespace NF_PRECISION
}  // namespace nf
