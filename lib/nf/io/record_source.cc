#include "nf/io/record_source.h"

#include <fmt/format.h>

#include <algorithm>

#include "nf/io/number.h"

namespace nf::io {
namespace {

constexpr std::size_t kMaxRecordBytes = std::size_t{1} << 28;  // more is taken for a quote that is never closed

}  // namespace

void Chunk::clear() {
  records = {};
  has_quotes = false;
  fault.clear();
  values.clear();
  text.clear();
  record.clear();
  lines_seen = records_seen = bad_rows = 0;
  new_key.clear();
  failure.reset();
}

RecordSource::RecordSource(std::unique_ptr<Input> input, const ReadOptions& options)
    : input_(std::move(input)), options_(options) {}

void RecordSource::select(const std::vector<int>& columns, const std::vector<Cells>& cells) {
  selected_ = columns;
  cells_ = cells;
  cells_.resize(columns.size());
  plain_ = std::all_of(cells_.begin(), cells_.end(), [](const Cells& one) { return one.plain(); });
}

Chunk& RecordSource::first_chunk() {
  cut(first_.emplace());
  if (first_->records.empty() && !first_->fault.empty()) fail({0, 0, first_->fault});
  return *first_;
}

bool RecordSource::next_chunk(Chunk& chunk) {
  chunk.clear();
  if (first_) {
    std::swap(chunk, *first_);
    first_.reset();
    if (!chunk.empty()) return true;
  }
  return cut(chunk);
}

bool RecordSource::cut(Chunk& chunk) {
  if (at_end_) return false;
  std::size_t size = carry_.size(), room = std::max(options_.chunk_bytes, 2 * size + 1), whole = 0;
  chunk.buffer.resize(std::max(chunk.buffer.size(), room));
  std::copy(carry_.begin(), carry_.end(), chunk.buffer.begin());
  while (whole == 0 && !at_end_) {
    if (size == room) chunk.buffer.resize(std::max(chunk.buffer.size(), room *= 2));
    do {
      const std::size_t got = input_->read(chunk.buffer.data() + size, room - size);
      at_end_ = got == 0;
      size += got;
    } while (!at_end_ && size < room && input_->ready());
    whole = whole_records({chunk.buffer.data(), size}, at_end_, chunk);
    if (whole == 0 && size > kMaxRecordBytes) {
      chunk.fault = fmt::format("record of more than {} bytes", kMaxRecordBytes);
      at_end_ = true;
    }
  }
  chunk.records = {chunk.buffer.data(), whole};
  const auto begin = chunk.buffer.begin();
  carry_.assign(begin + static_cast<std::ptrdiff_t>(whole), begin + static_cast<std::ptrdiff_t>(size));
  return !chunk.empty();
}

std::size_t RecordSource::whole_records(std::string_view text, bool last, Chunk&) {
  return last ? text.size() : text.rfind('\n') + 1;
}

std::string RecordSource::place(std::uint64_t line, std::uint64_t record) const {
  switch (options_.format) {
    case Format::kNpy:
      return fmt::format("{}: row {}", path(), record + 1);
    case Format::kJson:
      return fmt::format("{}: record {}", path(), record + 1);
    default:
      return fmt::format("{}:{}", path(), line + 1);
  }
}

void RecordSource::fail(const Chunk::Failure& failure) const {
  throw Error(fmt::format("{}: {}", place(failure.line, failure.record), failure.why));
}

std::string RecordSource::column_name(int column) const {
  const std::string name = names_.empty() ? "" : names_[column];
  return name.empty() ? fmt::format("column {}", column + 1) : "column " + in_quotes(name);
}

}  // namespace nf::io
