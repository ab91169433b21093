#include "nf/model/mixture_model.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

namespace nf {
inline namespace NF_PRECISION {

TrainedFlow mixture_of(const std::vector<TrainedFlow>& flows, const std::vector<double>& weights) {
  Json spec = flows.at(0).spec, list = Json::array();
  for (const TrainedFlow& flow : flows) list.push_back(flow.spec["layers"]);
  spec["layers"] = Json::array({{{"kind", "mixture"}, {"flows", list}}});
  spec["base"] = "normal";
  const Flow whole(spec);
  Vector theta = whole.init(0);
  std::map<std::string, const Slot*> slots;
  for (const Slot& slot : whole.params().slots()) slots[slot.name] = &slot;
  for (std::size_t k = 0; k < flows.size(); ++k) {
    const Flow own(flows[k].spec);
    for (const Slot& slot : own.params().slots()) {
      const auto to = slots.find("layers.0.flows." + std::to_string(k) + slot.name.substr(slot.name.find('.')));
      if (!slot.name.starts_with("layers.") || to == slots.end())
        throw Error("flow " + std::to_string(k) + ": its base has numbers of its own, and a mixture has none");
      const auto count = static_cast<Eigen::Index>(slot.rows) * slot.ld;
      theta.segment(static_cast<Eigen::Index>(to->second->offset), count) =
          flows[k].theta.segment(static_cast<Eigen::Index>(slot.offset), count);
    }
    theta[static_cast<Eigen::Index>(slots.at("layers.0.logits")->offset + k)] =
        static_cast<Real>(std::log(std::max(weights.at(k), 1e-6)));
  }
  return {whole.spec(), theta};
}

TrainedFlow part_of_mixture(const TrainedFlow& mixture) {
  const Flow whole(mixture.spec);
  const auto at = [](const Slot& slot) { return static_cast<Eigen::Index>(slot.offset); };
  Eigen::Index heaviest = 0;
  for (const Slot& slot : whole.params().slots())
    if (slot.name == "layers.0.logits") mixture.theta.segment(at(slot), slot.cols).maxCoeff(&heaviest);
  Json spec = mixture.spec;
  spec["layers"] = mixture.spec["layers"][0]["flows"][static_cast<std::size_t>(heaviest)];
  spec["base"] = "normal";
  const Flow part(spec);
  const std::string prefix = fmt::format("layers.0.flows.{}.", heaviest);
  TrainedFlow result{part.spec(), part.init(0)};
  for (const Slot& slot : whole.params().slots())
    for (const Slot& to : part.params().slots())
      if (slot.name.starts_with(prefix) && to.name == "layers." + slot.name.substr(prefix.size()))
        result.theta.segment(at(to), static_cast<Eigen::Index>(slot.rows) * slot.ld) =
            mixture.theta.segment(at(slot), static_cast<Eigen::Index>(slot.rows) * slot.ld);
  return result;
}

std::vector<double> best_weights(const std::vector<std::vector<double>>& log_probs,
                                 const std::vector<double>& row_weights, double least) {
  const std::size_t n = log_probs.empty() ? 0 : log_probs[0].size();
  std::vector<double> weights(n, 1.0 / static_cast<double>(n)), next(n), part(n);
  constexpr int kRounds = 1000;
  for (int round = 0; round < kRounds; ++round) {
    std::fill(next.begin(), next.end(), 0);
    double all = 0;
    for (std::size_t r = 0; r < log_probs.size(); ++r) {
      double most = -INFINITY, sum = 0;
      for (std::size_t k = 0; k < n; ++k)
        if (weights[k] > 0) most = std::max(most, log_probs[r][k]);
      if (!std::isfinite(most)) continue;  // a row that no flow knows says nothing of them
      for (std::size_t k = 0; k < n; ++k)
        sum += part[k] = weights[k] > 0 ? weights[k] * std::exp(log_probs[r][k] - most) : 0;
      const double w = row_weights.empty() ? 1 : row_weights[r];
      for (std::size_t k = 0; k < n; ++k) next[k] += w * part[k] / sum;
      all += w;
    }
    if (!(all > 0)) break;
    double moved = 0;
    for (std::size_t k = 0; k < n; ++k) {
      moved = std::max(moved, std::abs(next[k] / all - weights[k]));
      weights[k] = next[k] / all;
    }
    if (moved < 1e-5) break;
  }
  double kept = 0;
  for (double& weight : weights) kept += weight = weight < least ? 0 : weight;
  for (double& weight : weights) weight /= kept;
  return weights;
}

}  // namespace NF_PRECISION
}  // namespace nf
