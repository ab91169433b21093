#pragma once
// The header of an NPY file: a magic number, a length, and a Python dict, {'descr': '<f4', 'fortran_order': False,
// 'shape': (10, 3), }; a structured array's descr is a list, [('a', '<f4'), ('b', '<i8')].
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "nf/io/input.h"

namespace nf::io {

inline constexpr std::string_view kNpyMagic = "\x93NUMPY";

struct NpyField {
  std::string name, dtype;
};

struct NpyHeader {
  bool structured = false;
  std::vector<NpyField> fields;  // of an element: one without a name, unless the array is structured
  bool fortran_order = false;
  std::vector<std::uint64_t> shape;
  std::uint64_t bytes = 0;  // before the first number
};

NpyHeader read_npy_header(Input& input);  // throws Error
// The dict alone, without `bytes`; nothing if it is none.
std::optional<NpyHeader> parse_npy_dict(std::string_view text);

// For a writer: two dimensions, always kNpyHeaderBytes long, so that it can be written again when the rows are known.
inline constexpr std::size_t kNpyHeaderBytes = 128;
std::string make_npy_header(std::string_view dtype, std::uint64_t rows, std::uint64_t columns);

}  // namespace nf::io
