// Questions about some of a model's columns.
#include "nf/model/partial.h"

#include <numeric>

#include "nf/core/cell.h"
#include "nf/model/scorer.h"
#include "real_test.h"

namespace nf {
namespace {

Json autoregressive(const Json& more = Json::object()) {
  Json layer = {{"kind", "autoregressive"}, {"hidden", {12}}, {"activation", "tanh"}};
  layer.update(more);
  return layer;
}
const Json kLayers = {autoregressive(), autoregressive({{"inverse", true}}), "elementwise"};
const Json kMixture = {{{"kind", "mixture"}, {"flows", {kLayers, {autoregressive()}}}}};

Model model_of(const Json& spec, std::vector<Column> columns) {
  Model model(spec);
  model.theta = Bench(spec, 0.4).theta;
  model.columns = std::move(columns);
  return model;
}
Column number(const std::string& name) {
  return {name, make_door({{"kind", "standardise"}, {"mean", 1}, {"scale", 2}}, name)};
}
std::vector<Model> models_of_two() {
  std::vector<Model> models;
  for (const Json& layers : {kLayers, kMixture})
    models.push_back(model_of({{"dim", 2}, {"layers", layers}}, {number("a"), number("b")}));
  return models;
}
// Words, a number that may be missing, a number.
Model model_of_kinds(bool mixture) {
  const Json layer = {{"kind", "mixed"}, {"levels", {{"0", 3}, {"1", 2}}}, {"gates", {{"2", 1}}},
                      {"hidden", {12}},  {"activation", "tanh"},           {"layers", kLayers}};
  const Json layers =
      mixture ? Json::array({{{"kind", "mixture"}, {"flows", {{layer}, {layer}}}}}) : Json::array({layer});
  return model_of({{"dim", 4}, {"levels", {0, 1}}, {"layers", layers}},
                  {{"w", make_door({{"kind", "category"}, {"words", {"x", "y", "z"}}}, "w")},
                   {"g", make_door({{"kind", "atoms"}, {"at", {nullptr}}, {"gap", ""}}, "g")},
                   number("b")});
}

std::vector<double> log_probs(const Model& model, const std::vector<double>& x) {
  std::vector<double> lp(x.size() / model.columns.size());
  Scorer(model, 1).log_prob(x.data(), nullptr, static_cast<int>(lp.size()), lp.data(), nullptr);
  return lp;
}

constexpr int kCells = 2000;
constexpr double kFrom = -60, kCell = 120.0 / kCells;
double middle(int i) { return kFrom + (i + 0.5) * kCell; }

BOOST_AUTO_TEST_CASE(the_density_of_the_first_columns_is_the_integral_over_the_others) {
  for (const Model& model : models_of_two())
    for (const double a : {-2.0, 1.0, 3.5}) {
      std::vector<double> x;
      for (int i = 0; i < kCells; ++i) x.insert(x.end(), {a, middle(i)});
      double sum = 0;
      for (const double lp : log_probs(model, x)) sum += std::exp(lp) * kCell;
      Partial partial(model, 1);
      const double row[] = {a, 77};
      double lp = 0;
      partial.log_prob(row, nullptr, 1, {true, false}, 0, 0, &lp);
      BOOST_TEST(std::abs(std::exp(lp) / sum - 1) < 1e-3, lp << " and " << std::log(sum));
      BOOST_TEST((partial.missing({true, false}).empty()));
      BOOST_TEST((partial.missing({false, true}) == std::vector<int>{0}));
    }
}

BOOST_AUTO_TEST_CASE(columns_in_turn_add_up_to_the_whole) {
  for (const bool mixture : {false, true}) {
    const Model model = model_of_kinds(mixture);
    Partial partial(model, 1);
    BOOST_TEST((partial.order() == std::vector<int>{0, 1, 2}));
    const std::vector<double> x = {word_cell(0), 0.3, 1.2, word_cell(2), kGap, -1, word_cell(1), 4, 2};
    std::vector<double> each(x.size());
    partial.log_prob_by_column(x.data(), nullptr, 3, 0, 0, each.data());
    const std::vector<double> whole = log_probs(model, x);
    for (std::size_t r = 0; r < 3; ++r)
      BOOST_TEST(std::abs(each[3 * r] + each[3 * r + 1] + each[3 * r + 2] - whole[r]) < tolerance(1e-10, 1e-4));
    // The first one's is its probability.
    double sum = 0;
    for (std::uint32_t word = 0; word < 3; ++word) {
      const double row[] = {word_cell(word), 0, 0};
      double lp = 0;
      partial.log_prob(row, nullptr, 1, {true, false, false}, 0, 0, &lp);
      sum += std::exp(lp);
    }
    BOOST_TEST(std::abs(sum - 1) < tolerance(1e-9, 1e-5));
  }
}

// Mean and share below 0 of one column given the other, by quadrature and from weighted candidates.
BOOST_AUTO_TEST_CASE(candidates_are_a_sample_given_what_is_known) {
  constexpr int kRows = 40000;
  for (const Model& model : models_of_two())
    for (const int known : {0, 1}) {
      const double value = 2;
      std::vector<double> x;
      for (int i = 0; i < kCells; ++i)
        x.insert(x.end(), {known == 0 ? value : middle(i), known == 0 ? middle(i) : value});
      const std::vector<double> lp = log_probs(model, x);
      double sum = 0, mean = 0, below = 0;
      for (int i = 0; i < kCells; ++i) {
        sum += std::exp(lp[i]);
        mean += std::exp(lp[i]) * middle(i);
        below += middle(i) < 0 ? std::exp(lp[i]) : 0;
      }
      std::vector<double> given, completed(2 * kRows), weight(kRows);
      for (int i = 0; i < kRows; ++i) given.insert(given.end(), {value, value});
      Partial(model, 2).complete(given.data(), {known == 0, known == 1}, nullptr, kRows, 5, 0, completed.data(),
                                 weight.data());
      const double most = *std::max_element(weight.begin(), weight.end());
      double all = 0, m = 0, b = 0;
      for (int i = 0; i < kRows; ++i) {
        const double w = std::exp(weight[i] - most), free = completed[2 * i + 1 - known];
        BOOST_TEST(completed[2 * i + known] == value);
        if (known == 0) BOOST_TEST(weight[i] == 0);
        all += w;
        m += w * free;
        b += free < 0 ? w : 0;
      }
      BOOST_TEST(std::abs(m / all - mean / sum) < 0.1, "known " << known << ": " << m / all << " and " << mean / sum);
      BOOST_TEST(std::abs(b / all - below / sum) < 0.03,
                 "known " << known << ": " << b / all << " and " << below / sum);
    }
}

BOOST_AUTO_TEST_CASE(gaps_and_words_are_filled_by_their_probabilities) {
  for (const bool mixture : {false, true}) {
    const Model model = model_of_kinds(mixture);
    constexpr int kRows = 40000;
    // p(word | the last number), by quadrature over the number that may be missing.
    const double b = 0.5;
    double p[3] = {}, sum = 0;
    for (std::uint32_t word = 0; word < 3; ++word) {
      std::vector<double> x = {word_cell(word), kGap, b};
      for (int i = 0; i < kCells; ++i) x.insert(x.end(), {word_cell(word), middle(i), b});
      const std::vector<double> lp = log_probs(model, x);
      p[word] = std::exp(lp[0]) + std::accumulate(lp.begin() + 1, lp.end(), 0.0,
                                                  [](double s, double v) { return s + std::exp(v) * kCell; });
      sum += p[word];
    }
    std::vector<double> given, completed(3 * kRows), weight(kRows);
    for (int i = 0; i < kRows; ++i) given.insert(given.end(), {kGap, kGap, b});
    Partial(model, 2).complete(given.data(), {false, false, true}, nullptr, kRows, 3, 0, completed.data(),
                               weight.data());
    const double most = *std::max_element(weight.begin(), weight.end());
    double all = 0, counted[3] = {};
    for (int i = 0; i < kRows; ++i) {
      BOOST_TEST_REQUIRE(is_word(completed[3 * i]));
      counted[word_of(completed[3 * i])] += std::exp(weight[i] - most);
      all += std::exp(weight[i] - most);
    }
    for (int word = 0; word < 3; ++word) BOOST_TEST(std::abs(counted[word] / all - p[word] / sum) < 0.03);
  }
}

BOOST_AUTO_TEST_CASE(models_without_an_order_say_so) {
  const auto refuses = [](const Json& spec) {
    const Model model = model_of(spec, {number("a"), number("b")});
    BOOST_CHECK_THROW(Partial(model, 1), Error);
  };
  refuses({{"dim", 2}, {"layers", {autoregressive(), autoregressive({{"order", "reverse"}})}}});
  refuses({{"dim", 2}, {"layers", {"linear"}}});
  refuses({{"dim", 2}, {"base", "logistic"}, {"layers", {autoregressive()}}});
}

}  // namespace
}  // namespace nf
