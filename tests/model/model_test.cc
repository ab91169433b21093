// Models: doors and rows around a flow.
#include "nf/model/model.h"

#include <numbers>

#include "nf/flow/registry.h"
#include "nf/io/input.h"
#include "nf/io/safetensors.h"
#include "nf/model/model_file.h"
#include "nf/model/scorer.h"
#include "real_test.h"

namespace nf {
namespace {

Model maf(double spread, int context = 1, int layers = 2) {
  const Json spec = Flow(preset_spec("maf", 3, context, {{"hidden", {12}}, {"layers", layers}})).spec();
  Model model(spec);
  model.theta = Bench(spec, spread).theta;
  return model;
}

BOOST_AUTO_TEST_CASE(densities_are_in_the_units_of_the_data) {
  Model model(Json{{"dim", 1}, {"layers", Json::array()}});
  model.columns[0] = {"a", make_door({{"kind", "standardise"}, {"mean", 5}, {"scale", 4}}, "a")};
  const double x[] = {5, 9};
  double lp[2];
  Scorer(model, 1).log_prob(x, nullptr, 2, lp, nullptr);
  BOOST_TEST(std::abs(lp[0] + std::log(4 * std::sqrt(2 * std::numbers::pi))) <= 1e-6);
  BOOST_TEST(std::abs(lp[0] - lp[1] - 0.5) <= 1e-6);
}

// Each column's door stands in the file: one that is not there would score rows in other units.
BOOST_AUTO_TEST_CASE(columns_whose_doors_are_not_sound_are_refused) {
  const std::string whole = serialise(Model(Json{{"dim", 1}, {"layers", Json::array()}}));
  const auto parse = [&](const char* version, const Json& columns) {
    io::SafeTensors file = io::SafeTensors::parse(io::bytes(whole));
    for (auto& [key, value] : file.metadata) {
      if (key == "version") value = version;
      if (key == "columns") value = columns.dump();
    }
    const std::string text = file.serialise();
    return parse_model(io::bytes(text));
  };
  const auto with = [](const Json& door) { return Json::array({{{"name", "a"}, {"door", door}}}); };
  const Json old = Json::array({{{"name", "a"}, {"mean", 3}, {"scale", 2}}});
  BOOST_TEST(parse("2", with({{"kind", "standardise"}, {"mean", 3}, {"scale", 2}})).columns[0].door->spec() ==
             parse("1", old).columns[0].door->spec());
  for (const Json& columns :
       {Json::array({{{"name", "a"}}}), old, with(nullptr), with("gate"), with({{"kind", "circle"}}),
        with({{"kind", "standardise"}, {"scale", 0}}), with({{"kind", "standardise"}, {"size", 1}}), Json::array()})
    BOOST_TEST_CONTEXT(columns.dump()) BOOST_CHECK_THROW(parse("2", columns), Error);
  BOOST_CHECK_THROW(parse("1", with("standardise")), Error);
  BOOST_CHECK_THROW(parse("3", with("standardise")), Error);
}

BOOST_AUTO_TEST_CASE(a_row_that_misses_a_value_or_a_context_has_no_density) {
  const Model model = maf(0.3);
  std::vector<double> x(12, 0.5), c(4, 0.5), lp(4);
  x[4] = std::nan("");
  c[2] = std::nan("");
  Scorer(model, 1).log_prob(x.data(), c.data(), 4, lp.data(), nullptr);
  BOOST_TEST((std::isfinite(lp[0]) && std::isnan(lp[1]) && std::isnan(lp[2]) && std::isfinite(lp[3])));
}

BOOST_AUTO_TEST_CASE(every_column_depends_on_the_context) {
  const Model model = maf(0.3, 1, 1);  // one layer: another could hide the first column's
  const std::vector<double> x(3, 0.5);
  std::vector<double> z(3), moved(3);
  double c = 0.1, lp = 0;
  Scorer scorer(model, 1);
  scorer.log_prob(x.data(), &c, 1, &lp, z.data());
  c = 0.9;
  scorer.log_prob(x.data(), &c, 1, &lp, moved.data());
  for (std::size_t j = 0; j < 3; ++j) BOOST_TEST(std::abs(z[j] - moved[j]) > 1e-6);
}

BOOST_AUTO_TEST_CASE(rows_of_a_sample_do_not_depend_on_where_it_begins) {
  const Model model = maf(0.3, 0);
  std::vector<double> all(3 * 300), rest(3 * 200);
  Scorer scorer(model, 2);
  scorer.sample(3, 0, nullptr, 300, 1, all.data(), nullptr);
  scorer.sample(3, 100, nullptr, 200, 1, rest.data(), nullptr);
  BOOST_TEST((std::vector<double>(all.begin() + 300, all.end()) == rest));
  BOOST_TEST(
      (std::vector<double>(all.begin(), all.begin() + 300) != std::vector<double>(rest.begin(), rest.begin() + 300)));
  BOOST_TEST(all[0] != all[3 * kTile]);  // each tile has noise of its own
}

BOOST_AUTO_TEST_CASE(temperature_multiplies_the_noise) {
  Model model(Json{{"dim", 2}, {"layers", Json::array()}});
  std::vector<double> one(20), two(20);
  Scorer scorer(model, 1);
  scorer.sample(3, 0, nullptr, 10, 1, one.data(), nullptr);
  scorer.sample(3, 0, nullptr, 10, 2, two.data(), nullptr);
  for (std::size_t i = 0; i < 20; ++i) BOOST_TEST(std::abs(two[i] - 2 * one[i]) <= 1e-5);
}

// Uniform, within one over the root of the fan-in.
BOOST_AUTO_TEST_CASE(weights_of_nets_start_within_their_bound) {
  const Flow flow(preset_spec("maf", 4, 0, {{"hidden", {64, 64}}, {"layers", 1}}));
  const Vector theta = flow.init(1);
  for (const Slot& slot : flow.params().slots()) {
    if (slot.name.find("weight.1") == std::string::npos) continue;
    double most = 0;
    for (int row = 0; row < slot.rows; ++row)
      for (int col = 0; col < slot.live(row); ++col)
        most = std::max(most, static_cast<double>(std::abs(theta[static_cast<Eigen::Index>(slot.at(row, col))])));
    BOOST_TEST((most <= 0.125 && most > 0.12), most);
  }
}

BOOST_AUTO_TEST_CASE(a_class_without_rows_keeps_finite_numbers) {
  const Flow flow({{"dim", 2},
                   {"context", 1},
                   {"base", {{"kind", "conditional_normal"}, {"classes", 3}, {"column", 0}}},
                   {"layers", Json::array()}});
  Vector theta = flow.init(0);
  Batch x = Batch::Random(20, 2), c = Batch::Zero(20, 1);
  for (int r = 0; r < 10; ++r) c(r, 0) = 1;
  flow.init_data(theta, x, c);
  BOOST_TEST(theta.allFinite());
}

// A file's spec cannot ask for more than the file holds.
BOOST_AUTO_TEST_CASE(parameters_beyond_the_most_are_refused_while_layers_are_made) {
  const Json spec = {{"dim", 2}, {"layers", {{{"kind", "autoregressive"}, {"hidden", {100}}}}}};
  std::size_t numbers = 0;
  const std::vector<Slot> slots = Flow(spec).params().slots();
  for (const Slot& slot : slots) numbers += static_cast<std::size_t>(slot.rows) * static_cast<std::size_t>(slot.cols);
  BOOST_CHECK_NO_THROW(Flow(spec, Params(numbers, slots.size())));
  BOOST_CHECK_THROW(Flow(spec, Params(numbers - 1, slots.size())), Error);
  BOOST_CHECK_THROW(Flow(spec, Params(numbers, slots.size() - 1)), Error);
  const Json huge = {{"dim", 2}, {"layers", {{{"kind", "autoregressive"}, {"hidden", {16384, 16384, 16384}}}}}};
  BOOST_CHECK_THROW(Flow(huge, Params(1000, 100)), Error);
}

}  // namespace
}  // namespace nf
