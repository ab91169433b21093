#pragma once
// Tables on their way into training: columns chosen, rows split, doors measured, everything standardised. Rows are held
// in memory.
#include <string>
#include <vector>

#include "cli.h"
#include "nf/data/prepare.h"
#include "nf/model/model.h"

namespace nf::cli {

Group column_options();      // --columns, --exclude, --context, --circle, --drop-constant
Group validation_options();  // --valid, --valid-share, --weights

// The named columns of all files, doors measured on the training rows (mean and standard deviation, weighted).
TrainingData read_training_data(const Cli& cli, const std::vector<std::string>& files, bool circles);
// The same with a model's columns and doors.
TrainingData read_training_data(const Cli& cli, const std::vector<std::string>& files, const Model& model);
// Rows x columns in data units (an unconditional model's), standardised and split.
TrainingData training_data_from(const Cli& cli, const Model& model, const std::vector<double>& x);

}  // namespace nf::cli
