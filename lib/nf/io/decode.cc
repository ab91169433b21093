#include "nf/io/decode.h"

#include <fmt/format.h>
#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "nf/io/number.h"

namespace nf::io {
namespace {

constexpr std::size_t kStep = 1 << 16;
constexpr std::size_t kBinaryBytes = 256;
constexpr std::size_t kFirstLineBytes = 65536;  // looked at for line ends

// What has been read of the source and not been used.
class Buffered {
 public:
  explicit Buffered(ByteSource source) : source_(std::move(source)), bytes_(kStep) {}
  // Reads more if nothing is left; false at the end.
  bool fill() {
    if (begin_ == end_) {
      begin_ = 0;
      end_ = source_(bytes_.data(), bytes_.size());
    }
    return begin_ < end_;
  }
  char* data() { return bytes_.data() + begin_; }
  std::size_t size() const { return end_ - begin_; }
  void use(std::size_t n) { begin_ += n; }

 private:
  ByteSource source_;
  std::vector<char> bytes_;
  std::size_t begin_ = 0, end_ = 0;
};

class Gunzip final : public ByteFilter {
 public:
  explicit Gunzip(ByteSource source) : in_(std::move(source)) {
    constexpr int kGzip = 16;
    if (inflateInit2(&stream_, MAX_WBITS + kGzip) != Z_OK) throw std::bad_alloc();
  }
  ~Gunzip() override { inflateEnd(&stream_); }

  std::size_t read(char* to, std::size_t size) override {
    stream_.next_out = reinterpret_cast<Bytef*>(to);
    stream_.avail_out = static_cast<uInt>(std::min(size, kStep));
    const uInt room = stream_.avail_out;
    while (stream_.avail_out == room && in_.fill()) {
      if (between_) inflateReset(&stream_);  // members may follow each other
      between_ = false;
      stream_.next_in = reinterpret_cast<Bytef*>(in_.data());
      stream_.avail_in = static_cast<uInt>(in_.size());
      const int status = inflate(&stream_, Z_NO_FLUSH);
      in_.use(in_.size() - stream_.avail_in);
      between_ = status == Z_STREAM_END;
      if (status != Z_OK && status != Z_STREAM_END) throw Error("broken gzip data");
    }
    if (stream_.avail_out == room && !between_) throw Error("gzip data that end too early");
    return room - stream_.avail_out;
  }

 private:
  Buffered in_;
  z_stream stream_{};
  bool between_ = false;  // two members
};

class Unzstd final : public ByteFilter {
 public:
  explicit Unzstd(ByteSource source) : in_(std::move(source)), stream_(ZSTD_createDStream()) {
    if (stream_ == nullptr) throw std::bad_alloc();
  }
  ~Unzstd() override { ZSTD_freeDStream(stream_); }

  std::size_t read(char* to, std::size_t size) override {
    ZSTD_outBuffer out{to, size, 0};
    while (out.pos == 0) {
      const bool more = in_.fill();
      if (!more && left_ == 0) break;
      ZSTD_inBuffer in{in_.data(), in_.size(), 0};
      left_ = ZSTD_decompressStream(stream_, &out, &in);
      if (ZSTD_isError(left_)) throw Error("broken zstd data");
      in_.use(in.pos);
      if (!more && out.pos == 0) throw Error("zstd data that end too early");
    }
    return out.pos;
  }

 private:
  Buffered in_;
  ZSTD_DStream* stream_;
  std::size_t left_ = 0;  // 0: a frame is complete
};

class FromUtf16 final : public ByteFilter {
 public:
  FromUtf16(ByteSource source, bool big_endian) : in_(std::move(source)), high_(big_endian ? 0 : 1) {}

  std::size_t read(char* to, std::size_t size) override {
    while (ready_.empty() && in_.fill()) {
      for (; in_.size() > 0; in_.use(1)) take(static_cast<unsigned char>(*in_.data()));
    }
    const std::size_t given = std::min(size, ready_.size());
    std::copy_n(ready_.begin(), given, to);
    ready_.erase(0, given);
    return given;
  }

 private:
  void take(unsigned char byte) {
    unit_ |= static_cast<std::uint32_t>(byte) << (place_ == high_ ? 8 : 0);
    place_ ^= 1;
    if (place_ != 0) return;
    const bool low_half = unit_ >= 0xdc00 && unit_ < 0xe000;
    if (low_half && lead_ != 0) put(0x10000 + ((lead_ - 0xd800) << 10) + (unit_ - 0xdc00));
    else if (unit_ < 0xd800 || unit_ >= 0xe000) put(unit_);
    else if (low_half) put(0xfffd);
    lead_ = unit_ >= 0xd800 && unit_ < 0xdc00 ? unit_ : 0;
    unit_ = 0;
  }

  void put(std::uint32_t point) {
    const auto byte = [&](std::uint32_t value) { ready_ += static_cast<char>(static_cast<unsigned char>(value)); };
    const auto tail = [&](int shift) { byte(0x80 | ((point >> shift) & 0x3f)); };
    if (point < 0x80) return byte(point);
    if (point < 0x800) {
      byte(0xc0 | (point >> 6));
    } else {
      if (point < 0x10000) {
        byte(0xe0 | (point >> 12));
      } else {
        byte(0xf0 | (point >> 18));
        tail(12);
      }
      tail(6);
    }
    tail(0);
  }

  Buffered in_;
  std::string ready_;
  const int high_;  // place of a unit's high byte
  int place_ = 0;
  std::uint32_t unit_ = 0, lead_ = 0;
};

class LfFromCr final : public ByteFilter {
 public:
  explicit LfFromCr(ByteSource source) : source_(std::move(source)) {}
  std::size_t read(char* to, std::size_t size) override {
    const std::size_t got = source_(to, size);
    std::replace(to, to + got, '\r', '\n');
    return got;
  }

 private:
  ByteSource source_;
};

// Whether the bytes to come begin so. Waits for no more than is needed to know.
bool comes(Input& input, std::string_view magic) {
  for (std::size_t n = 1; n <= magic.size(); ++n)
    if (input.peek(n).substr(0, n) != magic.substr(0, n)) return false;
  return true;
}

// No text: a name may begin as binary formats do.
bool is_binary(std::string_view head) {
  return std::any_of(head.begin(), head.end(), [](char c) { return static_cast<unsigned char>(c) < '\t'; });
}

void refuse_others(Input& input) {
  using namespace std::string_view_literals;
  constexpr std::pair<std::string_view, std::string_view> kOthers[] = {
      {"PAR1"sv, "Parquet; duckdb -csv -c \"from '{}'\" prints it as CSV"},
      {"ARROW1"sv,
       "Arrow; python3 -c \"import pandas; pandas.read_feather('{}').to_csv('x.csv', index=False)\" makes CSV"},
      {"FEA1"sv,
       "Feather; python3 -c \"import pandas; pandas.read_feather('{}').to_csv('x.csv', index=False)\" makes CSV"},
      {"\x89HDF"sv, "HDF5; h5dump -d DATASET -o x.txt -y -w 0 '{}' prints one dataset as text"},
      {"root\0"sv,
       "ROOT; python3 -c \"import uproot; uproot.open('{}')['TREE'].arrays(library='pd').to_csv('x.csv', "
       "index=False)\" makes CSV"},
      {"BZh"sv, "bzip2; bzcat '{}' unpacks it"},
      {"\xfd"
       "7zXZ"sv,
       "xz; xzcat '{}' unpacks it"},
  };
  const std::string file = input.is_stdin() ? "FILE" : input.name();
  for (const auto& [magic, what] : kOthers)
    if (comes(input, magic) && is_binary(input.peek(kBinaryBytes)))
      throw Error(fmt::format("{}: not a table that is read here, but {}", input.name(),
                              fmt::format(fmt::runtime(what), file)));
  // A model: the length of a JSON header in eight bytes, little-endian, and the header.
  const std::string_view head = comes(input, "P") ? std::string_view() : input.peek(1);
  if (head.size() > 8 && head[7] == '\0' && head[8] == '{')
    throw Error(fmt::format("{} is a model, not a table", in_quotes(input.name())));
  if (comes(input, "PK\x03\x04")) {
    const char* what = file.ends_with(".npz")    ? "npz; unzip '{}' gives its arrays as NPY"
                       : file.ends_with(".xlsx") ? "xlsx; ssconvert '{}' x.csv makes CSV"
                       : file.ends_with(".ods")  ? "ods; ssconvert '{}' x.csv makes CSV"
                                                 : "zip; unzip -p '{}' unpacks it";
    throw Error(
        fmt::format("{}: not a table that is read here, but {}", input.name(), fmt::format(fmt::runtime(what), file)));
  }
}

// Whether lines end with CR alone, as far as the first line feed or kFirstLineBytes.
bool has_cr_lines(Input& input) {
  std::string_view head = input.peek(1);
  while (head.size() < kFirstLineBytes && head.find('\n') == std::string_view::npos) {
    const std::size_t old_size = head.size();
    head = input.peek(old_size + 1);
    if (head.size() == old_size) break;
  }
  return head.find('\n') == std::string_view::npos && head.find('\r') != std::string_view::npos;
}

}  // namespace

std::unique_ptr<ByteFilter> gunzip(ByteSource source) { return std::make_unique<Gunzip>(std::move(source)); }
std::unique_ptr<ByteFilter> unzstd(ByteSource source) { return std::make_unique<Unzstd>(std::move(source)); }
std::unique_ptr<ByteFilter> utf8_from_utf16(ByteSource source, bool big_endian) {
  return std::make_unique<FromUtf16>(std::move(source), big_endian);
}
std::unique_ptr<ByteFilter> lf_from_cr(ByteSource source) { return std::make_unique<LfFromCr>(std::move(source)); }

void decode(Input& input) {
  if (comes(input, "\x1f\x8b")) input.pass_through(gunzip);
  else if (comes(input, "\x28\xb5\x2f\xfd")) input.pass_through(unzstd);
  refuse_others(input);
  const bool big_endian = comes(input, "\xfe\xff");
  if (big_endian || comes(input, "\xff\xfe")) {
    input.skip(2);
    input.pass_through([&](ByteSource source) { return utf8_from_utf16(std::move(source), big_endian); });
  }
  if (comes(input, "\xef\xbb\xbf")) input.skip(3);
  if (!comes(input, "\x93NUMPY") && has_cr_lines(input)) input.pass_through(lf_from_cr);
}

}  // namespace nf::io
