#pragma once
// Where a table's bytes come from: a file or standard input, read in large pieces.
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "nf/core/error.h"

namespace nf::io {

// Puts at most `size` bytes at `to` and returns how many; 0: the end.
using ByteSource = std::function<std::size_t(char* to, std::size_t size)>;

class ByteFilter {
 public:
  virtual ~ByteFilter() = default;
  virtual std::size_t read(char* to, std::size_t size) = 0;  // as ByteSource
};

std::string read_file(const std::string& path);   // all of it; "-": standard input. Throws as Input.
std::string shown_path(const std::string& path);  // as messages name it: "stdin" for "-"
std::span<const std::byte> bytes(const std::string& text);

// One thread at a time, except for cancel(). Failures throw Error ("cannot read 'x.csv': No such file or directory").
class Input {
 public:
  explicit Input(const std::string& path);  // "-": standard input
  ~Input();
  Input(const Input&) = delete;
  Input& operator=(const Input&) = delete;

  const std::string& name() const { return name_; }  // as messages call it
  bool is_stdin() const { return descriptor_ == 0; }
  bool is_file() const { return regular_; }  // nothing is waited for, though what is read may be unpacked
  // A regular file, as it is: size() and read_at() may be used.
  bool regular() const { return regular_ && filters_.empty(); }
  std::uint64_t size() const { return size_; }  // bytes in the file from where reading began

  std::string_view peek(std::size_t size);  // the bytes to come, without taking them; fewer than `size` only at the end
  void skip(std::size_t size);              // REQUIRES: peeked

  std::size_t read(char* to, std::size_t size);        // waits for at least one byte; 0: the end
  bool ready() const;                                  // read() would not wait
  std::size_t read_fully(char* to, std::size_t size);  // fewer only at the end
  std::size_t read_at(std::uint64_t offset, char* to, std::size_t size) const;  // likewise; from where reading began

  // The bytes to come go through the filter that `make` makes of their source.
  void pass_through(const std::function<std::unique_ptr<ByteFilter>(ByteSource)>& make);

  // From any thread: a read() that waits, now or later, returns 0 soon.
  void cancel() noexcept { cancelled_ = true; }

 private:
  std::size_t read_descriptor(char* to, std::size_t size);
  std::size_t read_filtered(std::size_t filters, char* to, std::size_t size);  // through the first so many
  [[noreturn]] void fail(int error) const;

  std::string name_;
  int descriptor_ = -1;
  bool regular_ = false;
  std::uint64_t start_ = 0, size_ = 0;
  std::string peeked_;
  std::size_t taken_ = 0;  // of peeked_
  std::vector<std::unique_ptr<ByteFilter>> filters_;
  std::atomic<bool> cancelled_{false};
};

}  // namespace nf::io
