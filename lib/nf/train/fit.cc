#include "nf/train/fit.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>

#include "nf/core/version.h"
#include "nf/flow/registry.h"
#include "nf/train/defaults.h"
#include "nf/train/matching.h"
#include "nf/train/settle_steps.h"
#include "nf/train/start.h"

namespace nf {
inline namespace NF_PRECISION {
namespace {

Json finite_or_null(double value) { return std::isfinite(value) ? Json(value) : Json(); }

void require_same_columns(const Sample& sample, const Sample& valid) {
  if (valid.rows() > 0 && (valid.x_names != sample.x_names || valid.c_names != sample.c_names))
    throw Error("the rows to validate on have other columns than the sample");
}

void require_features(const Model& model, const TrainingData& data, const Sample& sample) {
  const int found = num_features(data.columns), context = context_width(data.context);
  if (found != model.flow.dim() || context != model.flow.context())
    throw Error(fmt::format("a sample of {} features and {} of the context, where the model has {} and {}", found,
                            context, model.flow.dim(), model.flow.context()));
  int at = 0;
  for (std::size_t j = 0; j < data.columns.size(); ++j)
    for (int i = 0; i < data.columns[j].door->features(); ++i, ++at)
      if (data.columns[j].door->feature(i).manifold != model.flow.manifold(at))
        throw Error(fmt::format("column {}: sample and model disagree what it is: a number, an angle or levels",
                                sample.label(j)));
  if (const std::string wrong = disagreement(model.flow.spec(), features(data.columns)); !wrong.empty())
    throw Error("sample and model disagree: " + wrong);
  for (const Feature& one : features(data.context))
    if (one.manifold == Manifold::kCircle) throw Error("a column of the context cannot be a circle");
}

void require_same_names(const Model& model, const Sample& sample) {
  if (names(model.columns) != sample.x_names || names(model.context) != sample.c_names)
    throw Error("the sample's columns are not those that the model was trained on");
}

}  // namespace

FitOptions::FitOptions() : valid_share(defaults::kValidShare) {
  epochs = defaults::kEpochs;
  patience = defaults::kPatience;
  batch = defaults::kBatch;
  rate = defaults::kRate;
  warmup = defaults::kWarmup;
  optimizer.clip = defaults::kClip;
  optimizer.average = defaults::kAverage;
  optimizer.weight_decay = -1;
}

double usual_weight_decay(Eigen::Index rows) {
  return std::min(defaults::kMostDecay, defaults::kDecayRows / static_cast<double>(rows));
}

Json run_record(const TrainingData& data, const std::string& objective_name, const Objective& objective,
                const TrainOptions& options, const TrainResult& result) {
  Json json = {{"objective", objective_name},
               {"rows", data.train.rows()},
               {"valid_rows", data.valid.rows()},
               {"seed", options.seed},
               {"epochs", result.epochs},
               {"best_epoch", result.best_epoch},
               {"steps", result.steps},
               {"budget", result.budget},
               {"skipped", result.skipped},
               {"batch", options.batch},
               {"lr", options.rate},
               {"schedule", schedule_name(options.schedule)},
               {"best_valid", finite_or_null(objective.shown(result.loss, data.valid))},
               {"best_valid_error", finite_or_null(result.error)},
               {"version", version()}};
  if (!data.context_values.empty()) json["context_values"] = data.context_values;
  if (!data.remarks.empty()) json["remarks"] = data.remarks;
  return json;
}

TrainResult fit(Model& model, const Sample& sample, const Sample& valid, const FitOptions& options,
                const TrainHooks& given) {
  TrainHooks hooks = given;
  const auto begun = std::chrono::steady_clock::now();
  if (!hooks.clock)
    hooks.clock = [begun] { return std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count(); };
  require_same_columns(sample, valid);
  const bool is_new = model.training.empty();
  PrepareOptions prepared{.valid_share = options.valid_share, .seed = options.seed, .threads = options.threads};
  prepared.warn = options.warn;
  if (!is_new) {
    require_same_names(model, sample);
    prepared.doors = doors_as(model.columns, model.context);
  }
  const TrainingData data = prepare(sample, valid, prepared);
  if (is_new) {
    require_features(model, data, sample);
    model.columns = data.columns;
    model.context = data.context;
    start_from_data(model, data.train);
  }
  require_ld_gradient(model.flow);
  TrainOptions used = options;
  if (used.optimizer.weight_decay < 0) used.optimizer.weight_decay = usual_weight_decay(data.train.rows());
  const auto objective = make_forward_kl(model.flow);
  if (is_new && unmatchable(model.flow).empty()) {
    match(model, data, used, kUsualMatch, hooks);
    used.rate *= kRateAfterMatching;
  }
  TrainResult result = train(*objective, model.theta, data.train, data.valid, used, hooks, nullptr);
  model.theta = result.theta;
  model.training = run_record(data, "forward_kl", *objective, used, result);
  settle_steps(model, data.valid, used.threads);
  return result;
}

}  // namespace NF_PRECISION
}  // namespace nf
