#include "nf/model/scorer.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "nf/flow/needs_target.h"
#include "nf/model/row_tiles.h"

namespace nf {
inline namespace NF_PRECISION {

Scorer::Scorer(const Model& model, int threads, const Density* target)
    : model_(model), exact_(is_exact(model)), target_(target), pool_(threads), memory_(pool_.threads()) {
  require_target(model.flow, target);
  model.flow.prepare(model.theta.data(), memory_[0], prepared_);
}

namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

// A density that is no number at a row that is one came from an overflow on the way: far outside the data.
double settle(double lp) { return std::isnan(lp) ? -std::numeric_limits<double>::infinity() : lp; }

}  // namespace

template <class What>
void Scorer::for_tiles(int rows, const double* c, const Draws& draws, What what) {
  for_row_tiles(model_, prepared_, pool_, memory_, rows, c, {draws.seed, draws.first_row},
                [&](Pass& pass, int first, int real) {
                  pass.target = target_;
                  what(pass, first, real);
                });
}

void Scorer::log_prob(const double* x, const double* c, int rows, double* lp, double* z, const Draws& draws) {
  const int dim = static_cast<int>(model_.columns.size()), noise_dim = model_.flow.noise_dim();
  for_tiles(rows, c, draws, [&](Pass& pass, int first, int real) {
    Scratch scratch(*pass.scratch);
    Tile xs = scratch.tile(model_.flow.dim()), zs = scratch.tile(noise_dim);
    LogDet door = LogDet::Zero();
    enter(model_.columns, pass.noise, x + std::ptrdiff_t{first} * dim, real, xs, door);
    LogDet sum = door, squares = LogDet::Zero();
    if (draws.error) pass.error = &squares;
    model_.flow.log_prob(pass, in(xs), zs, sum);
    pass.error = nullptr;
    LogDet spread = LogDet::Constant(kNan);
    if (!exact_ && draws.count > 1) add_draws(pass, x + std::ptrdiff_t{first} * dim, real, draws, sum, spread, squares);
    if (draws.spread) std::copy_n(spread.data(), real, draws.spread + first);
    for (int r = 0; r < real; ++r) {
      const std::ptrdiff_t row = first + r;
      const bool missing = std::isnan(door(r)) || xs.row(r).array().isNaN().any() ||
                           (model_.flow.context() > 0 &&
                            TileIn(pass.context, kTile, model_.flow.context()).row(r).array().isNaN().any());
      lp[row] = missing ? kNan : settle(sum(r));
      if (draws.error) draws.error[row] = std::isfinite(lp[row]) ? std::sqrt(squares(r)) : kNan;
      for (int j = 0; z && j < noise_dim; ++j) z[row * noise_dim + j] = missing ? kNan : static_cast<double>(zs(r, j));
    }
  });
}

// lp = log of the mean of exp(lp) over the draw that it holds and the others; its standard error by the delta method.
void Scorer::add_draws(Pass& pass, const double* values, int real, const Draws& draws, LogDet& lp, LogDet& spread,
                       LogDet& error_squares) const {
  Scratch scratch(*pass.scratch);
  Tile x = scratch.tile(model_.flow.dim()), z = scratch.tile(model_.flow.noise_dim());
  LogDet mean = lp, squares = LogDet::Zero();  // running, as Welford has them
  const auto log_sum = [](const LogDet& a, const LogDet& b) {
    const LogDet high = a.max(b);
    return LogDet(high.isFinite().select(high + ((a - high).exp() + (b - high).exp()).log(), high));
  };
  LogDet of_squares = 2 * lp;
  for (int k = 1; k < draws.count; ++k) {
    pass.noise.seed = seed_of_part(draws.seed, static_cast<std::uint64_t>(k - 1));
    LogDet one = LogDet::Zero();
    enter(model_.columns, pass.noise, values, real, x, one);
    model_.flow.log_prob(pass, in(x), z, one);
    const LogDet away = one - mean;
    mean += away / (k + 1);
    squares += away * (one - mean);
    lp = log_sum(lp, one);
    of_squares = log_sum(of_squares, 2 * one);
  }
  const double count = draws.count;
  error_squares += ((count * (of_squares - 2 * lp).exp() - 1) / (count - 1)).max(0.0);
  pass.noise.seed = draws.seed;
  lp -= std::log(draws.count);
  spread = (squares / (draws.count - 1)).sqrt();
}

template <class Fill>
void Scorer::generate(int rows, const double* c, const Draws& draws, double* x, double* lp, double temperature,
                      Fill fill) {
  const int dim = static_cast<int>(model_.columns.size()), noise_dim = model_.flow.noise_dim();
  for_tiles(rows, c, draws, [&](Pass& pass, int first, int real) {
    Scratch scratch(*pass.scratch);
    Tile xs = scratch.tile(model_.flow.dim()), zs = scratch.tile(noise_dim);
    fill(pass, first, real, zs);
    if (temperature != 1) zs *= static_cast<Real>(temperature);
    LogDet decoded = LogDet::Zero(), door = LogDet::Zero();
    pass.wants_ld = lp != nullptr;
    model_.flow.decode(pass, in(zs), xs, decoded);
    leave(model_.columns, pass.noise, in(xs), real, x + std::ptrdiff_t{first} * dim, door);
    if (!lp) return;
    LogDet sum = -door - decoded;  // the log-dets back are minus those there
    model_.flow.base().log_prob(pass, in(zs), sum);
    for (int r = 0; r < real; ++r) lp[first + r] = settle(sum(r));
  });
}

void Scorer::sample(std::uint64_t seed, std::uint64_t first_row, const double* c, int rows, double temperature,
                    double* x, double* lp) {
  generate(rows, c, {seed, first_row}, x, lp, temperature, [&](Pass& pass, int, int, Tile z) {
    model_.flow.base().sample(pass, Random{seed}, Stream::kBase, pass.noise.first_row, z);
  });
}

void Scorer::decode(const double* z, const double* c, int rows, double* x, double* lp, const Draws& draws) {
  const int dim = model_.flow.noise_dim();
  generate(rows, c, draws, x, lp, 1, [&](Pass&, int first, int real, Tile tile) {
    for (int r = 0; r < kTile; ++r)
      for (int j = 0; j < dim; ++j)
        tile(r, j) = static_cast<Real>(z[std::ptrdiff_t{first + std::min(r, real - 1)} * dim + j]);
  });
}

}  // namespace NF_PRECISION
}  // namespace nf
