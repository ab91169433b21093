#pragma once
// What nf-distill is told of the student and of its losses.
#include "cli.h"
#include "nf/model/model.h"
#include "nf/train/distill.h"
#include "nf/train/trainer.h"
#include "training_data.h"

namespace nf::cli {

Group student_options();  // --student, --spec, --set, --init, --rows
Group loss_options();     // --loss, --finish, --guide, ...
DistillOptions read_distill_options(const Cli& cli, const Flow& student, const Flow& teacher);

bool is_default_student(const Cli& cli);  // the teacher's own layers, inverted
Model make_student(const Cli& cli, const Model& teacher, std::uint64_t seed);
// DATA's rows or, without it, the teacher's own.
TrainingData teaching_rows(const Cli& cli, const Model& teacher, const TrainOptions& options);

}  // namespace nf::cli
