// program_target.cc -- a density that another program computes. The protocol: share/doc/target-protocol.md.
#include <fmt/format.h>

#include <bit>
#include <cmath>
#include <cstring>
#include <mutex>

#include "nf/io/npy_header.h"
#include "nf/io/number.h"
#include "nf/targets/program.h"
#include "nf/targets/target.h"

namespace nf {
inline namespace NF_PRECISION {
namespace {

static_assert(std::endian::native == std::endian::little, "frames are little-endian");

using Rows = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

// One question and its answer as bytes. answer() throws Error.
class Frame {
 public:
  virtual ~Frame() = default;
  virtual std::string question(const Rows& x) const = 0;
  // Whether `bytes` hold an answer of so many rows. Throws Error if they cannot become one.
  virtual bool complete(std::string_view bytes, Eigen::Index rows) = 0;
  virtual void read(std::string_view bytes, Rows& answer) const = 0;
};

class NdjsonFrame final : public Frame {
 public:
  std::string question(const Rows& x) const override {
    std::string text;
    char number[kNumberWidth];
    for (Eigen::Index r = 0; r < x.rows(); ++r) {
      for (Eigen::Index j = 0; j < x.cols(); ++j) {
        text += j == 0 ? '[' : ',';
        text.append(number, print_number(number, x(r, j), true));
      }
      text += "]\n";
    }
    return text;
  }

  bool complete(std::string_view bytes, Eigen::Index rows) override {
    for (; seen_ < bytes.size(); ++seen_) lines_ += bytes[seen_] == '\n';
    return lines_ >= rows;
  }

  void read(std::string_view bytes, Rows& answer) const override {
    for (Eigen::Index r = 0; r < answer.rows(); ++r) {
      const std::size_t end = bytes.find('\n');
      const std::string_view line = bytes.substr(0, end);
      bytes.remove_prefix(end + 1);
      const Json row = Json::parse(line, nullptr, false);
      bool good = row.is_array() && row.size() == static_cast<std::size_t>(answer.cols());
      for (Eigen::Index j = 0; good && j < answer.cols(); ++j) {
        const Json& value = row[static_cast<std::size_t>(j)];
        good = value.is_number();
        if (good) answer(r, j) = value.get<double>();
      }
      if (!good)
        throw Error(
            fmt::format("answered {} where a JSON array of {} numbers was expected: the log-density and its "
                        "gradient",
                        in_quotes(line), answer.cols()));
    }
    if (!bytes.empty()) throw Error(fmt::format("answered more than the {} rows it was asked for", answer.rows()));
  }

 private:
  std::size_t seen_ = 0;
  Eigen::Index lines_ = 0;
};

class NpyFrame final : public Frame {
 public:
  std::string question(const Rows& x) const override {
    std::string text =
        make_npy_header("<f8", static_cast<std::uint64_t>(x.rows()), static_cast<std::uint64_t>(x.cols()));
    text.append(reinterpret_cast<const char*>(x.data()), static_cast<std::size_t>(x.size()) * sizeof(double));
    return text;
  }

  bool complete(std::string_view bytes, Eigen::Index) override {
    const std::size_t least = std::min(bytes.size(), kNpyMagic.size());
    if (bytes.substr(0, least) != kNpyMagic.substr(0, least)) refuse(bytes.substr(0, 40));
    if (bytes.size() < 12) return false;
    const bool first = bytes[6] == 1;
    std::size_t length = byte(bytes, 8) | byte(bytes, 9) << 8;
    if (!first) length |= byte(bytes, 10) << 16 | byte(bytes, 11) << 24;
    if (length > (1 << 20)) refuse(bytes.substr(0, 40));
    const std::size_t begin = (first ? 10 : 12) + length;
    if (bytes.size() < begin) return false;
    begin_ = begin;
    header_ = bytes.substr(first ? 10 : 12, length);
    const std::optional<NpyHeader> header = parse_npy_dict(header_);
    if (!header || (header->dtype != "<f8" && header->dtype != "<f4") || header->fortran_order) refuse(header_);
    wide_ = header->dtype == "<f8";
    shape_ = header->shape;
    std::uint64_t numbers = 1;
    for (const std::uint64_t size : shape_) {
      if (size > (1 << 24) || (numbers *= size) > (1 << 24)) refuse(header_);
    }
    return bytes.size() >= begin + numbers * (wide_ ? 8 : 4);
  }

  void read(std::string_view bytes, Rows& answer) const override {
    const auto rows = static_cast<std::uint64_t>(answer.rows()), columns = static_cast<std::uint64_t>(answer.cols());
    if (shape_ != std::vector<std::uint64_t>{rows, columns}) refuse(header_);
    const std::size_t size = wide_ ? 8 : 4, expected = begin_ + static_cast<std::size_t>(answer.size()) * size;
    if (bytes.size() > expected) throw Error("answered more than one frame to one question");
    for (Eigen::Index i = 0; i < answer.size(); ++i) {
      const char* at = bytes.data() + begin_ + static_cast<std::size_t>(i) * size;
      float narrow = 0;
      if (wide_) std::memcpy(answer.data() + i, at, 8);
      else std::memcpy(&narrow, at, 4), answer.data()[i] = static_cast<double>(narrow);
    }
  }

 private:
  static std::size_t byte(std::string_view bytes, std::size_t at) {
    return static_cast<std::size_t>(static_cast<unsigned char>(bytes[at]));
  }
  [[noreturn]] static void refuse(std::string_view found) {
    throw Error(
        fmt::format("answered {} where an NPY frame of <f8 or <f4 numbers, rows x (1 + columns) in C order, was "
                    "expected",
                    in_quotes(trim(found))));
  }

  bool wide_ = true;
  std::size_t begin_ = 0;
  std::string_view header_;
  std::vector<std::uint64_t> shape_;
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
      const std::unique_ptr<Frame> frame =
          frames_ == Frames::kNpy ? std::unique_ptr<Frame>(new NpyFrame) : std::unique_ptr<Frame>(new NdjsonFrame);
      const std::string bytes = program_.ask(
          frame->question(x), [&](std::string_view so_far) { return frame->complete(so_far, x.rows()); }, timeout_);
      Rows numbers(x.rows(), dim_ + 1);
      frame->read(bytes, numbers);
      if (!numbers.allFinite()) throw Error("answered a number that is not finite");
      answer = std::move(numbers);
    } catch (const Error& error) {
      failure_ = fmt::format("target program {}: {}", in_quotes(command_), error.what());
    }
  }

  const std::string command_;
  const int dim_;
  const Frames frames_;
  const double timeout_;
  mutable std::mutex mutex_;
  mutable Program program_;
  mutable std::string failure_;
};

}  // namespace

std::unique_ptr<Target> make_program_target(const std::string& command, int dim, Frames frames,
                                            double timeout_seconds) {
  return std::make_unique<ProgramTarget>(command, dim, frames, timeout_seconds);
}

}  // namespace NF_PRECISION
}  // namespace nf
