#pragma once
// A format as the table reader sees it: how the input is cut into chunks of whole records, where each record ends, and
// what is in it. Errors and skipped rows, order and threads are the reader's (table_reader.cc).
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "nf/io/input.h"
#include "nf/io/table.h"

namespace nf::io {

// Consecutive whole records, as bytes and then as rows. Positions count from the chunk's start.
struct Chunk {
  struct Failure {
    std::uint64_t line = 0, record = 0;
    std::string why;
  };

  std::vector<char> buffer;
  std::string_view records;  // in buffer
  bool has_quotes = false;   // for CSV
  std::string fault;         // the input is broken after these records

  std::vector<double> values;  // as in Block
  std::vector<std::string_view> text;
  std::vector<std::uint64_t> record;
  std::uint64_t lines_seen = 0, records_seen = 0, bad_rows = 0;
  std::string new_key;  // JSON: the first key here that is no column
  std::uint64_t new_key_line = 0, new_key_record = 0;
  std::optional<Failure> failure;  // reading ends here, after the rows above

  void clear();  // keeps the memory
  bool empty() const { return records.empty() && fault.empty(); }
};

struct Record {
  std::string_view text;    // without line end
  std::uint64_t lines = 1;  // physical lines it takes
  bool blank = false;       // nothing there: no record
};

class RecordSource {
 public:
  // `options.format` is known by now.
  RecordSource(std::unique_ptr<Input> input, const ReadOptions& options);
  virtual ~RecordSource() = default;

  // Known after construction; see TableReader.
  const std::vector<std::string>& names() const { return names_; }
  const std::string& header_text() const { return header_text_; }
  int columns() const { return columns_; }
  char delimiter() const { return delimiter_; }
  char decimal() const { return decimal_; }
  const std::vector<std::string>& notes() const { return notes_; }
  const std::vector<std::string>& warnings() const { return warnings_; }

  // Once, before any record is parsed.
  virtual void select(const std::vector<int>& columns, const std::vector<Cells>& cells);

  // Serial, in the order of the input: fills chunk.buffer and chunk.records, or returns false at the end.
  bool next_chunk(Chunk& chunk);

  // Concurrent. Takes the next record off the front of `rest`, which is the end of chunk.records.
  virtual Record take(const Chunk& chunk, std::string_view& rest) const = 0;
  // Concurrent. Reads the selected columns of one record; or returns false and why this is no good row. A name in the
  // record that is no column's is put in `new_name`, if that is empty.
  virtual bool parse(std::string_view record, double* row, std::string& why, std::string& new_name) const = 0;

  bool at_end() const { return at_end_; }  // nothing is left to be read
  void cancel() noexcept { input_->cancel(); }
  const std::string& path() const { return input_->name(); }
  std::string place(std::uint64_t line, std::uint64_t record) const;  // both from 0: "x.csv:17", "x.json: record 17"
  [[noreturn]] void fail(const Chunk::Failure& failure) const;        // throws Error with the place in front

 protected:
  // Reads until at least one record is whole. Bytes after the last whole one are kept for the next time.
  virtual bool cut(Chunk& chunk);
  // How many bytes at the front of `text` are whole records (0: none yet). `last`: the input ends after `text`, and so
  // does the last record. May set chunk.fault.
  virtual std::size_t whole_records(std::string_view text, bool last, Chunk& chunk);

  // For constructors: the first chunk, to find names and columns in; next_chunk() begins with it. Records taken off it
  // (a header) must be counted in its lines_seen. Throws if not even one record is whole.
  Chunk& first_chunk();
  std::string column_name(int column) const;  // for messages: column 'b', or column 2 where there are no names

  const std::unique_ptr<Input> input_;
  const ReadOptions options_;
  std::vector<std::string> names_;
  std::string header_text_;
  char delimiter_ = ',', decimal_ = '.';
  std::vector<std::string> notes_, warnings_;
  int columns_ = 0;
  std::vector<int> selected_;
  std::vector<Cells> cells_;  // one a selected column
  bool plain_ = true;         // all are
  bool at_end_ = false;

 private:
  std::vector<char> carry_;  // bytes read after the last whole record
  std::optional<Chunk> first_;
};

std::unique_ptr<RecordSource> open_csv(std::unique_ptr<Input> input, const ReadOptions& options);   // and TSV
std::unique_ptr<RecordSource> open_json(std::unique_ptr<Input> input, const ReadOptions& options);  // and NDJSON
std::unique_ptr<RecordSource> open_npy(std::unique_ptr<Input> input, const ReadOptions& options);

}  // namespace nf::io
