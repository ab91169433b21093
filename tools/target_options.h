#pragma once
// The target of reverse-KL training, as options name it, and the rows that stand for its epochs.
#include <memory>

#include "cli.h"
#include "nf/targets/target.h"
#include "nf/train/objective.h"
#include "training_data.h"

namespace nf::cli {

const ObjectiveKind& chosen_objective(const Cli& cli);
Group target_options();  // --objective, --target, --target-cmd, ...

struct NamedTarget {
  std::unique_ptr<Model> model;  // what a target that is a model refers to
  std::unique_ptr<Target> target;
  std::vector<Column> columns;  // of the flow to come: the model's own or, by --columns, names
};
NamedTarget read_target(const Cli& cli);
// Rows without columns: --rows an epoch, and some to validate with.
TrainingData drawn_rows(const Cli& cli, const NamedTarget& target);

}  // namespace nf::cli
