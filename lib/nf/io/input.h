#pragma once
// Where a table's bytes come from: a file or standard input, read in large pieces.
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "nf/core/error.h"

namespace nf {

// One thread at a time, except for cancel(). Failures throw Error ("cannot read 'x.csv': No such file or directory").
class Input {
 public:
  explicit Input(const std::string& path);  // "-": standard input
  ~Input();
  Input(const Input&) = delete;
  Input& operator=(const Input&) = delete;

  const std::string& name() const { return name_; }  // as messages call it
  bool regular() const { return regular_; }          // a regular file: size() and read_at() may be used
  std::uint64_t size() const { return size_; }       // bytes in the file from where reading began

  std::string_view peek(std::size_t size);  // the bytes to come, without taking them; fewer than `size` only at the end
  void skip(std::size_t size);              // REQUIRES: peeked

  std::size_t read(char* to, std::size_t size);        // waits for at least one byte; 0: the end
  bool ready() const;                                  // read() would not wait
  std::size_t read_fully(char* to, std::size_t size);  // fewer only at the end
  std::size_t read_at(std::uint64_t offset, char* to, std::size_t size) const;  // likewise; from where reading began

  // From any thread: a read() that waits, now or later, returns 0 soon.
  void cancel() noexcept { cancelled_ = true; }

 private:
  std::size_t read_descriptor(char* to, std::size_t size);
  [[noreturn]] void fail(int error) const;

  std::string name_;
  int descriptor_ = -1;
  bool regular_ = false;
  std::uint64_t start_ = 0, size_ = 0;
  std::string peeked_;
  std::size_t taken_ = 0;  // of peeked_
  std::atomic<bool> cancelled_{false};
};

}  // namespace nf
