#pragma once
// Tables, options and an objective that the training loop's tests share.
#include "nf/train/trainer.h"
#include "real_test.h"

namespace nf {

inline Data table(int rows, int dim, std::uint64_t seed) {
  Data data{Batch(rows, dim), Batch(rows, 0), {}};
  Vector memory = Vector::Zero(kTile * dim);
  for (int first = 0; first < rows; first += kTile) {
    Random{seed}.normals(Stream::kTest, static_cast<std::uint64_t>(first), dim, memory.data());
    const Tile tile(memory.data(), kTile, dim);
    for (int r = 0; r < std::min(kTile, rows - first); ++r) data.x.row(first + r) = tile.row(r);
  }
  return data;
}

// Rows 0, 1, 2, ... in the first column.
inline Data numbered(int rows) {
  Data data{Batch(rows, 1), Batch(rows, 0), {}};
  for (int r = 0; r < rows; ++r) data.x(r, 0) = static_cast<Real>(r);
  return data;
}

inline const Json kFlow = {{"dim", 2},
                           {"layers", {{{"kind", "autoregressive"}, {"hidden", {8}}, {"activation", "tanh"}}}}};
inline const Json kShift = {{"dim", 1}, {"layers", {{{"kind", "elementwise"}}}}};

inline TrainOptions options_of(std::int64_t epochs, int batch) {
  TrainOptions options;
  options.epochs = epochs;
  options.batch = batch;
  options.rate = 1e-2;
  options.warmup = 0;
  options.schedule = ScheduleKind::kConstant;
  return options;
}

// An objective whose rows and values the test decides; its gradient is `slope` times the weight in every number.
class Scripted final : public Objective {
 public:
  explicit Scripted(const Flow& flow) : params_(flow.params()), ranges_(params_.ranges(std::size_t{1} << 30)) {}
  const Params& params() const override { return params_; }
  double tile(Pass& pass, TileIn x, const LogDet& weight, const Moment& moment) const override {
    seconds += tile_seconds;
    progress.push_back(moment.progress);
    for (int r = 0; r < pass.rows; ++r) rows.push_back(static_cast<int>(x(r, 0))), weights.push_back(weight(r));
    for (const Range& range : ranges_)
      for (std::size_t i = 0; i < range.length; ++i) pass.dtheta[range.offset + i] += static_cast<Real>(weight.sum());
    return weight.sum();
  }
  void row_losses(Pass& pass, TileIn, const Data&, Eigen::Index first, LogDet& loss) const override {
    if (first == 0) {
      seconds += validation_seconds;
      seen.emplace_back(Eigen::Map<const Vector>(pass.theta, static_cast<Eigen::Index>(params_.size())));
    }
    loss.setConstant(losses[std::min(seen.size(), losses.size()) - 1]);
  }
  bool integrates() const override { return !errors.empty(); }
  void row_errors(Pass& pass, TileIn, LogDet& error) const override {
    const Eigen::Map<const Vector> theta(pass.theta, static_cast<Eigen::Index>(params_.size()));
    std::size_t epoch = 0;
    while (epoch + 1 < seen.size() && !(seen[epoch] == theta)) ++epoch;
    error.setConstant(errors[std::min(epoch, errors.size() - 1)]);
  }
  std::vector<double> losses = {0}, errors = {};
  double tile_seconds = 0, validation_seconds = 0;
  mutable double seconds = 0;
  mutable std::vector<int> rows;
  mutable std::vector<double> weights, progress;
  mutable std::vector<Vector> seen;

 private:
  const Params& params_;
  std::vector<Range> ranges_;
};

}  // namespace nf
