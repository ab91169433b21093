// elementwise.cc -- every feature by its own map, with phi in theta: ActNorm (affine, started from data), NICE's
// diagonal rescaling (scale) and Gaussianization's marginals (mixture_cdf, started from data).
// Kingma, Dhariwal, Glow: Generative flow with invertible 1x1 convolutions, 2018, arXiv:1807.03039, section 3.1;
// Dinh, Krueger, Bengio, NICE, 2014, arXiv:1410.8516, section 3.3;
// Meng, Song, Song, Ermon, Gaussianization flows, 2020, arXiv:2003.01941, section 4.
#include <algorithm>

#include "nf/layers/conditioned.h"

namespace nf {
inline namespace NF_PRECISION {
namespace {

class Elementwise final : public Layer {
 public:
  Elementwise(SpecReader& spec, const Site& site)
      : dim_(site.dim),
        map_(read_transformer(spec)),
        params_(map_->num_params()),
        from_data_(spec.flag("from_data", false)) {
    Vector phi(params_);
    const double column[] = {-1, 0, 1};
    if (from_data_ && !map_->start(column, false, phi.data()) && !map_->start(column, true, phi.data()))
      spec.fail("'from_data' needs a transformer with a start from data: affine, mixture_cdf");
    phi_ = site.add("phi", dim_, params_);
    spec_ = spec.canonical();
    traits_ = {
        .dim = dim_, .noise_dim = dim_, .keeps_gaps = true, .order = std::vector<int>(dim_), .wants_data = from_data_};
  }

  void init(Real* theta, Uniforms&) const override {
    for (int f = 0; f < dim_; ++f) map_->identity(phi_of(theta, f));
  }
  void init_data(Real* theta, const Start& start) const override {
    const Batch& x = start.x;
    std::vector<double> column(x.rows());
    for (int f = 0; f < dim_; ++f) {
      for (Eigen::Index r = 0; r < x.rows(); ++r) column[r] = static_cast<double>(x(r, f));
      std::sort(column.begin(), column.end());
      map_->start(column, start.inverted,
                  phi_of(theta, f));  // a map that has none this way round starts as the identity
    }
  }

  void forward(Pass& pass, TileIn x, Tile z, LogDet& ld) const override {
    keep(pass, x);
    Scratch scratch(*pass.scratch);
    Tile phi = scratch.tile(dim_ * params_), logd = scratch.tile(dim_);
    spread(pass.theta, phi);
    map_->forward(pass, x, in(phi), z, logd);
    leave_gaps(pass, z, logd);
    kernels::sum_columns(logd.data(), dim_, ld.data());
  }
  void inverse(Pass& pass, TileIn z, Tile x, LogDet& ld) const override {
    Scratch scratch(*pass.scratch);
    Tile phi = scratch.tile(dim_ * params_), logd = scratch.tile(dim_);
    spread(pass.theta, phi);
    map_->inverse(pass, z, in(phi), x, logd);
    leave_gaps(pass, x, logd);
    kernels::sum_columns(logd.data(), dim_, ld.data());
    keep(pass, in(x));
  }
  void backward(Pass& pass, TileIn dz, const LogDet& dld, Tile dx) const override {
    gradient<&Transformer::backward>(pass, dz, dld, dx);
  }
  void inverse_backward(Pass& pass, TileIn dx, const LogDet& dld, Tile dz) const override {
    gradient<&Transformer::inverse_backward>(pass, dx, dld, dz);
  }

 private:
  // Both gradients are taken at x.
  template <auto apply>
  void gradient(Pass& pass, TileIn dto, const LogDet& dld, Tile dfrom) const {
    const TileIn x = kept(pass, dim_);
    Scratch scratch(*pass.scratch);
    Tile phi = scratch.tile(dim_ * params_), dlogd = scratch.tile(dim_), dphi = scratch.tile(dim_ * params_);
    Tile dthere = scratch.tile(dim_);
    dthere = dto;
    spread(pass.theta, phi);
    broadcast(dld, dlogd);
    leave_gaps(pass, dthere, dlogd);
    ((*map_).*apply)(pass, x, in(phi), in(dthere), in(dlogd), dfrom, dphi);
    if (!pass.dtheta) return;
    for (int f = 0; f < dim_; ++f)
      for (int p = 0; p < params_; ++p) phi_of(pass.dtheta, f)[p] += dphi.col(f * params_ + p).sum();
  }
  void leave_gaps(const Pass& pass, Tile values, Tile logd) const {
    for (int f = 0; f < dim_; ++f) {
      mask(pass, f, columns(values, f, 1));
      mask(pass, f, columns(logd, f, 1));
    }
  }
  void spread(const Real* theta, Tile phi) const {
    for (int f = 0; f < dim_; ++f)
      for (int p = 0; p < params_; ++p) phi.col(f * params_ + p).setConstant(phi_of(theta, f)[p]);
  }
  template <class T>
  T* phi_of(T* theta, int f) const {
    return theta + phi_.at(f);
  }

  int dim_;
  std::unique_ptr<Transformer> map_;
  int params_;
  bool from_data_;
  Place phi_;
};

}  // namespace

std::unique_ptr<Layer> make_elementwise(SpecReader& spec, const Site& site) {
  return std::make_unique<Elementwise>(spec, site);
}

}  // namespace NF_PRECISION
}  // namespace nf
