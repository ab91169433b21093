#pragma once
// The safetensors container: an 8-byte little-endian header length, a JSON header, raw little-endian tensors.
// Written and read strictly, since files come from strangers: sizes and offsets are checked before memory is touched.
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "nf/core/error.h"

namespace nf::io {

struct Tensor {
  std::string name;
  std::vector<std::int64_t> shape;  // row-major; a zero size is allowed
  bool wide = false;                // F64, else F32
  std::vector<double> values;       // finite
};

struct SafeTensors {
  std::vector<std::pair<std::string, std::string>> metadata;  // __metadata__, in this order
  std::vector<Tensor> tensors;                                // by offset

  std::string serialise() const;  // header padded with spaces so that 8 + N is a multiple of 8; tensors contiguous
  const Tensor* find(const std::string& name) const;
  const std::string* meta(const std::string& key) const;

  // Throws Error on: less than 8 bytes, a header over 16 MB or beyond the end, JSON that does not parse, duplicate
  // keys, more than 100 000 tensors, a dtype other than F32 or F64, negative or overflowing shapes, sizes that disagree
  // with offsets, holes, overlaps, bytes left over, values that are not finite, names that are not UTF-8. Messages do
  // not name the file; the caller puts it in front.
  static SafeTensors parse(std::span<const std::byte> file);
};

}  // namespace nf::io
