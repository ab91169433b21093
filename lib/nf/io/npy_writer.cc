// The header comes first in the file and holds the number of rows. Where that is not known beforehand, it is written
// again at the end, or, if the output is a pipe, the numbers wait in an anonymous file.
#include <fmt/format.h>
#include <stdlib.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <system_error>

#include "nf/io/npy_header.h"
#include "nf/io/number.h"
#include "nf/io/table_writers.h"

namespace nf::io {
namespace {

constexpr std::size_t kCopyBytes = std::size_t{1} << 18;

// Bytes that wait on disk, in a file without a name.
class Spool {
 public:
  Spool() : file_(std::tmpfile()) { check(file_ != nullptr); }
  ~Spool() {
    if (file_ != nullptr) std::fclose(file_);
  }
  Spool(const Spool&) = delete;
  Spool& operator=(const Spool&) = delete;

  void write(std::string_view bytes) { check(std::fwrite(bytes.data(), 1, bytes.size(), file_) == bytes.size()); }

  void copy_to(Output& out) {
    check(std::fflush(file_) == 0);
    std::rewind(file_);
    std::vector<char> part(kCopyBytes);
    while (const std::size_t got = std::fread(part.data(), 1, part.size(), file_)) out.write({part.data(), got});
    check(std::ferror(file_) == 0);
  }

 private:
  static void check(bool good) {
    if (!good) throw Error(fmt::format("cannot use a temporary file: {}", std::generic_category().message(errno)));
  }

  std::FILE* file_;
};

class NpyWriter final : public TableWriter {
 public:
  NpyWriter(Output& out, const WriteOptions& options)
      : out_(out), width_(options.columns.size()), rows_told_(options.rows) {
    for (const OutputColumn& column : options.columns)
      if (!column.form.words.empty())
        throw Error(
            fmt::format("NPY holds numbers, and column {} has words; --to csv would do", in_quotes(column.name)));
    is_wide_ =
        std::any_of(options.columns.begin(), options.columns.end(), [](const auto& column) { return column.wide; });
    if (rows_told_ < 0 && !out_.seekable()) {
      spool_ = std::make_unique<Spool>();
    } else {
      out_.write(header(static_cast<std::uint64_t>(std::max<std::int64_t>(rows_told_, 0))));
    }
  }

  void write(const double* values, int rows) override {
    const std::size_t count = static_cast<std::size_t>(rows) * width_;
    rows_ += static_cast<std::uint64_t>(rows);
    if (is_wide_) return write_bytes(values, count * sizeof *values);
    narrowed_.resize(count);
    std::transform(values, values + count, narrowed_.begin(), [](double value) { return static_cast<float>(value); });
    write_bytes(narrowed_.data(), count * sizeof(float));
  }

  void write_appended(const std::vector<std::string_view>&, const double*, int) override {
    throw Error("rows of NPY have no text that values could be appended to");
  }

  void finish() override {
    if (spool_) {
      out_.write(header(rows_));
      spool_->copy_to(out_);
    } else if (rows_told_ < 0 || rows_ != static_cast<std::uint64_t>(rows_told_)) {
      if (!out_.seekable()) throw Error(fmt::format("{} rows were announced and {} written", rows_told_, rows_));
      out_.write_at(0, header(rows_));
    }
  }

 private:
  std::string header(std::uint64_t rows) const { return make_npy_header(is_wide_ ? "<f8" : "<f4", rows, width_); }

  void write_bytes(const void* from, std::size_t size) {
    const std::string_view bytes(static_cast<const char*>(from), size);
    if (spool_) {
      spool_->write(bytes);
    } else {
      out_.write(bytes);
    }
  }

  Output& out_;
  const std::size_t width_;
  const std::int64_t rows_told_;  // -1: unknown
  bool is_wide_ = false;
  std::uint64_t rows_ = 0;
  std::vector<float> narrowed_;
  std::unique_ptr<Spool> spool_;
};

}  // namespace

std::unique_ptr<TableWriter> open_npy_writer(Output& out, const WriteOptions& options) {
  return std::make_unique<NpyWriter>(out, options);
}

}  // namespace nf::io
