#pragma once
// The library's face: a sample becomes a model by training, a model scores rows and draws them.
//
//   Sample        rows of numbers: read_sample("data.csv"), or made by hand
//   Model         a flow and its numbers: Model(preset_spec("nsf", columns)), load(path), save(path, model)
//   fit           trains a model on a sample
//   race          trains several, and makes their weighted mean the model
//   Scorer        log-densities, samples, noise and back, on several threads
//   Partial       questions about some of the columns
//
// Rows are row-major doubles in the units of the data, log-densities are in nats. What is wrong is thrown as Error.
#include "nf/core/error.h"
#include "nf/core/version.h"
#include "nf/data/sample.h"
#include "nf/flow/registry.h"
#include "nf/model/model.h"
#include "nf/model/model_file.h"
#include "nf/model/partial.h"
#include "nf/model/scorer.h"
#include "nf/train/fit.h"
#include "nf/train/race.h"
