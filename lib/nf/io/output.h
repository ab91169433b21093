#pragma once
// Where a tool's bytes go: a file that appears under its name only when it is complete, or standard output.
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace nf::io {

// Control characters other than line ends and tabs, which would command a terminal, as '?'.
std::string printable(std::string_view text);

// A file is written beside its final name and renamed by commit(); without commit() the destructor removes it, so a
// failed run leaves what was there before. What a killed run left unfinished in the same directory is removed by the
// next one: a file that is being written is locked. "-" is standard output; special files (/dev/null, a FIFO) are
// written in place, terminals with what is printable(). Every failed write, flush or close throws Error ("cannot write
// 'x': No space left on device"). A closed pipe (EPIPE) on standard output throws BrokenPipe, which tools take as a
// quiet end.
class Output {
 public:
  explicit Output(const std::string& path);
  ~Output();
  Output(const Output&) = delete;
  Output& operator=(const Output&) = delete;

  void write(std::string_view bytes);                           // buffered
  void write_at(std::uint64_t offset, std::string_view bytes);  // only if seekable()
  bool seekable() const;                                        // a regular file
  bool is_terminal() const;
  void flush();
  void commit();
  void commit_durably();            // and outlasts a crash of the machine: on the disk before it has its name
  const std::string& path() const;  // as messages name it ("stdout" for "-")

  // For a signal handler that ends the program: removes the files that were not committed. Async-signal-safe.
  static void remove_unfinished() noexcept;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

struct BrokenPipe {};

}  // namespace nf::io
