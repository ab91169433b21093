#pragma once
// The writers behind TableWriter::open().
#include <memory>

#include "nf/io/table.h"

namespace nf::io {

std::unique_ptr<TableWriter> open_text_writer(Output& out, const WriteOptions& options);  // CSV, TSV, JSON, NDJSON
std::unique_ptr<TableWriter> open_npy_writer(Output& out, const WriteOptions& options);

}  // namespace nf::io
