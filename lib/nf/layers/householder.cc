// householder.cc -- z = H_K .. H_2 H_1 x, H_k = I - 2 v_k v_k' / (v_k' v_k): an orthogonal map by reflections, log-det
// 0. Tomczak, Welling, Improving variational auto-encoders using Householder flow, 2016, arXiv:1611.09630; between the
// marginals of Meng, Song, Song, Ermon, Gaussianization flows, 2020, arXiv:2003.01941.
//
// With a start from data z are the principal components of x, the widest first: a rotation of RBIG (Laparra,
// Camps-Valls, Malo, Iterative Gaussianization: from ICA to random rotations, 2011). An even number of reflections
// starts as the identity, each two cancelling; D of them, or D - 1, reach every rotation, K < D - 1 the first K axes.
#include <algorithm>
#include <cmath>

#include "nf/layers/layer.h"
#include "nf/layers/reflections.h"
#include "nf/core/factor.h"

namespace nf {
inline namespace NF_PRECISION {
namespace {

class Householder final : public Layer {
 public:
  Householder(SpecReader& spec, const Site& site)
      : dim_(site.dim),
        count_(static_cast<int>(spec.integer("reflections", std::max(2, dim_ - dim_ % 2), 1, 1 << 12))),
        from_data_(spec.flag("from_data", false)),
        reflections_(site, "reflections", count_, dim_),
        vectors_(site.params.slots().back()) {
    spec_ = spec.canonical();
    traits_ = {.dim = dim_, .noise_dim = dim_, .wants_data = from_data_};
  }

  void init(Real* theta, Uniforms& random) const override { reflections_.init(theta, random, true); }
  void prepare(Pass& pass, Real* prepared) const override { reflections_.prepare(pass, prepared); }
  void init_data(Real* theta, const Start& start) const override {
    const Batch& x = start.x;
    const Eigen::MatrixXd rows = x.template cast<double>();
    const Eigen::MatrixXd centred = rows.rowwise() - rows.colwise().mean();
    Eigen::VectorXd variances;
    Eigen::MatrixXd axes;
    if (!symmetric_eigen(centred.transpose() * centred, variances, axes)) return;
    axes = axes.rowwise().reverse().eval();
    const int turned = std::min(count_, dim_);
    const double size = std::sqrt(dim_ / 3.0);  // of a vector at a start without data
    for (int k = 0; k < turned; ++k) {
      // Reflects axis k onto the coordinate k or its negative: Householder's QR, whose R is a diagonal of signs here.
      Eigen::VectorXd v = Eigen::VectorXd::Zero(dim_);
      v.tail(dim_ - k) = axes.col(k).tail(dim_ - k);
      v(k) += v(k) < 0 ? -1.0 : 1.0;
      v.normalize();
      axes -= 2 * v * (v.transpose() * axes);
      vector(theta, start.inverted ? turned - 1 - k : k) = (size * v).cast<Real>();
    }
    for (int k = turned + 1; k < count_; k += 2) vector(theta, k) = vector(theta, k - 1);  // the others cancel
  }

  void forward(Pass& pass, TileIn x, Tile z, LogDet&) const override {
    keep(pass, x);
    reflections_.apply(pass, true, x, z);
  }
  void inverse(Pass& pass, TileIn z, Tile x, LogDet&) const override {
    keep(pass, z);
    reflections_.apply(pass, false, z, x);
  }
  void backward(Pass& pass, TileIn dz, const LogDet&, Tile dx) const override {
    reflections_.gradient(pass, true, kept(pass, dim_), dz, dx);
  }
  void inverse_backward(Pass& pass, TileIn dx, const LogDet&, Tile dz) const override {
    reflections_.gradient(pass, false, kept(pass, dim_), dx, dz);
  }

 private:
  Eigen::Map<Vector> vector(Real* theta, int k) const { return {theta + vectors_.at(k), dim_}; }

  int dim_, count_;
  bool from_data_;
  Reflections reflections_;
  Slot vectors_;
};

}  // namespace

std::unique_ptr<Layer> make_householder(SpecReader& spec, const Site& site) {
  return std::make_unique<Householder>(spec, site);
}

}  // namespace NF_PRECISION
}  // namespace nf
