#pragma once
// Bytes on their way from a file to a table: unpacked, and in UTF-8 with lines that end with LF.
#include <cstddef>
#include <functional>
#include <memory>

#include "nf/io/input.h"

namespace nf::io {

// Filters that take from `source` what they need; all throw Error without the input's name.
std::unique_ptr<ByteFilter> gunzip(ByteSource source);
std::unique_ptr<ByteFilter> unzstd(ByteSource source);
std::unique_ptr<ByteFilter> utf8_from_utf16(ByteSource source, bool big_endian);
std::unique_ptr<ByteFilter> lf_from_cr(ByteSource source);

// Puts the filters before `input` that its first bytes ask for, and takes a byte order mark off it. Throws Error naming
// the format and a command that converts it if these are bytes of a format that is not read.
void decode(Input& input);

}  // namespace nf::io
