#pragma once
// A program that is asked questions: bytes to its standard input, bytes back from its standard output.
#include <functional>
#include <string>
#include <string_view>

#include "nf/core/error.h"

namespace nf::io {

// The command runs in a shell and a process group of its own, so that an interrupt at the terminal does not end it. It
// sees the end of its input when the object goes, and is killed if it then stays. A guard, the first of that group,
// waits for the end of this process, in whatever way it comes, and ends the group then. One caller at a time.
class Program {
 public:
  explicit Program(const std::string& command);  // throws Error if it cannot be started
  ~Program();
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

  // Sends the question and takes the answer: `complete` is shown all bytes so far. Throws Error, without the command's
  // name, when the program ends before, says more than `most_bytes` or more than it was asked for, or when nothing
  // moves for `timeout_seconds`.
  std::string ask(std::string_view question, const std::function<bool(std::string_view)>& complete,
                  std::size_t most_bytes, double timeout_seconds);

 private:
  std::string how_it_ended();
  void end_group();

  int to_ = -1, from_ = -1, alive_ = -1;  // alive_: the guard sees its other end close with this process
  int guard_ = -1, process_ = -1;
};

}  // namespace nf::io
