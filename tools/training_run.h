#pragma once
// One training run as nf-train and nf-distill share it: options, progress, log, checkpoints, Ctrl-C, the model's file.
#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include "cli.h"
#include "defaults.h"
#include "nf/model/model.h"
#include "nf/io/output.h"
#include "nf/train/trainer.h"
#include "progress.h"
#include "training_data.h"

namespace nf::cli {

Group budget_options();  // how long
struct OptimizerDefaults {
  double rate = defaults::kRate;
  std::string decay = {};  // empty: by the number of rows
};
Group optimizer_options(const OptimizerDefaults& otherwise = {});  // how
Group file_options();                  // --output, --checkpoint, --resume, --log-file, --progress
std::string log_path(const Cli& cli);  // of --log-file, which was called --log

class TrainingRun {
 public:
  // Reads the options and opens the output, so that what is wrong with them shows before any work. `inputs`: all files
  // that operands stand for.
  TrainingRun(const Cli& cli, std::string objective, std::vector<std::string> inputs);

  const TrainOptions& options() const { return options_; }
  void record(const std::string& key, const Json& value) { recorded_[key] = value; }  // in model.training
  // Trains model.theta from where it stands, fills model.training and writes the model. `what` names the held-out value
  // in the summary. `more`, if there is one, adds to the record of a finished run's model, and returns a line for the
  // summary. Returns the exit code; throws Error with the objective's failure() when the best model so far is saved.
  int run(Model& model, const TrainingData& data, const Objective& objective, const std::string& what,
          const std::function<std::string(Json& record)>& more = {});
  // Before run: by flow matching (nf/train/matching.h). A run that goes on from a checkpoint has done it.
  void match(Model& model, const TrainingData& data, double amount);

  // Several flows for a part of the time each, and the weighted mean of them (nf/train/race.h).
  int race(const TrainingData& data);

 private:
  TrainHooks hooks(ProgressLine& line, EpochLog& log);
  void save(Model& model, const std::string& summary);
  void write_checkpoint(const Json& identity, const TrainState& state) const;
  TrainState read_checkpoint(const Json& identity, std::size_t size) const;

  const Cli& cli_;
  const std::chrono::steady_clock::time_point begun_ = std::chrono::steady_clock::now();
  const std::string objective_;
  TrainOptions options_;
  Json recorded_ = Json::object();  // what a resumed run has to share, too
  Json matched_ = nullptr;
  Output out_;
};

}  // namespace nf::cli
