#pragma once
// A target, as options name it, and the rows that stand for the epochs of a training towards it.
#include <memory>

#include "cli.h"
#include "nf/targets/target.h"
#include "nf/train/objective.h"
#include "training_data.h"

namespace nf::cli {

const ObjectiveKind& chosen_objective(const Cli& cli);
std::vector<Option> naming_options();  // --target, --target-cmd and how the latter is spoken to
Group target_options();                // of nf-train: these and --objective, --dim, --anneal, ...

struct NamedTarget {
  std::unique_ptr<Model> model;  // what a target that is a model refers to
  std::unique_ptr<Target> target;
  std::vector<Column> columns;  // of the flow to come: the model's own or, by --columns, names
};
bool names_target(const Cli& cli);
NamedTarget read_target(const Cli& cli);                      // of nf-train
NamedTarget read_target(const Cli& cli, const Model& model);  // for a model's rows; one of both was given
// Rows without columns: --rows an epoch, and some to validate with.
TrainingData drawn_rows(const Cli& cli, const NamedTarget& target);

}  // namespace nf::cli
