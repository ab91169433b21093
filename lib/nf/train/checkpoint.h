#pragma once
// Where a run stands, as a file: a safetensors container like a model's, with "format": "nf-tools-checkpoint". A run
// that goes on from one ends with the same bits as one that was never stopped.
#include <cstddef>
#include <span>
#include <string>

#include "nf/core/spec.h"
#include "nf/train/trainer.h"

namespace nf {
inline namespace NF_PRECISION {

struct Checkpoint {
  Json run = Json::object();  // what must be the same when the run goes on: spec, columns, rows, seed, ...
  TrainState state;
};

std::string serialise(const Checkpoint& checkpoint);
Checkpoint parse_checkpoint(std::span<const std::byte> file);  // throws Error, without the file's name

}  // namespace NF_PRECISION
}  // namespace nf
