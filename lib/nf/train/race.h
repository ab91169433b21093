#pragma once
// The best density for the time there is: several flows are tried for a part of it, the best go on, and the weighted
// mean of what came of them, by what each does for the validation rows, is the model (layers/mixture.cc).
//
// Runs end at a rate of 0 and may go on from there with a new one, so that every run's end is a flow of use:
// Loshchilov, Hutter, SGDR, 2016, arXiv:1608.03983; Huang, Li, Pleiss, Liu, Hopcroft, Weinberger, Snapshot ensembles,
// 2017, arXiv:1704.00109.
#include <functional>
#include <string>
#include <vector>

#include "nf/data/prepare.h"
#include "nf/model/model.h"
#include "nf/train/trainer.h"

namespace nf {
inline namespace NF_PRECISION {

struct Contender {
  std::string name;  // "nsf, hidden 64,64"
  Json spec;
};
// What is tried for these rows, by their number and kind.
std::vector<Contender> usual_contenders(const TrainingData& data);

struct RaceHooks {
  TrainHooks train = {};                                   // of every run; its clock is that of the race
  std::function<void(const std::string&)> tell = nullptr;  // a line a run
};

struct RaceResult {
  TrainResult train;           // of all runs together: steps, seconds; theta, loss and error of the model
  Json tried = Json::array();  // {"flow", "steps", "valid", "weight"} a run
};

// The budget is options.max_seconds, or steps, or epochs. The model's columns and context are set; it gets a flow and
// its numbers. Throws Error where no contender can be trained.
RaceResult race(Model& model, const TrainingData& data, const std::vector<Contender>& contenders,
                const TrainOptions& options, const RaceHooks& hooks);

}  // namespace NF_PRECISION
}  // namespace nf
