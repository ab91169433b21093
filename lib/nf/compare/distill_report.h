#pragma once
// What there is to tell of a student and its teacher: divergence, likelihoods, a classifier's verdicts, speed.
#include <cstdint>

#include "nf/core/spec.h"
#include "nf/model/model.h"
#include "nf/data/prepare.h"

namespace nf::compare {

struct ReportOptions {
  std::int64_t rows = 20000;  // fresh ones of each model
  std::uint64_t seed = 0;     // other rows than those of nf-sample --seed with the same number, or of the training
  int threads = 1;
  bool from_data = true;  // data.valid are rows of DATA, not of the teacher
};

Json distill_report(const Model& teacher, const Model& student, const TrainingData& data, const ReportOptions& options);

}  // namespace nf::compare
