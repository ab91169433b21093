// Steps of Adam against numbers worked by hand.
#include "nf/optim/optimizer.h"

#include "real_test.h"

namespace nf {
namespace {

// Two weights, which decay, and a bias, which does not.
struct Stepper {
  explicit Stepper(const OptimizerOptions& options) : optimizer(params(), options) {
    theta = Vector::Zero(static_cast<Eigen::Index>(params().size()));
    gradient = theta;
    theta[at(0)] = 1;
    theta[at(1)] = -2;
    theta[at(2)] = 4;
  }
  static const Params& params() {
    static const Params params = [] {
      Params p;
      p.add({.name = "weight", .rows = 1, .cols = 2, .decay = true});
      p.add({.name = "bias", .rows = 1, .cols = 1});
      return p;
    }();
    return params;
  }
  static Eigen::Index at(int i) { return static_cast<Eigen::Index>(i < 2 ? params()[0].at(0, i) : params()[1].at(0)); }
  bool step(double g0, double g1, double g2, double rate = 0.1, double weight = 1) {
    gradient[at(0)] = static_cast<Real>(g0);
    gradient[at(1)] = static_cast<Real>(g1);
    gradient[at(2)] = static_cast<Real>(g2);
    return step_of({gradient.data()}, rate, weight);
  }
  bool step_of(const std::vector<Real*>& parts, double rate = 0.1, double weight = 1) {
    Alone alone;
    const double squares = optimizer.gather(pool, parts, alone);
    return optimizer.step(pool, parts[0], squares, weight, rate, theta);
  }
  void check(double w0, double w1, double b) const {
    const double allowed = tolerance(1e-7, 1e-5);
    BOOST_TEST(std::abs(theta[at(0)] - w0) <= allowed, theta[at(0)] << " for " << w0);
    BOOST_TEST(std::abs(theta[at(1)] - w1) <= allowed, theta[at(1)] << " for " << w1);
    BOOST_TEST(std::abs(theta[at(2)] - b) <= allowed, theta[at(2)] << " for " << b);
  }
  Pool pool{1};
  Optimizer optimizer;
  Vector theta, gradient;
};

// With beta1 = beta2 = 1/2 and gradients g, then h, the second step's m is g/4 + h/2 and v is g^2/4 + h^2/2, both
// divided by 3/4.
BOOST_AUTO_TEST_CASE(two_steps_of_adam_are_those_worked_by_hand) {
  Stepper s({.beta1 = 0.5, .beta2 = 0.5});
  s.step(3, -0.5, 2);
  s.check(0.9, -1.9, 3.9);  // the first step is the rate, whatever the gradient
  s.step(-3, 1, 2);
  // m = (-0.75, 0.375, 1.5) / 0.75 = (-1, 0.5, 2), v = (6.75, 0.5625, 3) / 0.75 = (9, 0.75, 4).
  s.check(0.9 + 0.1 / 3, -1.9 - 0.1 * 0.5 / std::sqrt(0.75), 3.8);
}

// The same at the betas that training has: v is divided by 1 - 0.999^n, m by 1 - 0.9^n.
BOOST_AUTO_TEST_CASE(the_averages_of_adam_start_without_bias) {
  Stepper s({});
  for (int i = 0; i < 5; ++i) s.step(2, 2, -7);
  s.check(0.5, -2.5, 4.5);  // equal gradients: every step is the rate
}

BOOST_AUTO_TEST_CASE(decay_is_decoupled_and_touches_weights_alone) {
  Stepper s({.weight_decay = 0.5});
  s.step(0, 0, 0);
  s.check(0.95, -1.9, 4);  // w - rate * decay * w
  s.step(1, 1, 1);
  // Adam's part is the same for all and does not see the decay.
  const double part = 0.1 * (0.1 / 0.19) / std::sqrt(0.001 / 0.001999);
  s.check(0.95 * 0.95 - part, -1.9 * 0.95 - part, 4 - part);
}

BOOST_AUTO_TEST_CASE(a_gradient_is_clipped_to_its_largest_norm_and_a_small_one_is_not) {
  // Adam forgets a gradient's scale but for the share of those before: betas of 1/2 and gradients of norm 5, then 50.
  Stepper clipped({.clip = 5, .beta1 = 0.5, .beta2 = 0.5}), equal({.beta1 = 0.5, .beta2 = 0.5});
  clipped.step(3, 4, 0);
  clipped.step(30, 40, 0);
  equal.step(3, 4, 0);
  equal.step(3, 4, 0);
  equal.check(clipped.theta[Stepper::at(0)], clipped.theta[Stepper::at(1)], clipped.theta[Stepper::at(2)]);
  BOOST_TEST(std::abs(clipped.optimizer.m[Stepper::at(1)] - 3) <= tolerance(1e-12, 1e-5));
  // The norm is that of the mean: a sum of norm 50 over a weight of 20 is not clipped.
  Stepper mean({.clip = 5, .beta1 = 0.5});
  mean.step(30, 40, 0, 0.1, 20);
  BOOST_TEST(std::abs(mean.optimizer.m[Stepper::at(0)] - 0.75) <= tolerance(1e-12, 1e-6));
}

BOOST_AUTO_TEST_CASE(a_gradient_is_the_sum_of_its_parts_and_one_that_is_not_finite_changes_nothing) {
  Stepper s({.beta1 = 0.5});
  Vector other = s.gradient;
  s.gradient[Stepper::at(0)] = 1;
  other[Stepper::at(0)] = 3;
  BOOST_TEST(s.step_of({s.gradient.data(), other.data()}));
  BOOST_TEST(std::abs(s.optimizer.m[Stepper::at(0)] - 2) <= 1e-6);
  const Vector theta = s.theta, m = s.optimizer.m, v = s.optimizer.v;
  BOOST_TEST(!s.step(1, NAN, 1));
  BOOST_TEST(!s.step(INFINITY, 1, 1));
  BOOST_TEST((s.theta == theta && s.optimizer.m == m && s.optimizer.v == v));
  BOOST_TEST(s.optimizer.steps == 1);
}

// The first averages forget faster, by (1 + n) / (10 + n).
BOOST_AUTO_TEST_CASE(weights_are_averaged) {
  Stepper s({.average = 0.25});
  s.step(1, -1, 1);  // theta (0.9, -1.9, 3.9), keeping 2/11
  s.step(1, -1, 1);  // theta (0.8, -1.8, 3.8), keeping 1/4
  const double first = 2.0 / 11 * 1 + 9.0 / 11 * 0.9;
  BOOST_TEST(std::abs(s.optimizer.averaged[Stepper::at(0)] - (0.25 * first + 0.75 * 0.8)) <= tolerance(1e-6, 1e-5));
}

}  // namespace
}  // namespace nf
