// The laws of nets, on every net of the registry: values, tangents and the gradients of both by directional
// differences.
#include "nf/nets/net.h"

#include "nf/flow/registry.h"
#include "real_test.h"

namespace nf {
namespace {

std::vector<Json> variants(const std::string& kind) {
  if (kind == "mlp")
    return {{{"kind", kind}, {"hidden", {9, 7}}, {"activation", "tanh"}},
            {{"kind", kind}, {"hidden", {9, 7}}},
            {{"kind", kind}, {"hidden", {8, 8, 8}}, {"activation", "tanh"}, {"residual", true}},
            {{"kind", kind}, {"hidden", Json::array()}}};
  return {{{"kind", kind}}};
}

constexpr int kInputs = 3, kOutputs = 4;

struct Trial {
  explicit Trial(const Json& spec)
      : net(make_net(spec, {kInputs, 0, params, wants, "trial"}, "net", kInputs, kOutputs)),
        theta(Vector::Zero(static_cast<Eigen::Index>(params.size()))) {
    Uniforms random(1, Stream::kTest);
    for (const Range& range : params.ranges(std::size_t{1} << 30))
      for (std::size_t i = 0; i < range.length; ++i)
        theta[static_cast<Eigen::Index>(range.offset + i)] = static_cast<Real>(1.2 * random.next() - 0.6);
    memory = Vector::Zero(kTile * net->columns());
    along = Vector::Zero(kTile * net->tangent_columns());
    out = jv = Vector::Zero(kTile * kOutputs);
  }
  void run(const Vector& x, const Vector& v) {
    net->forward(theta.data(), x.data(), memory.data(), out.data());
    net->tangent(theta.data(), memory.data(), v.data(), along.data(), jv.data());
  }

  Params params;
  Wants wants;
  std::unique_ptr<Net> net;
  Vector theta, memory, along, out, jv;
};

template <class What>
void for_each_net(What what) {
  for (const std::string& kind : names(nets()))
    for (const Json& spec : variants(kind)) BOOST_TEST_CONTEXT(spec.dump()) {
        Trial trial(spec);
        what(trial, spec.value("activation", "") == "tanh" || spec["hidden"].empty());
      }
}

BOOST_AUTO_TEST_CASE(a_net_starts_as_the_constant_that_it_is_given) {
  for_each_net([](Trial& t, bool) {
    Vector x, bias = Vector::LinSpaced(kOutputs, -1, 2);
    random_tile(x, kInputs, 3);
    t.theta.setZero();
    Uniforms random(2, Stream::kInit);
    t.net->init(t.theta.data(), random, bias);
    t.run(x, x);
    for (int j = 0; j < kOutputs; ++j) BOOST_TEST((t.out.segment(kTile * j, kTile).array() == bias[j]).all());
    BOOST_TEST((t.jv.array() == 0).all());
  });
}

BOOST_AUTO_TEST_CASE(a_tangent_is_the_change_of_the_outputs_along_it) {
  if (!kDouble) return;
  for_each_net([](Trial& t, bool) {
    Vector x, v;
    random_tile(x, kInputs, 3);
    random_tile(v, kInputs, 4);
    t.run(x, v);
    const Vector jv = t.jv;
    const Real h = Real(1e-6);
    t.run(x + h * v, v);
    const Vector above = t.out;
    t.run(x - h * v, v);
    const Vector difference = (above - t.out) / (2 * h);
    // A difference may straddle a kink of relu.
    BOOST_TEST(((difference - jv).array().abs() > Real(1e-6)).count() <= 4);
  });
}

BOOST_AUTO_TEST_CASE(gradients_of_values_and_tangents_are_those_of_directional_differences) {
  if (!kDouble) return;
  for_each_net([](Trial& t, bool smooth) {
    Vector x, v, ux, uv, dout, djv;
    random_tile(x, kInputs, 3), random_tile(v, kInputs, 4), random_tile(ux, kInputs, 5), random_tile(uv, kInputs, 6);
    random_tile(dout, kOutputs, 7), random_tile(djv, kOutputs, 8);
    Vector dtheta = Vector::Zero(t.theta.size()), direction = dtheta, dx = ux, dv = uv, d_only = ux;
    Uniforms random(7, Stream::kTest);
    for (const Range& range : t.params.ranges(std::size_t{1} << 30))
      for (std::size_t i = 0; i < range.length; ++i)
        direction[static_cast<Eigen::Index>(range.offset + i)] = static_cast<Real>(2 * random.next() - 1);
    t.run(x, v);
    Stack scratch;
    Pass pass{.theta = t.theta.data(), .dtheta = dtheta.data(), .scratch = &scratch};
    t.net->tangent_backward(pass, x.data(), t.memory.data(), v.data(), t.along.data(), dout.data(), djv.data(),
                            dx.data(), dv.data());
    BOOST_TEST(scratch.empty());
    const Vector theta = t.theta;
    const auto loss = [&](Real h) {
      t.theta = theta + h * direction;
      t.run(x + h * ux, v + h * uv);
      return static_cast<double>(dout.dot(t.out) + djv.dot(t.jv));
    };
    const Real h = Real(1e-6);
    const double difference = (loss(h) - loss(-h)) / static_cast<double>(2 * h);
    const double analytic = static_cast<double>(dx.dot(ux) + dv.dot(uv) + dtheta.dot(direction));
    BOOST_TEST(std::abs(difference - analytic) <= (smooth ? 1e-6 : 2e-3) * (1 + std::abs(analytic)));

    // Without a tangent it is the gradient of the values alone.
    t.theta = theta;
    t.run(x, v);
    pass.dtheta = nullptr;
    t.net->backward(pass, x.data(), t.memory.data(), dout.data(), d_only.data());
    djv.setZero();
    t.net->tangent_backward(pass, x.data(), t.memory.data(), v.data(), t.along.data(), dout.data(), djv.data(),
                            dx.data(), nullptr);
    BOOST_TEST((d_only - dx).cwiseAbs().maxCoeff() <= 1e-12);
  });
}

}  // namespace
}  // namespace nf
