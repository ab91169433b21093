// conditional_normal.cc -- a normal distribution for each class, the class being the value of a context column: modes
// that have names, as in class-conditional flows.
// Izmailov, Kirichenko, Finzi, Wilson, Semi-supervised learning with normalizing flows, 2020, arXiv:1912.13025.
#include <algorithm>
#include <cmath>
#include <vector>

#include "nf/bases/base.h"
#include "nf/core/constants.h"
#include "nf/kernels/log_scale.h"

namespace nf {
inline namespace NF_PRECISION {
namespace {

// theta: `value`, the context column's value of each class, as it arrives (standardised), found in the training rows; a
// row belongs to the class of the nearest. `mean` and `r`, a row a class, s = exp(r / (1 + |r| / ln 1000)).
class ConditionalNormal final : public Base {
 public:
  ConditionalNormal(SpecReader& spec, const Site& site)
      : dim_(site.dim),
        column_(static_cast<int>(spec.integer("column", 0, 0, 1 << 16))),
        classes_(static_cast<int>(spec.integer("classes", 2, 1, 1000))),
        spec_(spec.canonical()) {
    if (column_ >= site.context)
      spec.fail("'column' is " + std::to_string(column_) + ", but there are " + std::to_string(site.context) +
                " context columns (counted from 0)");
    value_ = site.add("value", 1, classes_, false).offset;
    mean_ = site.add("mean", classes_, dim_);
    r_ = site.add("r", classes_, dim_);
  }
  Json spec() const override { return spec_; }

  void init(Real* theta, Uniforms&) const override {
    for (int k = 0; k < classes_; ++k) theta[value_ + k] = static_cast<Real>(k);
  }
  bool wants_data() const override { return true; }
  // The classes' values, and the mean and the scale that each has at the start.
  void init_data(Real* theta, const Batch& z, const Batch& c) const override {
    std::vector<Real> values(c.col(column_).begin(), c.col(column_).end());
    std::sort(values.begin(), values.end());
    values.erase(std::unique(values.begin(), values.end()), values.end());
    if (values.size() > static_cast<std::size_t>(classes_))
      throw Error("base: context column " + std::to_string(column_) + " has " + std::to_string(values.size()) +
                  " different values, more than the " + std::to_string(classes_) + " of 'classes'");
    while (values.size() < static_cast<std::size_t>(classes_)) values.push_back(Real(1e6));  // never the nearest
    std::copy(values.begin(), values.end(), theta + value_);
    for (int k = 0; k < classes_; ++k)
      for (int j = 0; j < dim_; ++j) {
        double n = 0, sum = 0, squares = 0;
        for (Eigen::Index row = 0; row < z.rows(); ++row) {
          if (c(row, column_) != values[k]) continue;
          const double x = static_cast<double>(z(row, j));
          n += 1, sum += x, squares += x * x;
        }
        if (n < 2) continue;
        const double mean = sum / n, variance = std::max(squares / n - mean * mean, 1e-4);
        theta[mean_.at(k, j)] = static_cast<Real>(mean);
        theta[r_.at(k, j)] = static_cast<Real>(unbounded(0.5 * std::log(variance)));
      }
  }

  void log_prob(Pass& pass, TileIn z, LogDet& lp) const override {
    int of[kTile];
    find_classes(pass, of);
    Scratch scratch(*pass.scratch);
    Real* inverse = scratch.get(columns());
    lp -= 0.5 * dim_ * kLogTwoPi;
    for (int j = 0; j < dim_; ++j) {
      invert_scales(pass.theta, j, inverse);
      for (int row = 0; row < kTile; ++row) {
        const int k = of[row];
        const double u = static_cast<double>((z(row, j) - pass.theta[mean_.at(k, j)]) * inverse[k]);
        lp(row) -= 0.5 * u * u + static_cast<double>(log_scale(pass.theta[r_.at(k, j)]));
      }
    }
  }

  // With u = (z - m) / s: d log p / dz = -u / s = -d log p / dm, d log p / dlog s = u^2 - 1.
  void backward(Pass& pass, TileIn z, const LogDet& dlp, Tile dz) const override {
    int of[kTile];
    find_classes(pass, of);
    Scratch scratch(*pass.scratch);
    Real* inverse = scratch.get(columns());
    for (int j = 0; j < dim_; ++j) {
      invert_scales(pass.theta, j, inverse);
      for (int row = 0; row < kTile; ++row) {
        const int k = of[row];
        const Real u = (z(row, j) - pass.theta[mean_.at(k, j)]) * inverse[k], d = static_cast<Real>(dlp(row));
        dz(row, j) -= d * u * inverse[k];
        if (!pass.dtheta) continue;
        const Real slope = shrink(pass.theta[r_.at(k, j)]);
        pass.dtheta[mean_.at(k, j)] += d * u * inverse[k];
        pass.dtheta[r_.at(k, j)] += d * (u * u - 1) * slope * slope;
      }
    }
  }

  void sample(Pass& pass, const Random& random, Stream stream, std::uint64_t first_row, Tile z) const override {
    int of[kTile];
    find_classes(pass, of);
    random.normals(stream, first_row, dim_, z.data());
    for (int j = 0; j < dim_; ++j)
      for (int row = 0; row < kTile; ++row) {
        z(row, j) = z(row, j) * std::exp(log_scale(pass.theta[r_.at(of[row], j)])) + pass.theta[mean_.at(of[row], j)];
      }
  }

 private:
  void find_classes(const Pass& pass, int* of) const {
    const Real* c = pass.context + kTile * column_;
    for (int row = 0; row < kTile; ++row) {
      of[row] = 0;
      for (int k = 1; k < classes_; ++k)
        if (std::abs(c[row] - pass.theta[value_ + k]) < std::abs(c[row] - pass.theta[value_ + of[row]])) of[row] = k;
    }
  }
  void invert_scales(const Real* theta, int j, Real* inverse) const {
    for (int k = 0; k < classes_; ++k) inverse[k] = std::exp(-log_scale(theta[r_.at(k, j)]));
  }
  int columns() const { return (classes_ + kTile - 1) / kTile; }

  int dim_, column_, classes_;
  std::size_t value_ = 0;
  Place mean_, r_;
  Json spec_;
};

}  // namespace

std::unique_ptr<Base> make_conditional_normal(SpecReader& spec, const Site& site) {
  return std::make_unique<ConditionalNormal>(spec, site);
}

}  // namespace NF_PRECISION
}  // namespace nf
