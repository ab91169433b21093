// distill.cc -- a student flow learns a teacher's map from both ends.
// Krause, Pang, Shih, CaloFlow for CaloChallenge dataset 1, 2022, arXiv:2210.14245.
#include <cmath>

#include "nf/train/objective.h"

namespace nf {
inline namespace NF_PRECISION {
namespace {

class Distill final : public Objective {
 public:
  Distill(const Flow& student, const Flow& teacher, const Vector& teacher_theta, std::uint64_t seed)
      : student_(student), teacher_(teacher), teacher_theta_(teacher_theta), random_{seed} {}

  double tile(Pass& pass, TileIn x, const LogDet& weight, std::uint64_t example) const override {
    return x_pass(pass, x, weight) + z_pass(pass, weight, example);
  }

  HeldOut validate(const Vector& theta, const Data& data, Pool& pool, std::vector<Stack>& stacks) const override {
    return evaluate_rows(theta, data, pool, stacks, [&](Pass& pass, TileIn, std::uint64_t first, LogDet& kl) {
      const int dim = student_.dim();
      Scratch scratch(*pass.scratch);
      Tile z = scratch.tile(dim), x = scratch.tile(dim), zt = scratch.tile(dim);
      student_.base().sample(pass, random_, Stream::kTest, first, z);
      LogDet ld = LogDet::Zero(), teacher_lp = LogDet::Zero();
      student_.decode(pass, in(z), x, ld);
      kl = -ld;
      student_.base().log_prob(pass, in(z), kl);
      Pass frozen = frozen_pass(pass);
      teacher_.log_prob(frozen, in(x), zt, teacher_lp);
      kl -= teacher_lp;
    });
  }

 private:
  Pass frozen_pass(const Pass& pass) const {
    Pass frozen = pass;
    frozen.theta = teacher_theta_.data();
    frozen.dtheta = nullptr;
    frozen.training = false;
    return frozen;
  }

  // x - S.decode(T.encode(x)).
  double x_pass(Pass& pass, TileIn x, const LogDet& weight) const {
    const int dim = student_.dim();
    Scratch scratch(*pass.scratch);
    Tile z = scratch.tile(dim), xs = scratch.tile(dim), d = scratch.tile(dim);
    LogDet ld = LogDet::Zero();
    Pass frozen = frozen_pass(pass);
    frozen.tape = nullptr;
    teacher_.encode(frozen, x, z, ld);
    student_.decode(pass, in(z), xs, ld);
    const double loss = errors(xs, x, weight, d);
    student_.decode_backward(pass, in(d), LogDet::Zero(), xs);
    return loss;
  }

  // z - T.encode(S.decode(z)).
  double z_pass(Pass& pass, const LogDet& weight, std::uint64_t example) const {
    const int dim = student_.dim();
    Scratch scratch(*pass.scratch);
    Tile z = scratch.tile(dim), xs = scratch.tile(dim), zt = scratch.tile(dim), d = scratch.tile(dim),
         dx = scratch.tile(dim);
    LogDet ld = LogDet::Zero();
    student_.base().sample(pass, random_, Stream::kDistill, example, z);
    student_.decode(pass, in(z), xs, ld);
    Pass frozen = frozen_pass(pass);
    teacher_.encode(frozen, in(xs), zt, ld);
    const double loss = errors(zt, in(z), weight, d);
    teacher_.encode_backward(frozen, in(d), LogDet::Zero(), dx);
    student_.decode_backward(pass, in(dx), LogDet::Zero(), d);
    return loss;
  }

  // Sum of weight * delta^2 (sqrt(1 + (a - b)^2 / delta^2) - 1), and d = its gradient by a: half the square for small
  // errors, linear for large ones. In a teacher's thin directions the noise of a young student is off by hundreds, and
  // squares of that drown all other rows.
  static double errors(const Tile& a, TileIn b, const LogDet& weight, Tile d) {
    constexpr Real kDelta = 3;
    LogDet loss = LogDet::Zero();
    for (int j = 0; j < a.cols(); ++j)
      for (int r = 0; r < kTile; ++r) {
        const Real difference = a(r, j) - b(r, j), ratio = difference / kDelta;
        const Real root = std::sqrt(1 + ratio * ratio);
        d(r, j) = static_cast<Real>(weight(r)) * difference / root;
        loss(r) +=
            static_cast<double>(difference * difference / (1 + root));  // delta^2 (root - 1), without cancellation
      }
    return (weight != 0).select(weight * loss, 0.0).sum();
  }

  const Flow& student_;
  const Flow& teacher_;
  const Vector& teacher_theta_;
  Random random_;
};

}  // namespace

std::unique_ptr<Objective> make_distill(const Flow& student, const Flow& teacher, const Vector& teacher_theta,
                                        std::uint64_t seed) {
  return std::make_unique<Distill>(student, teacher, teacher_theta, seed);
}

}  // namespace NF_PRECISION
}  // namespace nf
