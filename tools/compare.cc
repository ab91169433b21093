#include "compare.h"

#include <fmt/format.h>

#include <algorithm>
#include <numbers>

#include "nf/compare/distances.h"

namespace nf::cli {
namespace {

constexpr int kProjections = 128;
constexpr Eigen::Index kEnergyRows = 5000;

std::string correlation_text(const Comparison& comparison) {
  const compare::CorrelationDifference& c = comparison.correlation;
  if (c.first < 0) return "";
  const auto name = [&](int column) { return comparison.columns[column].name; };
  return fmt::format("correlations          largest difference {:+.4f} ({}, {}), rms {:.4f}\n", c.largest,
                     name(c.first), name(c.second), c.rms);
}

std::string row(const Comparison::Column& c, std::size_t width) {
  return fmt::format("{:<{}} {:>12.6g} {:>12.6g} {:>12.6g} {:>12.6g} {:>8.4f} {:>9.2g}\n", c.name, width, c.a.mean,
                     c.b.mean, c.a.sd, c.b.sd, c.ks.distance, c.ks.p_value);
}

}  // namespace

Comparison compare_tables(const compare::TableView& a, const compare::TableView& b,
                          const std::vector<std::string>& names, const ComparisonOptions& options) {
  Pool pool(options.threads);
  const std::vector<compare::KsResult> ks = compare::ks(a, b, pool);
  const std::vector<compare::Moments> in_a = compare::moments(a), in_b = compare::moments(b);
  Comparison result;
  result.rows_a = a.rows;
  result.rows_b = b.rows;
  for (std::size_t c = 0; c < ks.size(); ++c) result.columns.push_back({names[c], in_a[c], in_b[c], ks[c]});
  result.sliced_wasserstein = compare::sliced_wasserstein(a, b, kProjections, options.seed, pool);
  result.energy_distance = compare::energy_distance(a, b, kEnergyRows, options.seed, pool);
  result.correlation = compare::correlation_difference(a, b);
  compare::ClassifierOptions classifier;
  classifier.most_rows = options.most_rows;
  classifier.seed = options.seed;
  result.classifier = compare::classifier_two_sample(a, b, classifier, pool);
  return result;
}

std::string comparison_text(const Comparison& comparison) {
  std::size_t width = 6;
  for (const Comparison::Column& c : comparison.columns) width = std::max(width, c.name.size());
  std::string text = fmt::format("{:<{}} {:>12} {:>12} {:>12} {:>12} {:>8} {:>9}\n", "column", width, "mean A",
                                 "mean B", "sd A", "sd B", "KS", "p");
  for (const Comparison::Column& c : comparison.columns) text += row(c, width);
  const compare::ClassifierResult& r = comparison.classifier;
  text += fmt::format("\nrows                  {} and {}\n", comparison.rows_a, comparison.rows_b);
  text += fmt::format("sliced Wasserstein-1  {:.5f}\n", comparison.sliced_wasserstein);
  text += fmt::format("energy distance²      {:.6f} (its square root is scipy's)\n", comparison.energy_distance);
  text += correlation_text(comparison);
  text += fmt::format("classifier AUC        {:.4f} ± {:.4f} (equal tables: 0.5)\n", r.auc, r.auc_error);
  text += fmt::format("  network, trees      {:.4f}, {:.4f}\n", r.network_auc, r.trees_auc);
  text += fmt::format("classifier log-loss   {:.4f} ± {:.4f} (equal tables: {:.4f})\n", r.log_loss, r.log_loss_error,
                      std::numbers::ln2);
  return text;
}

Json comparison_json(const Comparison& comparison) {
  Json columns = Json::array();
  for (const Comparison::Column& c : comparison.columns)
    columns.push_back({{"name", c.name},
                       {"mean", {c.a.mean, c.b.mean}},
                       {"sd", {c.a.sd, c.b.sd}},
                       {"ks", c.ks.distance},
                       {"p", c.ks.p_value}});
  const compare::CorrelationDifference& correlation = comparison.correlation;
  Json pair;
  if (correlation.first >= 0)
    pair = {comparison.columns[correlation.first].name, comparison.columns[correlation.second].name};
  return {{"rows", {comparison.rows_a, comparison.rows_b}},
          {"columns", columns},
          {"sliced_wasserstein", comparison.sliced_wasserstein},
          {"energy_distance_squared", comparison.energy_distance},
          {"correlation", {{"largest", correlation.largest}, {"columns", pair}, {"rms", correlation.rms}}},
          {"classifier", compare::to_json(comparison.classifier)}};
}

}  // namespace nf::cli
