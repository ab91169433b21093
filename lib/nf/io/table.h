#pragma once
// Tables: streams of rows of numbers, in and out, as CSV, TSV, JSON, NDJSON or NPY.
//
// A reader is opened, asked for its names and width, told which fields matter (`select`), then drained block by block.
// Memory does not grow with the number of rows. Numbers are doubles here, parsed with from_chars (independent of the
// locale) and printed as the shortest decimal that reads back to the same value.
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "nf/core/error.h"
#include "nf/io/output.h"
#include "nf/io/words.h"

namespace nf::io {

enum class Format { kAuto, kCsv, kTsv, kJson, kNdjson, kNpy };
enum class Header { kAuto, kYes, kNo };
enum class BadRows { kStop, kSkip, kNan };

Format parse_format(std::string_view word);    // "csv", ...; throws Error naming the choices
Format format_of_path(std::string_view path);  // from the ending; kAuto if it says nothing

struct ReadOptions {
  Format format = Format::kAuto;         // kAuto: from the first bytes, then from the path's ending
  Header header = Header::kAuto;         // CSV, TSV: kAuto guesses from line 1 and what stands below it or, where
  std::vector<std::string> known_names;  //   names are known to look for, from these and line 1
  char delimiter = 0;                    // CSV; 0: from the first lines; ' ': any run of blanks
  char decimal = 0;                      // CSV, TSV: '.' or ','; 0: from the first lines
  BadRows on_bad_row = BadRows::kStop;
  bool keep_text = false;             // fill Block::text
  int threads = 1;                    // parsing may use so many
  std::size_t chunk_bytes = 1 << 20;  // read and parsed at a time, at least one record
};

// Consecutive rows as read.
struct Block {
  std::vector<double> values;          // rows x selected columns, row-major, cells as core/cell.h has them; a bad row
                                       //   under kNan is all NaN (kNoCell)
  std::vector<std::string_view> text;  // each record's own bytes without the line end (JSON: the element's); valid
                                       //   until the next call of next(). Empty for NPY.
  std::vector<std::uint64_t> record;   // each row's number among all records of the input, from 0
  int rows = 0;
};

// Under BadRows::kStop a row whose selected field is missing, no number, NaN or infinite, and nothing else that its
// column may hold, or that has a wrong number of fields, throws Error: `x.csv:17: column 'b': 'abc' is not a number`.
// Otherwise it is skipped or made NaN and
// counted. NPY: integers, floats of 2, 4 and 8 bytes and booleans, of either byte order, in one or two or more
// dimensions (the first is rows), C or Fortran order, or a structured array, whose fields are the columns; rows are
// named `x.npy: row 17`. JSON: an array of records (or of arrays); NDJSON: a record or array a line; names are the
// first record's keys, later records may order them otherwise. A first record that cannot be read is always an error.
class TableReader {
 public:
  static std::unique_ptr<TableReader> open(const std::string& path, const ReadOptions& options);  // "-": stdin
  virtual ~TableReader() = default;

  const std::string& path() const { return path_; }  // as messages name it ("stdin" for "-")
  Format format() const { return format_; }
  // Empty: the input has none. Single columns may be without a name ("").
  const std::vector<std::string>& names() const { return names_; }
  int columns() const { return columns_; }                         // fields a record; 0 for an input without any record
  const std::string& header_text() const { return header_text_; }  // CSV, TSV: line 1 as read, if it is a header

  char delimiter() const { return delimiter_; }  // CSV, TSV: as ReadOptions
  char decimal() const { return decimal_; }
  // What a user might want to know, and what is in doubt, as far as is known; each is given once.
  std::vector<std::string> take_notes() { return std::exchange(notes_, {}); }
  std::vector<std::string> take_warnings() { return std::exchange(warnings_, {}); }

  // Which columns become values, in this order, and what their cells may hold (none: numbers alone). Others are never
  // parsed and may hold anything. Call once, before next.
  void select(std::vector<int> columns, std::vector<Cells> cells = {});
  // The columns called `wanted`, if both sides have names; the k-th empty name is the k-th column without one. Where
  // one side has no names at all, the first wanted.size() by position. Throws Error naming the first that is missing,
  // or both widths.
  std::vector<int> find(const std::vector<std::string>& wanted) const;

  virtual bool next(Block& block) = 0;  // false at the end; at most kBlockRows rows
  std::uint64_t bad_rows() const { return bad_rows_; }
  std::uint64_t rows_read() const { return rows_read_; }  // records, good and bad

  static constexpr int kBlockRows = 4096;

 protected:
  std::string path_;
  Format format_ = Format::kAuto;
  std::vector<std::string> names_;
  std::string header_text_;
  char delimiter_ = ',', decimal_ = '.';
  std::vector<std::string> notes_, warnings_;
  int columns_ = 0;
  std::vector<int> selected_;
  std::vector<Cells> cells_;
  std::uint64_t bad_rows_ = 0, rows_read_ = 0;
};

struct OutputColumn {
  std::string name;    // may be empty; if all are, there is no header and JSON has arrays
  bool wide = false;   // print and store as double, else as float
  CellForm form = {};  // what is written for words, gaps and dates; NPY cannot hold words
};

struct WriteOptions {
  Format format = Format::kCsv;  // never kAuto
  std::vector<OutputColumn> columns;
  bool header = true;      // CSV, TSV: a line of names first, if there are names
  std::int64_t rows = -1;  // how many will come, where it is known (NPY to a pipe needs it, or spools)
  int threads = 1;         // formatting may use so many
  // To append columns to records of an input: its format and header line. write_appended() then keeps their bytes.
  Format text_format = Format::kAuto;
  std::string text_header;
  char delimiter = 0, decimal = '.';  // CSV, TSV; 0: as the format has it
};

// NaN and infinities are written `nan`, `inf`, `-inf` in CSV and TSV, null in JSON. Strings are quoted as RFC 4180
// asks. NPY is `<f4`, or `<f8` as soon as one column is wide.
class TableWriter {
 public:
  static std::unique_ptr<TableWriter> open(Output& out, const WriteOptions& options);  // out must outlive the writer
  virtual ~TableWriter() = default;
  virtual void write(const double* values, int rows) = 0;  // rows x columns, row-major
  // Each row: the record's own text, then `columns` values (CSV: fields; JSON: members of the record, or elements).
  virtual void write_appended(const std::vector<std::string_view>& text, const double* values, int rows) = 0;
  virtual void finish() = 0;  // closing bytes; the caller commits the Output
};

}  // namespace nf::io
