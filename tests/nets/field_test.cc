// Fields: divergences that are those of differences, a start at rest.
#include "nf/nets/field.h"

#include <set>

#include "nf/flow/registry.h"
#include "real_test.h"

namespace nf {
namespace {

constexpr int kDim = 4, kContext = 2;

struct FieldBench {
  explicit FieldBench(const Json& spec, bool start = false)
      : site{kDim, kContext, params, wants, "layers.0"}, field(make_field(spec, site)) {
    theta = Vector::Zero(static_cast<Eigen::Index>(params.size()));
    Uniforms random(3, Stream::kTest);
    field->init(theta.data(), random);
    for (const Range& range : params.ranges(std::size_t{1} << 30))
      for (std::size_t i = 0; !start && i < range.length; ++i)
        theta[static_cast<Eigen::Index>(range.offset + i)] += static_cast<Real>(0.8 * random.next() - 0.4);
    random_tile(context, kContext, 9);
    prepared = Vector::Zero(std::max(wants.prepared.size, 1));
    Pass own = pass();
    field->prepare(own, prepared.data());
  }
  Pass pass() {
    return {.theta = theta.data(), .context = context.data(), .prepared = prepared.data(), .scratch = &scratch};
  }
  Tile velocity(const Tile& x, const Real* t, Vector& memory, Real* q = nullptr) {
    memory = Vector::Zero(kTile * kDim);
    Vector kept = Vector::Zero(kTile * field->columns());
    Pass own = pass();
    Tile v(memory.data(), kTile, kDim);
    field->forward(own, t, in(x), kept.data(), v, q);
    return v;
  }

  Params params;
  Wants wants;
  Site site;
  std::unique_ptr<Field> field;
  Vector theta, context, prepared;
  Stack scratch;
};

std::vector<Json> specs(const std::string& kind) {
  if (kind == "mlp") return {{{"kind", kind}, {"hidden", {7, 5, 6}}}, {{"kind", kind}, {"hidden", {20}}, {"time", 0}}};
  if (kind == "hollow")
    return {{{"kind", kind}, {"hidden", {9, 7}}, {"summary", 3}, {"mix", {5}}, {"terms", 2}},
            {{"kind", kind}, {"hidden", {20}}, {"time", 0}, {"mix", {6, 4}}, {"terms", 1}}};
  return {{{"kind", kind}, {"hidden", 7}}, {{"kind", kind}, {"hidden", 20}, {"time", 0}}};
}

// Every field, in training, where some estimate, and out of it.
template <class What>
void for_each_field(What what) {
  for (const Unit& unit : fields())
    for (const Json& spec : specs(std::string(unit.name)))
      for (const char* trace : {"exact", "probe"}) {
        if (unit.name != "mlp" && trace == std::string("probe")) continue;
        Json own = spec;
        if (unit.name == "mlp") own["trace"] = trace, own["probes"] = 3;
        for (const bool training : {false, true})
          BOOST_TEST_CONTEXT(own.dump() << (training ? " in training" : "")) what(own, training);
      }
}

BOOST_AUTO_TEST_CASE(divergences_are_those_of_differences) {
  if (!kDouble) return;
  for (const Unit& unit : fields())
    for (const Json& spec : specs(std::string(unit.name))) {
      FieldBench bench(spec);
      Vector mx, mt, above, below;
      Tile x = random_tile(mx, kDim, 5);
      Tile t = random_tile(mt, 1, 6, 0.5);
      alignas(64) Real q[kTile], unused[kTile];
      bench.velocity(x, t.data(), above, q);
      LogDet sum = LogDet::Zero();
      const Real h = Real(1e-6);
      for (int j = 0; j < kDim; ++j) {
        x.col(j).array() += h;
        const Tile up = bench.velocity(x, t.data(), above, unused);
        x.col(j).array() -= 2 * h;
        const Tile down = bench.velocity(x, t.data(), below);
        x.col(j).array() += h;
        sum += ((up - down).col(j) / (2 * h)).cast<double>().array();
      }
      for (int r = 0; r < kTile; ++r) BOOST_TEST(std::abs(sum(r) - static_cast<double>(q[r])) < 1e-7);
    }
}

// The loss sum(a v) + sum(b q) along a random direction of (x, theta, context).
BOOST_AUTO_TEST_CASE(gradients_are_those_of_what_is_computed) {
  if (!kDouble) return;
  for_each_field([](const Json& spec, bool training) {
    FieldBench bench(spec);
    Vector mx, mt, ma, mb, mu, mc, md, mv, mdc = Vector::Zero(kTile * kContext);
    Tile x = random_tile(mx, kDim, 5), u = random_tile(mu, kDim, 7), dx = random_tile(md, kDim, 1);
    const Tile t = random_tile(mt, 1, 6, 0.5), a = random_tile(ma, kDim, 8), b = random_tile(mb, 1, 10);
    random_tile(mc, kContext, 11);
    Vector dtheta = Vector::Zero(bench.theta.size()), direction = dtheta, memory(kTile * bench.field->columns()),
           gathered = Vector::Zero(bench.field->gathered());
    Uniforms random(7, Stream::kTest);
    for (const Range& range : bench.params.ranges(std::size_t{1} << 30))
      for (std::size_t i = 0; i < range.length; ++i)
        direction[static_cast<Eigen::Index>(range.offset + i)] = static_cast<Real>(2 * random.next() - 1);
    alignas(64) Real q[kTile];
    Pass pass = bench.pass();
    pass.training = training;
    pass.dtheta = dtheta.data();
    pass.dcontext = mdc.data();
    Tile v = random_tile(mv, kDim, 1);
    bench.field->forward(pass, t.data(), in(x), memory.data(), v, q);
    bench.field->backward(pass, memory.data(), in(a), b.data(), dx, gathered.data());
    bench.field->fold(pass, gathered.data());
    BOOST_TEST(bench.scratch.empty());
    const Vector x0 = mx, theta = bench.theta, context = bench.context;
    const auto loss = [&](Real h) {
      mx = x0 + h * mu;
      bench.theta = theta + h * direction;
      bench.context = context + h * mc;
      Pass plain = bench.pass();
      plain.training = training;
      bench.field->prepare(plain, bench.prepared.data());
      bench.field->forward(plain, t.data(), in(x), memory.data(), v, q);
      Real sum = (v.array() * a.array()).sum();
      for (int r = 0; r < kTile; ++r) sum += b(r, 0) * q[r];
      return sum;
    };
    const Real h = Real(1e-6), difference = (loss(h) - loss(-h)) / (2 * h);
    const Real expected = (dx.array() * u.array()).sum() + dtheta.dot(direction) + mdc.dot(mc);
    BOOST_TEST(std::abs(difference - expected) <= 1e-6 * (1 + std::abs(expected)));
  });
}

// e' J e is the same for e and -e: of four columns 8 values, each as likely as the others.
BOOST_AUTO_TEST_CASE(the_mean_over_all_probes_is_the_divergence) {
  FieldBench exact({{"kind", "mlp"}, {"hidden", {7, 5}}}),
      probed({{"kind", "mlp"}, {"hidden", {7, 5}}, {"trace", "probe"}});
  Vector mx, mt, memory(kTile * exact.field->columns()), mv;
  Tile x = random_tile(mx, kDim, 5), v = random_tile(mv, kDim, 5);
  const Tile t = random_tile(mt, 1, 6, 0.5);
  for (int r = 1; r < kTile; ++r) x.row(r) = x.row(0), mt[r] = mt[0];
  for (int k = 0; k < kContext; ++k)
    for (FieldBench* bench : {&exact, &probed})
      std::fill_n(bench->context.data() + kTile * k, kTile, bench->context[kTile * k]);
  alignas(64) Real q[kTile];
  exact.velocity(x, t.data(), mv, q);
  const Real expected = q[0];
  std::set<Real> values;
  for (std::uint64_t tile = 0; tile < 4; ++tile) {
    Pass pass = probed.pass();
    pass.training = true;
    pass.noise.first_row = kTile * tile;
    BOOST_TEST(!probed.field->exact(pass));
    probed.field->forward(pass, t.data(), in(x), memory.data(), v, q);
    values.insert(q, q + kTile);
  }
  BOOST_TEST(values.size() == 8u);
  Real sum = 0;
  for (const Real one : values) sum += one;
  BOOST_TEST(std::abs(sum / 8 - expected) <= tolerance(1e-12, 1e-5));
}

BOOST_AUTO_TEST_CASE(a_trace_is_exact_but_in_training_and_for_many_columns) {
  const auto exact = [](int dim, const char* trace, bool training) {
    Params params;
    Wants wants;
    const Json spec = {{"kind", "mlp"}, {"hidden", {3}}, {"trace", trace}};
    return make_field(spec, {dim, 0, params, wants, "layers.0"})->exact({.training = training});
  };
  BOOST_TEST(exact(4, "auto", true));
  BOOST_TEST(!exact(5, "auto", true));
  BOOST_TEST(exact(128, "auto", false));
  BOOST_TEST(!exact(129, "auto", false));
  BOOST_TEST(exact(129, "exact", true));
  BOOST_TEST(!exact(2, "probe", false));
}

// Each derivative by its own column is that of differences of the one before; all of the first order make up q.
BOOST_AUTO_TEST_CASE(derivatives_by_the_own_column_are_those_of_differences) {
  if (!kDouble) return;
  for (const Json& spec : specs("hollow")) {
    FieldBench bench(spec);
    Vector mx, mt, mv, md, above, below, memory(kTile * bench.field->columns());
    Tile x = random_tile(mx, kDim, 5), v = random_tile(mv, kDim, 5), d = random_tile(md, kDim, 5);
    const Tile t = random_tile(mt, 1, 6, 0.5);
    alignas(64) Real q[kTile];
    Pass pass = bench.pass();
    const auto derive = [&](int order, Vector& to) {
      bench.field->forward(pass, t.data(), in(x), memory.data(), v, q);
      if (order > 0) bench.field->derivatives(pass, memory.data(), order, d);
      to = order > 0 ? md : mv;
    };
    for (int order = 1; order <= 4; ++order)
      for (int i = 0; i < kDim; ++i) {
        const Real h = Real(1e-6);
        x.col(i).array() += h;
        derive(order - 1, above);
        x.col(i).array() -= 2 * h;
        derive(order - 1, below);
        x.col(i).array() += h;
        derive(order, md);
        const Vector difference = (above - below).segment(kTile * i, kTile) / (2 * h);
        BOOST_TEST((difference - d.col(i)).cwiseAbs().maxCoeff() < 1e-7, "order " << order << ", column " << i);
      }
    derive(1, md);
    for (int r = 0; r < kTile; ++r) BOOST_TEST(std::abs(d.row(r).sum() - q[r]) < 1e-12);
    BOOST_CHECK_THROW(bench.field->derivatives(pass, memory.data(), 0, d), Error);
  }
  FieldBench other("bilinear");
  Pass pass = other.pass();
  Vector md;
  BOOST_CHECK_THROW(other.field->derivatives(pass, nullptr, 1, random_tile(md, kDim, 1)), Error);
}

// The velocity's parameters, which stand before the steps at the end of the memory, are the same bits wherever their
// own column is.
BOOST_AUTO_TEST_CASE(a_hollow_fields_parameters_do_not_see_their_own_column) {
  for (const Json& spec : specs("hollow")) {
    FieldBench bench(spec);
    const int terms = spec["terms"], params = 3 * terms + 2;
    Vector mx, mt, mv, memory(kTile * bench.field->columns());
    Tile x = random_tile(mx, kDim, 5), v = random_tile(mv, kDim, 5);
    const Tile t = random_tile(mt, 1, 6, 0.5);
    Pass pass = bench.pass();
    const auto phi = [&] {
      bench.field->forward(pass, t.data(), in(x), memory.data(), v, nullptr);
      return Vector(memory.segment(memory.size() - kTile * kDim * (params + terms), kTile * kDim * params));
    };
    const Vector before = phi();
    for (int i = 0; i < kDim; ++i) {
      const Vector column = x.col(i);
      x.col(i).array() = 3 * column.array() + 1;
      const Vector after = phi();
      x.col(i) = column;
      for (int j = 0; j < kDim; ++j) {
        const Eigen::Index at = kTile * params * j, count = kTile * params;
        BOOST_TEST((after.segment(at, count) == before.segment(at, count)) == (i == j));
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(a_field_starts_at_rest_and_stays_finite) {
  for (const Unit& unit : fields())
    for (const Json& spec : specs(std::string(unit.name))) {
      FieldBench rest(spec, true), bench(spec);
      Vector mx, mt, memory;
      const Tile x = random_tile(mx, kDim, 5, 1e4);
      const Tile t = random_tile(mt, 1, 6, 0.5);
      alignas(64) Real q[kTile];
      BOOST_TEST((rest.velocity(x, t.data(), memory, q).array() == 0).all());
      for (const Real one : q) BOOST_TEST(one == 0);
      BOOST_TEST(bench.velocity(x, t.data(), memory, q).allFinite());
    }
}

BOOST_AUTO_TEST_CASE(a_field_is_made_again_from_its_spec) {
  for (const Unit& unit : fields()) {
    FieldBench one(std::string(unit.name)), again(one.field->spec());
    BOOST_TEST(again.field->spec() == one.field->spec());
    BOOST_TEST(again.params.size() == one.params.size());
  }
  BOOST_CHECK_THROW(FieldBench("bilinaer"), Error);
}

}  // namespace
}  // namespace nf
