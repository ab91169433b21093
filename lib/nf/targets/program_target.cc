// program_target.cc -- a density that another program computes. The protocol: share/doc/target-protocol.md.
#include <fmt/format.h>

#include <bit>
#include <cmath>
#include <cstring>
#include <mutex>
#include <optional>

#include "nf/core/json.h"
#include "nf/io/npy_header.h"
#include "nf/io/number.h"
#include "nf/io/program.h"
#include "nf/targets/target.h"

namespace nf {
inline namespace NF_PRECISION {
namespace {

static_assert(std::endian::native == std::endian::little, "frames are little-endian");

using Rows = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

constexpr const char* kTooMuch = "answered more than it was asked for";

// One question and its answer as bytes. Throws Error where they cannot be an answer.
class Frame {
 public:
  Frame(Eigen::Index rows, Eigen::Index columns) : rows_(rows), columns_(columns) {}  // of the answer
  virtual ~Frame() = default;
  virtual std::string question(const Rows& x) const = 0;
  virtual bool complete(std::string_view bytes) = 0;
  virtual Rows read(std::string_view bytes) const = 0;  // REQUIRES: complete(bytes) was true

 protected:
  Eigen::Index rows_, columns_;
};

class NdjsonFrame final : public Frame {
 public:
  using Frame::Frame;
  std::string question(const Rows& x) const override {
    std::string text;
    char number[io::kNumberWidth];
    for (Eigen::Index r = 0; r < x.rows(); ++r) {
      for (Eigen::Index j = 0; j < x.cols(); ++j) {
        text += j == 0 ? '[' : ',';
        text.append(number, io::print_number(number, x(r, j), true));
      }
      text += "]\n";
    }
    return text;
  }

  bool complete(std::string_view bytes) override {
    for (; seen_ < bytes.size(); ++seen_) lines_ += bytes[seen_] == '\n';
    return lines_ >= rows_;
  }

  Rows read(std::string_view bytes) const override {
    Rows answer(rows_, columns_);
    for (Eigen::Index r = 0; r < rows_; ++r) {
      const std::size_t end = bytes.find('\n');
      const std::string_view line = bytes.substr(0, end);
      bytes.remove_prefix(end + 1);
      const Json row = json_is_too_deep(line) ? Json() : Json::parse(line, nullptr, false);
      bool good = row.is_array() && row.size() == static_cast<std::size_t>(columns_);
      for (Eigen::Index j = 0; good && j < columns_; ++j) {
        const Json& value = row[j];
        good = value.is_number();
        if (good) answer(r, j) = value.get<double>();
      }
      if (!good)
        throw Error(
            fmt::format("answered {} where a JSON array of {} numbers was expected: the log-density and its "
                        "gradient",
                        io::in_quotes(line), columns_));
    }
    if (!bytes.empty()) throw Error(kTooMuch);
    return answer;
  }

 private:
  std::size_t seen_ = 0;
  Eigen::Index lines_ = 0;
};

class NpyFrame final : public Frame {
 public:
  using Frame::Frame;
  std::string question(const Rows& x) const override {
    std::string text =
        io::make_npy_header("<f8", static_cast<std::uint64_t>(x.rows()), static_cast<std::uint64_t>(x.cols()));
    text.append(reinterpret_cast<const char*>(x.data()), static_cast<std::size_t>(x.size()) * sizeof(double));
    return text;
  }

  bool complete(std::string_view bytes) override {
    const std::size_t least = std::min(bytes.size(), io::kNpyMagic.size());
    if (bytes.substr(0, least) != io::kNpyMagic.substr(0, least)) refuse(bytes.substr(0, 40));
    if (begin_ == 0 && !read_header(bytes)) return false;
    return bytes.size() >= end();
  }

  Rows read(std::string_view bytes) const override {
    if (bytes.size() > end()) throw Error(kTooMuch);
    Rows answer(rows_, columns_);
    for (Eigen::Index i = 0; i < answer.size(); ++i) {
      const char* at = bytes.data() + begin_ + static_cast<std::size_t>(i) * size_;
      float narrow = 0;
      if (size_ == 8) std::memcpy(answer.data() + i, at, 8);
      else std::memcpy(&narrow, at, 4), answer.data()[i] = static_cast<double>(narrow);
    }
    return answer;
  }

 private:
  std::size_t end() const { return begin_ + static_cast<std::size_t>(rows_ * columns_) * size_; }

  // False while it is not there.
  bool read_header(std::string_view bytes) {
    constexpr std::size_t kLength = 8, kShort = kLength + 2, kLong = kLength + 4;  // version 1, and 2 or 3
    if (bytes.size() < kLong) return false;
    const std::size_t start = bytes[6] == 1 ? kShort : kLong;
    std::size_t length = 0;
    for (std::size_t i = kLength; i < start; ++i)
      length |= static_cast<std::size_t>(static_cast<unsigned char>(bytes[i])) << (8 * (i - kLength));
    if (length > (1 << 16)) refuse(bytes.substr(0, 40));
    if (bytes.size() < start + length) return false;
    const std::string_view text = bytes.substr(start, length);
    const std::optional<io::NpyHeader> header = io::parse_npy_dict(text);
    const std::vector<std::uint64_t> shape = {static_cast<std::uint64_t>(rows_), static_cast<std::uint64_t>(columns_)};
    if (!header || header->structured || header->fortran_order || header->shape != shape) refuse(text);
    const std::string& dtype = header->fields[0].dtype;
    if (dtype != "<f8" && dtype != "<f4") refuse(text);
    size_ = dtype == "<f8" ? 8 : 4;
    begin_ = start + length;
    return true;
  }

  [[noreturn]] void refuse(std::string_view found) const {
    throw Error(
        fmt::format("answered {} where an NPY frame of <f8 or <f4 numbers, shape ({}, {}) in C order, was "
                    "expected",
                    io::in_quotes(io::trim(found)), rows_, columns_));
  }

  std::size_t begin_ = 0, size_ = 8;  // of the numbers; 0: the header is not there
};

class ProgramTarget final : public Target {
 public:
  ProgramTarget(const std::string& command, int dim, Frames frames, double timeout_seconds)
      : command_(command), dim_(dim), frames_(frames), timeout_(timeout_seconds), program_(command) {
    Rows answer;
    ask(Rows::Zero(2, dim), answer);
    if (!failure_.empty()) throw Error(failure_);
  }
  int dim() const override { return dim_; }

  void log_density(Pass& pass, TileIn x, LogDet& lp, Tile dx) const override {
    Rows answer;
    ask(x.topRows(pass.rows).cast<double>(), answer);
    lp.setConstant(NAN);
    dx.setZero();
    if (answer.rows() != pass.rows) return;
    lp.head(pass.rows) = answer.col(0).array();
    dx.topRows(pass.rows) = answer.rightCols(dim_).cast<Real>();
  }

  std::string failure() const override {
    const std::lock_guard lock(mutex_);
    return failure_;
  }

 private:
  // Leaves `answer` empty when it fails, now or before.
  void ask(const Rows& x, Rows& answer) const {
    const std::lock_guard lock(mutex_);
    if (!failure_.empty() || !x.allFinite()) return;  // a flow that overflowed is not the program's fault
    try {
      const std::unique_ptr<Frame> frame = make_frame(x.rows());
      const std::size_t most = 65536 + 64 * static_cast<std::size_t>(x.rows() * (dim_ + 1));
      const std::string bytes = program_.ask(
          frame->question(x), [&](std::string_view so_far) { return frame->complete(so_far); }, most, timeout_);
      Rows numbers = frame->read(bytes);
      if (!numbers.allFinite()) throw Error("answered a number that is not finite");
      answer = std::move(numbers);
    } catch (const Error& error) {
      failure_ = fmt::format("target program {}: {}", io::in_quotes(command_), error.what());
    }
  }

  std::unique_ptr<Frame> make_frame(Eigen::Index rows) const {
    if (frames_ == Frames::kNpy) return std::make_unique<NpyFrame>(rows, dim_ + 1);
    return std::make_unique<NdjsonFrame>(rows, dim_ + 1);
  }

  const std::string command_;
  const int dim_;
  const Frames frames_;
  const double timeout_;
  mutable std::mutex mutex_;
  mutable io::Program program_;
  mutable std::string failure_;
};

}  // namespace

std::unique_ptr<Target> make_program_target(const std::string& command, int dim, Frames frames,
                                            double timeout_seconds) {
  return std::make_unique<ProgramTarget>(command, dim, frames, timeout_seconds);
}

}  // namespace NF_PRECISION
}  // namespace nf
