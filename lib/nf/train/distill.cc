// distill.cc -- a student flow learns a teacher's map. Formulas and papers stand in distill.h.
#include <algorithm>
#include <cmath>
#include <optional>
#include <vector>

#include "nf/core/constants.h"
#include "nf/core/load_tile.h"
#include "nf/core/parallel.h"
#include "nf/flow/score.h"
#include "nf/train/distill.h"
#include "nf/train/straight_ways.h"

namespace nf {
inline namespace NF_PRECISION {
namespace {

class Distill final : public FlowObjective {
 public:
  Distill(const Flow& student, const Flow& teacher, const Vector& teacher_theta, std::uint64_t seed,
          const DistillOptions& options)
      : FlowObjective(student),
        student_(student),
        teacher_(teacher),
        teacher_theta_(teacher_theta),
        random_{seed},
        options_(options),
        guides_(options.guide == Guide::kEnds     ? 0
                : options.guide == Guide::kStates ? student.num_state_taps()
                                                  : student.num_taps()) {
    if (options.loss.scales > 0 || options.finish.scales > 0) log_scales_ = find_log_scales();
    taps_ = log_scales_.empty() ? guides_ : student.num_taps();
    const bool alike = student.layers().size() == teacher.layers().size() &&
                       (taps_ <= student.num_state_taps() || student.num_taps() == teacher.num_taps());
    if (taps_ > 0 && !alike) throw Error("a guided student needs the teacher's layers, one for one; it has others");
    for (const Traits* traits : {&student.traits(), &teacher.traits()}) {
      if (!traits->exact || !traits->exact_inverse)
        throw Error("distillation compares densities; layers that drop or draw columns have bounds alone");
      if (traits->bijective()) continue;
      for (const DistillWeights* w : {&options.loss, &options.finish})
        if (w->sum() != w->forward_kl)
          throw Error("levels, and several flows at once, have no maps to compare: the loss is forward-kl");
    }
    Stack scratch;
    teacher.prepare(teacher_theta.data(), scratch, teacher_prepared_);
    if (options.loss.sum() <= 0 || (options.finish_share > 0 && options.finish.sum() <= 0))
      throw Error("a student needs a loss: all weights are 0");
    // Samples are differentiated by the layers' numbers, not by the base's.
    if ((options.loss.kl > 0 || options.finish.kl > 0) && student.learns_base())
      throw Error("the loss kl needs a student whose base has no numbers of its own");
    for (const DistillWeights* w : {&options.loss, &options.finish})
      if (w->kl + w->forward_kl > 0) require_ld_gradient(student);
    for (const DistillWeights* w : {&options.loss, &options.finish})
      if (w->kl > 0) require_ld_gradient(teacher);
    if (options.reflows()) ways_.emplace(student);
    by_rows_ = !student.traits().ld_gradient;
  }

  double tile(Pass& pass, TileIn x, const LogDet& weight, const Moment& moment) const override {
    const DistillWeights& w = moment.progress < 1 - options_.finish_share ? options_.loss : options_.finish;
    double loss = 0;
    const double from_x = 2 * w.xz * options_.beta, from_z = 2 * w.xz * (1 - options_.beta);
    if (from_x > 0) loss += x_pass(pass, x, from_x * weight);
    if (w.reflow > 0) loss += reflow(pass, x, w.reflow * weight);
    if (from_z > 0 || w.kl > 0 || w.scales > 0) loss += z_pass(pass, from_z, w, weight, moment.example);
    if (w.forward_kl > 0) loss += forward_kl(pass, w.forward_kl * weight, moment.example);
    return loss;
  }

  void row_losses(Pass& pass, TileIn rows, const Data&, Eigen::Index first, LogDet& kl) const override {
    Scratch scratch(*pass.scratch);
    if (by_rows_) return x_errors(pass, rows, kl);
    Tile z = scratch.tile(student_.noise_dim()), x = scratch.tile(student_.dim()),
         zt = scratch.tile(teacher_.noise_dim());
    student_.base().sample(pass, random_, Stream::kTest, static_cast<std::uint64_t>(first), z);
    LogDet ld = LogDet::Zero(), teacher_lp = LogDet::Zero();
    student_.decode(pass, in(z), x, ld);
    kl = -ld;
    student_.base().log_prob(pass, in(z), kl);
    Pass frozen = frozen_pass(pass);
    teacher_.log_prob(frozen, in(x), zt, teacher_lp);
    kl -= teacher_lp;
  }

 private:
  Pass frozen_pass(const Pass& pass) const {
    Pass frozen = pass;
    frozen.theta = teacher_theta_.data();
    frozen.dtheta = nullptr;
    frozen.dcontext = nullptr;
    frozen.stats = nullptr;
    frozen.prepared = teacher_prepared_.data();
    frozen.training = false;
    return frozen;
  }

  // What both flows pass through on the way, and the student's gradients there.
  struct Guided {
    Guided(Scratch& scratch, const Distill& d) {
      if (d.taps_ == 0) return;
      const int columns = std::max(d.student_.num_taps(), d.teacher_.num_taps());
      student = scratch.get(columns);
      teacher = scratch.get(columns);
      gradient = scratch.get(columns);
      Tile(gradient, kTile, columns).setZero();  // what is not compared has no gradient
    }
    Real *student = nullptr, *teacher = nullptr, *gradient = nullptr;
  };
  // The taps' errors, student against teacher: guided.gradient is that of the student's, its negative the teacher's.
  double guide(Guided& guided, const LogDet& weight) const {
    if (guides_ == 0) return 0;
    const Tile student(guided.student, kTile, guides_);
    return errors(student, TileIn(guided.teacher, kTile, guides_), student_.num_state_taps(), weight,
                  Tile(guided.gradient, kTile, guides_));
  }

  // Among the taps.
  std::vector<int> find_log_scales() const {
    std::vector<int> found = student_.traits().log_scales;
    for (int& column : found) column += student_.num_state_taps();
    if (found.empty()) throw Error("the loss scales needs layers of affine maps; the student has none");
    return found;
  }
  double scales(Guided& guided, const LogDet& weight) const {
    const Tile student(guided.student, kTile, taps_), teacher(guided.teacher, kTile, taps_);
    Tile gradient(guided.gradient, kTile, taps_);
    double loss = 0;
    for (const int j : log_scales_) {
      const LogDet difference = (student.col(j) - teacher.col(j)).cast<double>().array();
      loss += (weight != 0).select(weight * difference.square(), 0.0).sum();
      gradient.col(j) += (2 * weight * difference).matrix().cast<Real>();
    }
    return loss;
  }

  // |x - S.decode(z)|^2 a row.
  void x_errors(Pass& pass, TileIn rows, LogDet& squares) const {
    const int dim = student_.dim();
    Scratch scratch(*pass.scratch);
    Tile z = scratch.tile(dim), xs = scratch.tile(dim);
    LogDet unused = LogDet::Zero();
    encode(pass, rows, z, nullptr);
    pass.wants_ld = false;
    student_.decode(pass, in(z), xs, unused);
    pass.wants_ld = true;
    squares = (xs - columns(rows, 0, dim)).cast<double>().array().square().rowwise().sum();
  }
  const char* unit() const override { return by_rows_ ? "" : " nats"; }

  // z = T.encode(x), or what stands behind x already.
  void encode(const Pass& pass, TileIn rows, Tile z, Real* taps) const {
    const int dim = student_.dim();
    if (rows.cols() > dim && !taps) {
      z = columns(rows, dim, dim);
      return;
    }
    Pass frozen = frozen_pass(pass);
    frozen.tape = nullptr;
    frozen.wants_ld = false;
    LogDet unused = LogDet::Zero();
    teacher_.encode(frozen, columns(rows, 0, dim), z, unused, taps);
  }

  // x - S.decode(T.encode(x)).
  double x_pass(Pass& pass, TileIn rows, const LogDet& weight) const {
    const int dim = student_.dim();
    Scratch scratch(*pass.scratch);
    const TileIn x = columns(rows, 0, dim);
    Tile z = scratch.tile(dim), xs = scratch.tile(dim), d = scratch.tile(dim);
    Guided guided(scratch, *this);
    LogDet unused = LogDet::Zero();
    encode(pass, rows, z, guided.teacher);
    pass.wants_ld = false;
    student_.decode(pass, in(z), xs, unused, guided.student);
    pass.wants_ld = true;
    const double loss = errors(xs, x, dim, weight, d) + guide(guided, weight);
    student_.decode_backward(pass, in(d), LogDet::Zero(), xs, guided.gradient);
    return loss;
  }

  double reflow(Pass& pass, TileIn rows, const LogDet& weight) const {
    const int dim = student_.dim();
    Scratch scratch(*pass.scratch);
    Tile z = scratch.tile(dim), data = scratch.tile(dim);
    encode(pass, rows, z, nullptr);
    ways_->arrive(pass, columns(rows, 0, dim), data);
    const LogDet losses = ways_->losses(pass, in(data), in(z), &weight);
    return (weight != 0).select(weight * losses, 0.0).sum();
  }

  // z - T.encode(S.decode(z)), and KL(S || T) at the same samples.
  double z_pass(Pass& pass, double from_z, const DistillWeights& w, const LogDet& weight, std::uint64_t example) const {
    const int dim = student_.dim();
    Scratch scratch(*pass.scratch);
    Tile z = scratch.tile(dim), xs = scratch.tile(dim), zt = scratch.tile(dim), d = scratch.tile(dim),
         dx = scratch.tile(dim), by_student = scratch.tile(dim);
    Guided guided(scratch, *this);
    LogDet ld = LogDet::Zero(), teacher_lp = LogDet::Zero();
    const LogDet z_weight = from_z * weight, kl_weight = w.kl * weight;
    student_.base().sample(pass, random_, Stream::kDistill, example, z);
    student_.decode(pass, in(z), xs, ld, guided.student);
    Pass frozen = frozen_pass(pass);
    teacher_.encode(frozen, in(xs), zt, teacher_lp, guided.teacher);
    double loss = errors(zt, in(z), dim, z_weight, d) + guide(guided, z_weight);
    if (w.scales > 0) loss += scales(guided, w.scales * weight);
    if (w.kl > 0) {
      teacher_.base().log_prob(frozen, in(zt), teacher_lp);
      teacher_.base().backward(frozen, in(zt), -kl_weight, d);
      LogDet kl = -ld - teacher_lp;
      student_.base().log_prob(pass, in(z), kl);
      loss += (kl_weight != 0).select(kl_weight * kl, 0.0).sum();
    }
    Real* gradient = guided.gradient;
    if (gradient) Tile(gradient, kTile, taps_) *= Real(-1);
    teacher_.encode_backward(frozen, in(d), -kl_weight, dx, gradient);
    if (gradient) Tile(gradient, kTile, taps_) *= Real(-1);
    LogDet dld = -kl_weight;
    if (w.kl > 0 && student_.base().smooth()) {  // along the path alone
      score(student_, pass, in(xs), kl_weight, ld, by_student);
      dx += by_student;
      dld.setZero();
    }
    student_.decode_backward(pass, in(dx), dld, d, gradient);
    return loss;
  }

  // -log p_S at fresh samples of the teacher.
  double forward_kl(Pass& pass, const LogDet& weight, std::uint64_t example) const {
    Scratch scratch(*pass.scratch);
    Tile noise = scratch.tile(teacher_.noise_dim()), x = scratch.tile(student_.dim()),
         z = scratch.tile(student_.noise_dim()), dz = scratch.tile(student_.noise_dim());
    LogDet ld = LogDet::Zero(), lp = LogDet::Zero();
    Pass frozen = frozen_pass(pass);
    frozen.tape = nullptr;
    frozen.wants_ld = false;
    teacher_.base().sample(frozen, random_, Stream::kTeacher, example, noise);
    teacher_.decode(frozen, in(noise), x, ld);
    student_.log_prob(pass, in(x), z, lp);
    dz.setZero();
    student_.base().backward(pass, in(z), -weight, dz);
    student_.encode_backward(pass, in(dz), -weight, x);
    return -(weight != 0).select(weight * lp, 0.0).sum();
  }

  // Sum of weight * delta^2 (sqrt(1 + (a - b)^2 / delta^2) - 1), and d = its gradient by a: half the square for small
  // errors, linear for large ones. In a teacher's thin directions the noise of a young student is off by hundreds, and
  // squares of that drown all other rows. The first `places` columns are the flow's, once or more: on a circle the
  // difference is the shorter way round.
  double errors(const Tile& a, TileIn b, int places, const LogDet& weight, Tile d) const {
    constexpr Real kDelta = 3;
    LogDet loss = LogDet::Zero();
    for (int j = 0; j < a.cols(); ++j) {
      const Manifold manifold = j < places ? student_.manifold(j % student_.dim()) : Manifold::kLine;
      for (int r = 0; r < kTile; ++r) {
        const Real difference = shortest(manifold, a(r, j) - b(r, j));
        const Real ratio = difference / kDelta;
        const Real root = std::sqrt(1 + ratio * ratio);
        d(r, j) = static_cast<Real>(weight(r)) * difference / root;
        loss(r) +=
            static_cast<double>(difference * difference / (1 + root));  // delta^2 (root - 1), without cancellation
      }
    }
    return (weight != 0).select(weight * loss, 0.0).sum();
  }

  const Flow& student_;
  const Flow& teacher_;
  const Vector& teacher_theta_;
  Vector teacher_prepared_;
  Random random_;
  DistillOptions options_;
  int guides_;                   // taps that are compared,
  int taps_ = 0;                 //   and that are asked for
  std::vector<int> log_scales_;  // among them; empty: not compared
  std::optional<StraightWays> ways_;
  bool by_rows_ = false;  // what is held out: rows are compared, not densities
};

}  // namespace

double DistillWeights::sum() const {
  double all = 0;
#define NF_TERM(name, help) all += name;
#include "nf/train/objectives.def"
  return all;
}

const std::vector<DistillTerm>& distill_terms() {
  static const std::vector<DistillTerm> terms = {
#define NF_TERM(name, help) {{#name, help}, &DistillWeights::name},
#include "nf/train/objectives.def"
  };
  return terms;
}

Data paired(const Data& rows, const Flow& teacher, const Vector& teacher_theta, int threads) {
  const int dim = teacher.dim();
  Data all{.x = Batch(rows.rows(), 2 * dim), .c = rows.c, .weight = rows.weight};
  all.x.leftCols(dim) = rows.x;
  if (all.weight.empty()) all.weight.assign(static_cast<std::size_t>(rows.rows()), 1.0);
  Pool pool(threads);
  std::vector<Stack> stacks(static_cast<std::size_t>(pool.threads()));
  Vector prepared;
  teacher.prepare(teacher_theta.data(), stacks[0], prepared);
  pool.run(static_cast<int>((rows.rows() + kTile - 1) / kTile), [&](int task, int worker) {
    Scratch scratch(stacks[static_cast<std::size_t>(worker)]);
    Tile x = scratch.tile(dim), c = scratch.tile(teacher.context()), z = scratch.tile(dim);
    const Eigen::Index first = static_cast<Eigen::Index>(task) * kTile;
    Pass pass{.theta = teacher_theta.data(),
              .context = c.data(),
              .rows = load_tile(rows.x, first, x),
              .prepared = prepared.data(),
              .wants_ld = false,
              .scratch = &stacks[static_cast<std::size_t>(worker)]};
    if (rows.c.cols() > 0) load_tile(rows.c, first, c);
    LogDet unused = LogDet::Zero();
    teacher.encode(pass, in(x), z, unused);
    for (int r = 0; r < pass.rows; ++r) {
      const bool finite = z.row(r).allFinite();
      if (finite) all.x.row(first + r).tail(dim) = z.row(r);
      else all.x.row(first + r).tail(dim).setZero();
      if (!finite) all.weight[static_cast<std::size_t>(first + r)] = 0;
    }
  });
  return all;
}

std::unique_ptr<Objective> make_distill(const Flow& student, const Flow& teacher, const Vector& teacher_theta,
                                        std::uint64_t seed, const DistillOptions& options) {
  return std::make_unique<Distill>(student, teacher, teacher_theta, seed, options);
}

}  // namespace NF_PRECISION
}  // namespace nf
