#include "nf/layers/level_model.h"

#include <algorithm>
#include <cmath>

namespace nf {
inline namespace NF_PRECISION {
namespace {

constexpr double kLeast = 1e-6;  // the probability that a level has at least: float tells apart what is larger

std::vector<int> begins(const std::vector<int>& counts) {
  std::vector<int> at = {0};
  for (const int count : counts) at.push_back(at.back() + count);
  return at;
}

void softmax(Tile shares) {
  const Eigen::Array<Real, kTile, 1> most = shares.rowwise().maxCoeff();
  shares.array().colwise() -= most;
  shares = shares.array().exp().matrix();
  const Eigen::Array<Real, kTile, 1> sum = shares.rowwise().sum();
  shares.array().colwise() /= sum;
}

Real probability(const Tile& shares, int r, int k) {
  const double rest = 1 - kLeast * static_cast<double>(shares.cols());
  return static_cast<Real>(kLeast + rest * static_cast<double>(shares(r, k)));
}

}  // namespace

LevelModel::LevelModel(int context, std::vector<int> counts, std::vector<int> gates, const NetSpec& net, Real clip,
                       Params& params, const std::string& name)
    : context_(context),
      counts_(std::move(counts)),
      gates_(std::move(gates)),
      at_(begins(counts_)),
      clip_(clip),
      made_(context, counts_, counts_, net, Made::default_degrees(context, columns(), net.hidden), params, name) {}

LevelModel::State::State(Real* block, const LevelModel& model)
    : seen(block),
      memory(seen + kTile * model.seen_columns()),
      shares(memory + kTile * model.made_.mlp().columns(), kTile, model.all()),
      v(shares.data() + kTile * model.all(), kTile, model.columns()) {}

void LevelModel::init(Real* theta, Uniforms& random) const { made_.mlp().init(theta, random, Vector::Zero(all())); }

void LevelModel::start(Real* theta, const std::vector<std::vector<double>>& shares) const {
  Vector bias(all());
  for (int i = 0; i < columns(); ++i)
    for (int k = 0; k < counts_[i]; ++k)
      bias[at_[i] + k] = static_cast<Real>(std::log(shares[i][k] * static_cast<double>(counts_[i])));
  made_.mlp().set_output_bias(theta, bias);
}

void LevelModel::see_context(const Pass& pass, Real* seen) const {
  for (int i = 0; i < kTile * context_; ++i) seen[i] = std::min(std::max(pass.context[i], -clip_), clip_);
}

void LevelModel::see_level(TileIn levels, int i, Real* seen) const {
  Tile hot(seen + kTile * (context_ + at_[i]), kTile, counts_[i]);
  hot.setZero();
  for (int r = 0; r < kTile; ++r) hot(r, static_cast<int>(levels(r, i))) = 1;
}

void LevelModel::see(const Pass& pass, TileIn levels, Real* seen) const {
  see_context(pass, seen);
  for (int i = 0; i < columns(); ++i) see_level(levels, i, seen);
}

void LevelModel::add_context_gradient(Pass& pass, const Real* dseen) const {
  for (int i = 0; pass.dcontext && i < kTile * context_; ++i)
    pass.dcontext[i] += pass.context[i] > -clip_ && pass.context[i] < clip_ ? dseen[i] : Real(0);
}

void LevelModel::encode(const Pass& pass, TileIn levels, TileIn counted, State& s, Tile u, LogDet& lp) const {
  see(pass, levels, s.seen);
  made_.mlp().forward(pass.theta, s.seen, s.memory, s.shares.data());
  for (int i = 0; i < columns(); ++i) {
    Tile shares = of(s.shares, i);
    softmax(shares);
    for (int r = 0; r < kTile; ++r) {
      const int k = static_cast<int>(levels(r, i));
      if (!is_there(levels, r, i)) {
        u(r, i) = s.v(r, i);
        if (k != 0 && counted(r, i) != 0) lp(r) = -INFINITY;
        continue;
      }
      Real below = 0;
      for (int lower = 0; lower < k; ++lower) below += probability(shares, r, lower);
      const Real p = probability(shares, r, k);
      u(r, i) = std::min(below + p * s.v(r, i), std::nextafter(below + p, Real(0)));
      if (counted(r, i) != 0) lp(r) += std::log(static_cast<double>(p));
    }
  }
}

void LevelModel::decode(const Pass& pass, TileIn u, State& s, Tile levels, LogDet& lp) const {
  see_context(pass, s.seen);
  made_.mlp().start_output(pass.theta, s.shares.data());
  made_.advance(pass.theta, s.seen, s.memory, 0, s.shares.data());
  s.v.setZero();
  for (int i = 0; i < columns(); ++i) {
    Tile shares = of(s.shares, i);
    softmax(shares);
    for (int r = 0; r < kTile; ++r) {
      if (!is_there(levels, r, i)) {
        levels(r, i) = 0;
        continue;
      }
      int k = 0;
      Real below = 0, p = probability(shares, r, 0);
      for (; k + 1 < counts_[i] && !(u(r, i) < below + p); p = probability(shares, r, k)) {
        below += p;
        ++k;
      }
      levels(r, i) = static_cast<Real>(k);
      lp(r) -= std::log(static_cast<double>(p));
    }
    see_level(in(levels), i, s.seen);
    if (i + 1 < columns()) made_.advance(pass.theta, s.seen, s.memory, i + 1, s.shares.data());
  }
}

// By the logits, s_j the softmax's shares, p_k = kLeast + rest s_k: d log p_k / d logit_j = rest s_k (1[j = k] - s_j) /
// p_k, and with u the sum of p below k and v p_k, d u / d logit_j = rest s_j (w_j - sum_i w_i s_i), w_j = 1 below k, v
// at k, 0 above.
void LevelModel::backward(Pass& pass, const State& s, TileIn levels, const LogDet& dlp, TileIn du) const {
  Scratch scratch(*pass.scratch);
  Tile dlogits = scratch.tile(all());
  for (int i = 0; i < columns(); ++i) {
    const Tile shares = of(s.shares, i);
    Tile d = of(dlogits, i);
    const Real rest = static_cast<Real>(1 - kLeast * counts_[i]);
    for (int r = 0; r < kTile; ++r) {
      if (!is_there(levels, r, i)) {
        d.row(r).setZero();
        continue;
      }
      const int k = static_cast<int>(levels(r, i));
      const Real at_k = rest * shares(r, k) / probability(shares, r, k) * static_cast<Real>(dlp(r));
      const Real at_u = du.cols() == 0 ? Real(0) : rest * du(r, i), v = s.v(r, i);
      Real mean = v * shares(r, k);
      for (int j = 0; j < k; ++j) mean += shares(r, j);
      for (int j = 0; j < counts_[i]; ++j) {
        const Real w = j < k ? Real(1) : j == k ? v : Real(0);
        d(r, j) = at_k * ((j == k ? Real(1) : Real(0)) - shares(r, j)) + at_u * shares(r, j) * (w - mean);
      }
    }
  }
  Real* dseen = scratch.get(seen_columns());
  made_.mlp().backward(pass, s.seen, s.memory, dlogits.data(), pass.dcontext ? dseen : nullptr);
  add_context_gradient(pass, dseen);
}

}  // namespace NF_PRECISION
}  // namespace nf
