// NPY, NumPy's array file. The first dimension is rows, the others are flattened in row-major order. Arrays in C order
// are read as a stream. Those in Fortran order are read by seeking; where that is impossible (a pipe), they are first
// read into memory whole.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <bit>
#include <charconv>
#include <cmath>
#include <cstring>

#include "nf/io/npy_header.h"
#include "nf/io/number.h"
#include "nf/io/record_source.h"

namespace nf::io {
namespace {

static_assert(std::endian::native == std::endian::little, "numbers are copied as they stand in the file");

constexpr std::uint64_t kMaxRowBytes = std::uint64_t{1} << 28;

constexpr std::uint64_t kMaxColumns = 1'000'000;

// The bytes of one number in the file's order; the widest that is read is 8 bytes long.
template <typename T, bool kSwap>
double load(const char* from) {
  T value;
  char bytes[sizeof value];
  std::memcpy(bytes, from, sizeof value);
  if (kSwap) std::reverse(bytes, bytes + sizeof value);
  std::memcpy(&value, bytes, sizeof value);
  return static_cast<double>(value);
}

template <bool kSwap>
double load_half(const char* from) {
  const auto bits = static_cast<unsigned>(load<std::uint16_t, kSwap>(from));
  const int exponent = static_cast<int>(bits >> 10 & 31), fraction = static_cast<int>(bits & 1023);
  const double size = exponent == 31  ? (fraction == 0 ? INFINITY : NAN)
                      : exponent == 0 ? std::ldexp(fraction, -24)
                                      : std::ldexp(fraction + 1024, exponent - 25);
  return bits >> 15 != 0 ? -size : size;
}

double load_bool(const char* from) { return *from != 0 ? 1 : 0; }

using Load = double (*)(const char* from);
struct Numbers {
  std::string_view code;  // kind and bytes
  Load little, big;
};
template <typename T>
constexpr Numbers numbers(std::string_view code) {
  return {code, load<T, false>, load<T, true>};
}
constexpr Numbers kNumbers[] = {
    numbers<float>("f4"),         numbers<double>("f8"),        {"f2", load_half<false>, load_half<true>},
    {"b1", load_bool, load_bool}, numbers<std::int8_t>("i1"),   numbers<std::uint8_t>("u1"),
    numbers<std::int16_t>("i2"),  numbers<std::uint16_t>("u2"), numbers<std::int32_t>("i4"),
    numbers<std::uint32_t>("u4"), numbers<std::int64_t>("i8"),  numbers<std::uint64_t>("u8")};

// What one field of an element is: its place there, and how its number is read; null: it holds none.
struct Field {
  std::string dtype;
  std::size_t begin = 0, bytes = 0;
  Load load = nullptr;
};

// `<f4`, `>i8`, `|b1`, `<U10`: byte order, kind, size (of U in characters of 4 bytes). Bytes 0: unknown.
Field read_dtype(const std::string& dtype) {
  constexpr std::size_t kMaxBytes = std::size_t{1} << 24;
  Field field{dtype};
  if (dtype.size() < 3 || std::string_view("<>|=").find(dtype[0]) == std::string_view::npos) return field;
  const char* end = dtype.data() + dtype.size();
  const auto [stop, error] = std::from_chars(dtype.data() + 2, end, field.bytes);
  const bool dated = stop != end && (dtype[1] == 'M' || dtype[1] == 'm');  // <M8[ns]
  if (error != std::errc{} || (stop != end && !dated) || field.bytes > kMaxBytes) field.bytes = 0;
  if (dtype[1] == 'O') field.bytes = 0;  // what stands in the file is a program that makes objects
  if (dtype[1] == 'U') field.bytes *= 4;
  for (const Numbers& numbers : kNumbers)
    if (std::string_view(dtype).substr(1) == numbers.code) field.load = dtype[0] == '>' ? numbers.big : numbers.little;
  return field;
}

std::string rows_missing(std::uint64_t expected, std::uint64_t found) {
  return fmt::format("{} rows were expected and {} found", expected, found);
}

class NpySource final : public RecordSource {
 public:
  NpySource(std::unique_ptr<Input> input, const ReadOptions& options) : RecordSource(std::move(input), options) {
    const NpyHeader header = read_npy_header(*input_);
    for (const NpyField& field : header.fields) add_field(field, header.structured);
    if (fields_.empty()) refuse("a structured array without fields");
    if (header.structured && header.shape.size() > 1) refuse("a structured array of more than one dimension");
    measure(header);
    if (header.fortran_order && header.shape.size() > 1) place_columns(header);
  }

  void select(const std::vector<int>& columns, const std::vector<Cells>& cells) override;
  Record take(const Chunk& chunk, std::string_view& rest) const override;
  bool parse(std::string_view record, double* row, std::string& why, std::string& new_name) const override;

 private:
  [[noreturn]] void refuse(const std::string& why) const { throw Error(fmt::format("{}: {}", path(), why)); }
  void add_field(const NpyField& named, bool structured);
  void measure(const NpyHeader& header);
  void place_columns(const NpyHeader& header);
  bool cut(Chunk& chunk) override;
  void read_whole();
  std::size_t gather_rows(char* to, std::size_t rows);

  const Field& field(int column) const { return fields_[names_.empty() ? 0 : static_cast<std::size_t>(column)]; }
  // Where a column's number stands in a row.
  std::size_t place(int column) const {
    return names_.empty() ? static_cast<std::size_t>(column) * item_bytes_ : field(column).begin;
  }

  struct Wanted {
    std::size_t place;  // in a row
    Load load;
  };

  std::vector<Wanted> wanted_;
  std::vector<Field> fields_;  // of an element; the columns of a structured array
  std::size_t item_bytes_ = 0, row_bytes_ = 0;
  std::uint64_t rows_ = 0, rows_cut_ = 0;

  // Fortran order: where each column begins, in the file or in `whole_`.
  std::vector<std::uint64_t> column_begins_;
  std::vector<char> whole_, column_part_;
};

void NpySource::add_field(const NpyField& named, bool structured) {
  Field field = read_dtype(named.dtype);
  if (field.bytes == 0 || (!structured && field.load == nullptr)) {
    refuse(fmt::format("dtype {} where integers, booleans or floats of 2, 4 or 8 bytes were expected",
                       in_quotes(named.dtype)));
  }
  field.begin = item_bytes_;
  item_bytes_ += field.bytes;
  if (structured && named.name.empty()) return;  // padding
  if (structured) names_.push_back(named.name);
  fields_.push_back(std::move(field));
}

void NpySource::select(const std::vector<int>& columns, const std::vector<Cells>& cells) {
  for (const int column : columns) {
    if (field(column).load == nullptr)
      refuse(fmt::format("{}: dtype {} holds no numbers", column_name(column), in_quotes(field(column).dtype)));
    wanted_.push_back({place(column), field(column).load});
  }
  RecordSource::select(columns, cells);
}

// Sizes come from strangers: products are checked, and compared with the file's size where it is known.
void NpySource::measure(const NpyHeader& header) {
  if (header.shape.empty()) refuse("a single number where a table was expected");
  rows_ = header.shape[0];
  std::uint64_t columns = 1, row_bytes = 0, all_bytes = 0;
  bool fits = true;
  for (std::size_t i = 1; i < header.shape.size(); ++i) {
    fits = fits && !__builtin_mul_overflow(columns, header.shape[i], &columns);
  }
  fits = fits && columns <= kMaxColumns && !__builtin_mul_overflow(columns, item_bytes_, &row_bytes) &&
         row_bytes <= kMaxRowBytes && !__builtin_mul_overflow(row_bytes, rows_, &all_bytes);
  if (!fits) refuse(fmt::format("shape ({}) is too large", fmt::join(header.shape, ", ")));
  if (columns == 0) refuse(fmt::format("shape ({}) has no columns", fmt::join(header.shape, ", ")));
  columns_ = static_cast<int>(names_.empty() ? columns : names_.size());
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
    column_begins_.push_back(begin + place * rows_ * item_bytes_);
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
  const std::size_t bytes = rows * item_bytes_;
  column_part_.resize(bytes);
  for (const int selected : selected_) {
    const std::size_t column = selected;
    const std::uint64_t begin = column_begins_[column] + rows_cut_ * item_bytes_;
    const char* from = column_part_.data();
    if (!whole_.empty()) {
      from = whole_.data() + begin;
    } else if (input_->read_at(begin, column_part_.data(), bytes) != bytes) {
      return 0;  // the file has become shorter
    }
    for (std::size_t row = 0; row < rows; ++row) {
      std::memcpy(to + row * row_bytes_ + column * item_bytes_, from + row * item_bytes_, item_bytes_);
    }
  }
  return rows;
}

Record NpySource::take(const Chunk&, std::string_view& rest) const {
  const Record record{rest.substr(0, row_bytes_)};
  rest.remove_prefix(row_bytes_);
  return record;
}

bool NpySource::parse(std::string_view record, double* row, std::string& why, std::string&) const {
  for (std::size_t i = 0; i < wanted_.size(); ++i) {
    row[i] = wanted_[i].load(record.data() + wanted_[i].place);
    if (cells_[i].names && std::isfinite(row[i])) {
      char text[kNumberWidth];
      cells_[i].read(std::string_view(text, print_number(text, row[i] + 0.0, true)), row[i]);
    }
    if (!std::isfinite(row[i]) && !is_word(row[i]) && !(std::isnan(row[i]) && cells_[i].read("nan", row[i]))) {
      why = fmt::format("{}: {} is not finite", column_name(selected_[i]), row[i]);
      return false;
    }
  }
  return true;
}

}  // namespace

std::unique_ptr<RecordSource> open_npy(std::unique_ptr<Input> input, const ReadOptions& options) {
  return std::make_unique<NpySource>(std::move(input), options);
}

}  // namespace nf::io
