// Fields: divergences that are those of differences, a start at rest.
#include "nf/nets/field.h"

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
  return {{{"kind", kind}, {"hidden", 7}}, {{"kind", kind}, {"hidden", 20}, {"time", 0}}};
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
