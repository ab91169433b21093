// Distillation's losses have the gradients they claim, and are zero where student and teacher are the same map.
#include <limits>
#include <numbers>

#include "nf/flow/registry.h"
#include "nf/train/distill.h"
#include "nf/train/start.h"
#include "real_test.h"

namespace nf {
namespace {

Json teacher_spec() {
  return Flow(preset_spec("maf", 3, 2, {{"hidden", {9, 9}}, {"layers", 3}, {"activation", "tanh"}})).spec();
}

// The same map, read from the noise's end.
Json student_spec(const Json& base) {
  Json spec = teacher_spec();
  spec["base"] = base;
  for (Json& layer : spec["layers"]) layer["inverse"] = layer["transformer"]["inverse"] = true;
  return spec;
}

struct Distillation {
  explicit Distillation(const DistillOptions& options, const Json& base = "normal")
      : teacher(teacher_spec(), 0.3, 1),
        student(student_spec(base), 0.3, 2),
        objective(make_distill(student.flow, teacher.flow, teacher.theta, 5, options)) {}
  double loss(Vector* dtheta, std::uint64_t example = 7) {
    Vector mx;
    const Tile x = random_tile(mx, 3, 3);
    Vector ignored = Vector::Zero(student.theta.size());
    if (dtheta) dtheta->setZero(student.theta.size());
    Pass pass = student.pass(true);
    pass.dtheta = dtheta ? dtheta->data() : ignored.data();
    LogDet weight = LogDet::LinSpaced(kTile, 0.5, 1.5);
    weight(3) = 0;
    const double sum = objective->tile(pass, in(x), weight, {.example = example, .progress = 0.9});
    BOOST_TEST(student.tape.empty());
    BOOST_TEST(student.scratch.empty());
    return sum;
  }
  // A fixed random one, 0 outside live ranges.
  Vector direction() const {
    Vector to = Vector::Zero(student.theta.size());
    Uniforms random(7, Stream::kTest);
    for (const Range& range : student.flow.params().ranges(std::size_t{1} << 30))
      for (std::size_t i = 0; i < range.length; ++i)
        to[static_cast<Eigen::Index>(range.offset + i)] = static_cast<Real>(2 * random.next() - 1);
    return to;
  }
  // The loss's derivative along it, by differences.
  double slope(std::uint64_t example = 7) {
    const Vector theta = student.theta, to = direction();
    const double h = 1e-6;
    student.theta = theta + static_cast<Real>(h) * to;
    const double above = loss(nullptr, example);
    student.theta = theta - static_cast<Real>(h) * to;
    const double below = loss(nullptr, example);
    student.theta = theta;
    return (above - below) / (2 * h);
  }
  Bench teacher, student;
  std::unique_ptr<Objective> objective;
};

const DistillOptions kCases[] = {
    {},
    {.beta = 1},
    {.beta = 0.2, .guide = Guide::kStates},
    {.guide = Guide::kFull},
    {.loss = {.forward_kl = 0.5}},
    {.loss = {.xz = 0.5, .forward_kl = 0.3}, .guide = Guide::kFull},
    {.loss = {.xz = 1}, .finish = {.xz = 2, .forward_kl = 1}, .finish_share = 0.5},
    {.loss = {.scales = 2}},
    {.loss = {.xz = 0.3, .scales = 4}, .guide = Guide::kStates},
};

BOOST_AUTO_TEST_CASE(gradients_are_those_of_directional_differences) {
  if (!kDouble) return;  // differences need the digits
  const auto check = [](Distillation&& d) {
    Vector dtheta;
    d.loss(&dtheta);
    const double analytic = static_cast<double>(dtheta.dot(d.direction())), slope = d.slope();
    BOOST_TEST(std::abs(slope - analytic) <= 1e-6 * (1 + std::abs(analytic)));
    BOOST_TEST(std::abs(slope) > 1e-3);  // there is something to agree on
  };
  for (const DistillOptions& options : kCases) check(Distillation(options));
  // A base with edges: nothing is left out of the gradient of kl.
  const Json uniform = {{"kind", "uniform"}, {"low", -2}, {"high", 2}};
  check(Distillation({.loss = {.kl = 1}}, uniform));
  check(Distillation({.loss = {.xz = 0.5, .kl = 0.3}, .guide = Guide::kFull}, uniform));
}

// loss() asks for the moment when 0.9 of the run is done.
BOOST_AUTO_TEST_CASE(the_last_share_of_a_run_has_the_finishing_loss) {
  const DistillWeights first = {.xz = 1}, last = {.forward_kl = 1};
  const auto loss = [](const DistillOptions& options) { return Distillation(options).loss(nullptr); };
  BOOST_TEST(loss({.loss = first, .finish = last, .finish_share = 0.2}) == loss({.loss = last}));
  BOOST_TEST(loss({.loss = first, .finish = last, .finish_share = 0.05}) == loss({.loss = first}));
  BOOST_TEST(loss({.loss = first}) != loss({.loss = last}));
}

BOOST_AUTO_TEST_CASE(angles_differ_by_the_shorter_way_round) {
  const Json spec = {{"dim", 1}, {"circle", {0}}, {"layers", {{{"kind", "autoregressive"}, {"hidden", {8}}}}}};
  double most = 0;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    Bench teacher(spec, 4, seed), student(spec, 4, seed + 100);
    const auto objective = make_distill(student.flow, teacher.flow, teacher.theta, 5, {});
    Vector mx, dtheta = Vector::Zero(student.theta.size());
    const Tile x = student.tile(mx, 1);
    for (int r = 0; r < kTile; ++r) mx[r] = static_cast<Real>(-3.14 + 6.28 * r / (kTile - 1));
    for (int r = 0; r < kTile; r += 7) {
      LogDet weight = LogDet::Zero();
      weight(r) = 1;
      Pass pass = student.pass(true);
      pass.dtheta = dtheta.data();
      most = std::max(most, objective->tile(pass, in(x), weight, {}));
    }
  }
  BOOST_TEST(most > 7);  // some of the forty come near it
  // The pseudo-Huber loss of half a turn in x and of half a turn in z.
  const double pi = std::numbers::pi, delta = 3;
  BOOST_TEST(most <= 1.001 * 2 * delta * delta * (std::sqrt(1 + pi * pi / (delta * delta)) - 1));
}

// Each sample's gradient leaves out a term whose mean over samples is 0.
BOOST_AUTO_TEST_CASE(the_gradient_of_kl_is_right_in_the_mean) {
  if (!kDouble) return;
  Distillation d({.loss = {.kl = 1}});
  const Vector to = d.direction();
  const int tiles = 1000;
  double sum = 0, squares = 0, size = 0;
  for (int i = 0; i < tiles; ++i) {
    Vector dtheta;
    const auto example = static_cast<std::uint64_t>(i) * kTile;
    d.loss(&dtheta, example);
    const double slope = d.slope(example), difference = slope - static_cast<double>(dtheta.dot(to));
    sum += difference;
    squares += difference * difference;
    size += slope;
  }
  const double error = std::sqrt(squares) / tiles;
  BOOST_TEST(std::abs(sum / tiles) <= 3 * error);
  BOOST_TEST(std::abs(size / tiles) >= 10 * error);  // there is something to agree on
}

BOOST_AUTO_TEST_CASE(the_gradient_of_kl_vanishes_where_student_and_teacher_agree) {
  const Json spec = Flow(preset_spec("realnvp", 3, 2, {{"hidden", {9}}, {"layers", 3}})).spec();
  Bench teacher(spec, 0.3, 1), student(spec, 0.3, 1);
  const auto objective = make_distill(student.flow, teacher.flow, teacher.theta, 5, {.loss = {.kl = 1}});
  Vector mx, dtheta = Vector::Zero(student.theta.size());
  const Tile x = random_tile(mx, 3, 3);
  Pass pass = student.pass(true);
  pass.dtheta = dtheta.data();
  objective->tile(pass, in(x), LogDet::Ones(), {});
  BOOST_TEST(dtheta.norm() <= tolerance(1e-10, 1e-2));
}

BOOST_AUTO_TEST_CASE(a_student_that_is_its_teacher_has_no_error_to_learn_from) {
  const Json spec = Flow(preset_spec("realnvp", 3, 2, {{"hidden", {9}}, {"layers", 3}})).spec();
  for (const Guide guide : {Guide::kEnds, Guide::kStates, Guide::kFull}) {
    Bench teacher(spec, 0.3, 1), student(spec, 0.3, 1);
    const auto objective = make_distill(student.flow, teacher.flow, teacher.theta, 5, {.guide = guide});
    Vector mx, dtheta = Vector::Zero(student.theta.size());
    const Tile x = random_tile(mx, 3, 3);
    Pass pass = student.pass(true);
    pass.dtheta = dtheta.data();
    BOOST_TEST(objective->tile(pass, in(x), LogDet::Ones(), {}) <= tolerance(1e-24, 1e-7));
  }
}

// A continuous teacher and its student of two steps.
struct FewSteps {
  FewSteps()
      : teacher(preset_spec("cnf", 3, 2, {{"hidden", {9}}, {"steps", 32}}), 0.3, 1),
        student(student_of_few_steps(teacher.flow.spec(), 2), 0.3, 1) {}
  Data rows() const {
    Data data{.x = Batch(kTile, 3), .c = Batch(kTile, 2)};
    Vector mx;
    data.x = random_tile(mx, 3, 3);
    data.c = TileIn(student.context_memory.data(), kTile, 2);
    return data;
  }
  Bench teacher, student;
};

BOOST_AUTO_TEST_CASE(the_noise_behind_a_row_is_the_teachers) {
  FewSteps few;
  const Data all = paired(few.rows(), few.teacher.flow, few.teacher.theta, 2);
  Vector mz, mx;
  Tile z = few.teacher.tile(mz, 3), x = random_tile(mx, 3, 3);
  LogDet ld = LogDet::Zero();
  Pass pass = few.teacher.pass();
  few.teacher.flow.encode(pass, in(x), z, ld);
  BOOST_TEST((all.x.leftCols(3) - x).cwiseAbs().maxCoeff() == 0);
  BOOST_TEST((all.x.rightCols(3) - z).cwiseAbs().maxCoeff() == 0);
  Data bad = few.rows();
  bad.x(5, 1) = std::numeric_limits<Real>::infinity();
  const Data without = paired(bad, few.teacher.flow, few.teacher.theta, 1);
  for (std::size_t r = 0; r < kTile; ++r) BOOST_TEST(without.weight[r] == (r == 5 ? 0 : 1));
}

// With the noise behind the rows or found by encoding them, a student of few steps gets the same loss, and gradients
// of reflow and of its ends are those of differences.
BOOST_AUTO_TEST_CASE(students_of_few_steps_learn_by_reflow) {
  if (!kDouble) return;
  FewSteps few;
  const Data all = paired(few.rows(), few.teacher.flow, few.teacher.theta, 1);
  for (const DistillWeights& loss : {DistillWeights{.reflow = 1}, DistillWeights{.xz = 1}}) {
    const auto objective =
        make_distill(few.student.flow, few.teacher.flow, few.teacher.theta, 5, {.loss = loss, .beta = 1});
    const auto run = [&](int columns, Vector& dtheta) {
      Vector memory;
      Tile x = few.student.tile(memory, columns);
      x = all.x.leftCols(columns);
      dtheta.setZero(few.student.theta.size());
      Vector prepared;
      few.student.flow.prepare(few.student.theta.data(), few.student.scratch, prepared);
      Pass pass = few.student.pass(true);
      pass.prepared = prepared.data();
      pass.training = true;
      pass.dtheta = dtheta.data();
      const double sum = objective->tile(pass, in(x), LogDet::LinSpaced(kTile, 0.5, 1.5), {.example = 7});
      BOOST_TEST(few.student.tape.empty());
      BOOST_TEST(pass.wants_ld);
      return sum;
    };
    Vector dtheta, unused, to = Vector::Zero(few.student.theta.size());
    const double paired = run(6, dtheta);
    BOOST_TEST(std::abs(run(3, unused) - paired) < 1e-9 * paired);
    Uniforms random(7, Stream::kTest);
    for (Eigen::Index i = 0; i < to.size(); ++i)
      if (dtheta[i] != 0) to[i] = static_cast<Real>(2 * random.next() - 1);
    BOOST_TEST(to.norm() > 1);
    const Vector theta = few.student.theta;
    const double h = 1e-6;
    few.student.theta = theta + static_cast<Real>(h) * to;
    const double above = run(6, unused);
    few.student.theta = theta - static_cast<Real>(h) * to;
    const double below = run(6, unused), analytic = static_cast<double>(dtheta.dot(to));
    few.student.theta = theta;
    BOOST_TEST(std::abs((above - below) / (2 * h) - analytic) <= 1e-6 * (1 + std::abs(analytic)));
  }
}

BOOST_AUTO_TEST_CASE(what_cannot_be_reflowed_is_refused) {
  FewSteps few;
  Bench teacher(teacher_spec()), student(student_spec("normal"));
  BOOST_CHECK_THROW(make_distill(student.flow, teacher.flow, teacher.theta, 0, {.loss = {.reflow = 1}}), Error);
  for (const DistillWeights& loss : {DistillWeights{.kl = 1}, DistillWeights{.forward_kl = 1}})
    BOOST_CHECK_THROW(make_distill(few.student.flow, few.teacher.flow, few.teacher.theta, 0, {.loss = loss}), Error);
}

BOOST_AUTO_TEST_CASE(a_student_without_a_loss_is_refused) {
  Bench teacher(teacher_spec()), student(student_spec("normal"));
  BOOST_CHECK_THROW(make_distill(student.flow, teacher.flow, teacher.theta, 0, {.loss = {}}), Error);
  BOOST_CHECK_THROW(make_distill(student.flow, teacher.flow, teacher.theta, 0, {.finish_share = 0.5}), Error);
}

BOOST_AUTO_TEST_CASE(log_scales_are_those_of_affine_layers) {
  const Json spec =
      Flow(preset_spec("nsf_coupling", 3, 2, {{"hidden", {9}}, {"layers", 3}, {"affine_layers", 1}})).spec();
  const Json splines = Flow(preset_spec("nsf_coupling", 3, 2, {{"hidden", {9}}, {"affine_layers", 0}})).spec();
  const Bench teacher(spec, 0.3, 1), student(spec, 0.3, 2), without(splines, 0.3, 3);
  BOOST_CHECK_NO_THROW(make_distill(student.flow, teacher.flow, teacher.theta, 0, {.loss = {.scales = 1}}));
  BOOST_CHECK_THROW(make_distill(without.flow, without.flow, without.theta, 0, {.loss = {.scales = 1}}), Error);
  BOOST_CHECK_THROW(make_distill(student.flow, without.flow, without.theta, 0, {.loss = {.scales = 1}}), Error);
}

BOOST_AUTO_TEST_CASE(a_guide_needs_the_teachers_layers) {
  Bench teacher(teacher_spec());
  const Flow other(preset_spec("iaf", 3, 2, {{"hidden", {9, 9}}, {"layers", 2}}));
  BOOST_CHECK_THROW(make_distill(other, teacher.flow, teacher.theta, 0, {.guide = Guide::kStates}), Error);
  BOOST_CHECK_NO_THROW(make_distill(other, teacher.flow, teacher.theta, 0, {}));
}

}  // namespace
}  // namespace nf
