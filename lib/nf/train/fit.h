#pragma once
// Training by maximum likelihood in one call.
#include <string>

#include "nf/data/prepare.h"
#include "nf/model/model.h"
#include "nf/train/trainer.h"

namespace nf {
inline namespace NF_PRECISION {

// Those of nf-train, where TrainOptions leaves off what it can.
struct FitOptions : TrainOptions {
  FitOptions();
  double valid_share;                                      // of the rows, where there are none to validate on
  std::function<void(const std::string& line)> warn = {};  // what the numbers show before anything is learned
};

// Trains the model on the columns of `sample`. A model that was never trained gets the sample's names and doors, and
// layers that want it start from its rows; another goes on from where it stands, and its columns are those of the same
// names. `valid` has the same columns; without rows a share of the sample is held out. The model ends at its best
// epoch, with the record of the run in model.training. Threads: options.threads; one caller a model.
// Throws Error where the sample does not fit the model, or cannot be learned (a constant column, too few rows).
TrainResult fit(Model& model, const Sample& sample, const Sample& valid = {}, const FitOptions& options = {},
                const TrainHooks& hooks = {});

// What a model says of the run that made it.
Json run_record(const TrainingData& data, const std::string& objective_name, const Objective& objective,
                const TrainOptions& options, const TrainResult& result);

double usual_weight_decay(Eigen::Index rows);

}  // namespace NF_PRECISION
}  // namespace nf
