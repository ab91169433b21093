// NPY, NumPy's array file. The first dimension is rows, the others are flattened in row-major order. Arrays in C order
// are read as a stream. Those in Fortran order are read by seeking; where that is impossible (a pipe), they are first
// read into memory whole.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>

#include "nf/io/npy_header.h"
#include "nf/io/number.h"
#include "nf/io/record_source.h"

namespace nf {
namespace {

static_assert(std::endian::native == std::endian::little, "numbers are copied as they stand in the file");

constexpr std::uint64_t kMaxRowBytes = std::uint64_t{1} << 28;

template <typename T>
double load(const char* from) {
  T value;
  std::memcpy(&value, from, sizeof value);
  return static_cast<double>(value);
}

struct Dtype {
  std::string_view name;
  std::size_t bytes;
  double (*load)(const char* from);
};
constexpr Dtype kDtypes[] = {{"<f4", 4, load<float>}, {"<f8", 8, load<double>}, {"|u1", 1, load<unsigned char>}};

std::string rows_missing(std::uint64_t expected, std::uint64_t found) {
  return fmt::format("{} rows were expected and {} found", expected, found);
}

class NpySource final : public RecordSource {
 public:
  NpySource(std::unique_ptr<Input> input, const ReadOptions& options) : RecordSource(std::move(input), options) {
    const NpyHeader header = read_npy_header(*input_);
    const auto known = [&](const Dtype& dtype) { return dtype.name == header.dtype; };
    const auto dtype = std::find_if(std::begin(kDtypes), std::end(kDtypes), known);
    if (dtype == std::end(kDtypes)) {
      refuse(fmt::format("dtype {} where <f4, <f8 or |u1 was expected", in_quotes(header.dtype)));
    }
    dtype_ = *dtype;
    measure(header);
    if (header.fortran_order && header.shape.size() > 1) place_columns(header);
  }

  Record take(const Chunk& chunk, std::string_view& rest) const override;
  bool parse(std::string_view record, double* row, std::string& why) const override;

 private:
  [[noreturn]] void refuse(const std::string& why) const { throw Error(fmt::format("{}: {}", path(), why)); }
  void measure(const NpyHeader& header);
  void place_columns(const NpyHeader& header);
  bool cut(Chunk& chunk) override;
  void read_whole();
  std::size_t gather_rows(char* to, std::size_t rows);

  Dtype dtype_{};
  std::size_t row_bytes_ = 0;
  std::uint64_t rows_ = 0, rows_cut_ = 0;

  // Fortran order: where each column begins, in the file or in `whole_`.
  std::vector<std::uint64_t> column_begins_;
  std::vector<char> whole_, column_part_;
};

// Sizes come from strangers: products are checked, and compared with the file's size where it is known.
void NpySource::measure(const NpyHeader& header) {
  if (header.shape.empty()) refuse("a single number where a table was expected");
  rows_ = header.shape[0];
  std::uint64_t columns = 1, row_bytes = 0, all_bytes = 0;
  bool fits = true;
  for (std::size_t i = 1; i < header.shape.size(); ++i) {
    fits = fits && !__builtin_mul_overflow(columns, header.shape[i], &columns);
  }
  fits = fits && !__builtin_mul_overflow(columns, dtype_.bytes, &row_bytes) && row_bytes <= kMaxRowBytes &&
         !__builtin_mul_overflow(row_bytes, rows_, &all_bytes);
  if (!fits) refuse(fmt::format("shape ({}) is too large", fmt::join(header.shape, ", ")));
  if (columns == 0) refuse(fmt::format("shape ({}) has no columns", fmt::join(header.shape, ", ")));
  columns_ = static_cast<int>(columns);
  row_bytes_ = row_bytes;
  if (!input_->regular()) return;
  const std::uint64_t found = input_->size() - header.bytes;
  if (found < all_bytes) refuse(rows_missing(rows_, found / row_bytes));
  if (found > all_bytes) refuse(fmt::format("data of {} bytes where {} were expected", found, all_bytes));
}

// In the file the first index runs fastest; columns count with the last one running fastest.
void NpySource::place_columns(const NpyHeader& header) {
  const std::uint64_t begin = input_->regular() ? header.bytes : 0, columns = static_cast<std::uint64_t>(columns_);
  for (std::uint64_t column = 0; column < columns; ++column) {
    std::uint64_t index = column, stride = columns, place = 0;
    for (std::size_t i = header.shape.size() - 1; i > 0; --i) {
      stride /= header.shape[i];
      place += index % header.shape[i] * stride;
      index /= header.shape[i];
    }
    column_begins_.push_back(begin + place * rows_ * dtype_.bytes);
  }
}

bool NpySource::cut(Chunk& chunk) {
  if (at_end_) return false;
  const bool seeking = !column_begins_.empty();
  if (seeking && !input_->regular() && whole_.empty()) read_whole();
  const std::uint64_t most = std::max<std::uint64_t>(options_.chunk_bytes / row_bytes_, 1);
  const std::size_t rows = static_cast<std::size_t>(std::min(rows_ - rows_cut_, most)), bytes = rows * row_bytes_;
  chunk.buffer.resize(std::max(chunk.buffer.size(), bytes));
  char* to = chunk.buffer.data();
  const std::size_t found = seeking ? gather_rows(to, rows) : input_->read_fully(to, bytes) / row_bytes_;
  rows_cut_ += found;
  chunk.records = {to, found * row_bytes_};
  at_end_ = rows_cut_ == rows_ || found < rows;
  char extra;
  if (found < rows) {
    chunk.fault = rows_missing(rows_, rows_cut_);
  } else if (at_end_ && !input_->regular() && input_->read(&extra, 1) != 0) {
    chunk.fault = "bytes after the last row";
  }
  return !chunk.empty();
}

// As far as the bytes come, and no further than they should: the header's promise is not trusted with memory.
void NpySource::read_whole() {
  const std::uint64_t expected = rows_ * row_bytes_;
  for (std::size_t got = 1; got > 0 && whole_.size() < expected;) {
    const std::size_t old_size = whole_.size();
    const std::uint64_t step = std::min<std::uint64_t>(expected - old_size, options_.chunk_bytes);
    whole_.resize(old_size + step);
    got = input_->read(whole_.data() + old_size, step);
    whole_.resize(old_size + got);
  }
  if (whole_.size() < expected) refuse(rows_missing(rows_, whole_.size() / row_bytes_));
}

// Only selected columns are fetched. Returns how many rows there are.
std::size_t NpySource::gather_rows(char* to, std::size_t rows) {
  const std::size_t bytes = rows * dtype_.bytes;
  column_part_.resize(bytes);
  for (const int selected : selected_) {
    const std::size_t column = static_cast<std::size_t>(selected);
    const std::uint64_t begin = column_begins_[column] + rows_cut_ * dtype_.bytes;
    const char* from = column_part_.data();
    if (!whole_.empty()) {
      from = whole_.data() + begin;
    } else if (input_->read_at(begin, column_part_.data(), bytes) != bytes) {
      return 0;  // the file has become shorter
    }
    for (std::size_t row = 0; row < rows; ++row) {
      std::memcpy(to + row * row_bytes_ + column * dtype_.bytes, from + row * dtype_.bytes, dtype_.bytes);
    }
  }
  return rows;
}

Record NpySource::take(const Chunk&, std::string_view& rest) const {
  const Record record{rest.substr(0, row_bytes_)};
  rest.remove_prefix(row_bytes_);
  return record;
}

bool NpySource::parse(std::string_view record, double* row, std::string& why) const {
  for (const int column : selected_) {
    *row = dtype_.load(record.data() + static_cast<std::size_t>(column) * dtype_.bytes);
    if (!std::isfinite(*row)) {
      why = fmt::format("{}: {} is not finite", column_name(column), *row);
      return false;
    }
    ++row;
  }
  return true;
}

}  // namespace

std::unique_ptr<RecordSource> open_npy(std::unique_ptr<Input> input, const ReadOptions& options) {
  return std::make_unique<NpySource>(std::move(input), options);
}

}  // namespace nf
