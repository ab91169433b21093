// Compiled with NF_REAL=double: the plain kernels and the same model file.
#include "check_f64.h"

#include <cmath>

#include "nf/core/factor.h"
#include "nf/model/model_file.h"
#include "nf/model/scorer.h"

namespace nf::cli {
namespace {

// Small, so that few differences straddle a kink of a relu; rounding then costs about 1e-9.
constexpr double kStep = 1e-6;

// Encodes tile after tile of points around one row and collects their images.
class Differences {
 public:
  Differences(const Model& model, Stack& stack) : model_(model), stack_(stack) {}

  // Point p of 2 * dim is the row with feature p / 2 moved by +kStep or -kStep.
  double error(const Batch& xs, const Batch& cs, Eigen::Index row) {
    const int dim = model_.flow.dim();
    Eigen::MatrixXd jacobian(dim, dim);
    double log_det = 0;
    Scratch scratch(stack_);
    Tile x = scratch.tile(dim), z = scratch.tile(dim), c = scratch.tile(model_.flow.context());
    for (int t = 0; t < kTile; ++t)
      for (Eigen::Index j = 0; j < c.cols(); ++j) c(t, j) = cs(row, j);
    for (int first = -1; first < 2 * dim; first += kTile) {  // point -1 is the row itself
      for (int t = 0; t < kTile; ++t) {
        x.row(t) = xs.row(row);
        const int p = first + t;
        if (p >= 0 && p < 2 * dim) x(t, p / 2) += p % 2 == 0 ? kStep : -kStep;
      }
      Pass pass{.theta = model_.theta.data(), .context = c.data(), .scratch = &stack_};
      LogDet ld = LogDet::Zero();
      model_.flow.encode(pass, in(x), z, ld);
      if (first < 0) log_det = ld(0);
      for (int t = 0; t < kTile; ++t) {
        const int p = first + t;
        if (p < 0 || p >= 2 * dim) continue;
        if (p % 2 == 0) jacobian.col(p / 2) = z.row(t).transpose();
        else jacobian.col(p / 2) = (jacobian.col(p / 2) - z.row(t).transpose()) / (2 * kStep);
      }
    }
    return log_det - log_abs_determinant(jacobian);
  }

 private:
  const Model& model_;
  Stack& stack_;
};

}  // namespace

std::vector<double> log_prob_f64(std::span<const std::byte> file, const double* x, const double* c, int rows,
                                 int threads) {
  const Model model = parse_model(file);
  std::vector<double> lp(rows);
  Scorer(model, threads).log_prob(x, c, rows, lp.data(), nullptr);
  return lp;
}

std::vector<double> log_det_errors_f64(std::span<const std::byte> file, const double* x, const double* c, int rows,
                                       int threads) {
  const Model model = parse_model(file);
  const auto row_of_context = [&](std::int64_t r) { return c + r * static_cast<std::int64_t>(model.context.size()); };
  const Batch xs = enter_rows(model.columns, x, rows), cs = enter_context_rows(model.context, rows, row_of_context);
  std::vector<double> errors(rows);
  Pool pool(threads);
  std::vector<Stack> stacks(pool.threads());
  pool.run(rows, [&](int row, int worker) { errors[row] = Differences(model, stacks[worker]).error(xs, cs, row); });
  return errors;
}

}  // namespace nf::cli
