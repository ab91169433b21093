#pragma once
// What is seen of a training run while it goes on: a line on stderr, and a log with one JSON object an epoch.
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>

#include "cli.h"
#include "nf/train/trainer.h"

namespace nf::cli {

// On a terminal one line that is written over; elsewhere, if --progress asks for it, a line an epoch.
class ProgressLine {
 public:
  explicit ProgressLine(const Cli& cli);
  void show(const Progress& progress);
  void clear();  // before other lines are printed

 private:
  bool shown_, moving_;
  bool dirty_ = false;
};

// How many rows are done, on a terminal, from the first second on. It is cleared at the end.
class RowCount {
 public:
  RowCount(const Cli& cli, bool rows_on_terminal);  // which then are progress enough
  ~RowCount() { clear(); }
  RowCount(const RowCount&) = delete;
  RowCount& operator=(const RowCount&) = delete;
  void show(std::uint64_t rows, std::int64_t total = 0);  // 0: not known
  void clear();                                           // before other lines are printed

 private:
  using Clock = std::chrono::steady_clock;
  const bool shown_;
  bool dirty_ = false;
  const Clock::time_point begun_;
  Clock::time_point last_;
};

// Written line by line, so that it can be watched; a resumed run appends.
class EpochLog {
 public:
  EpochLog(const std::string& path, bool append);  // throws Error
  void write(const Progress& progress);

 private:
  struct Close {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  [[noreturn]] void fail() const;
  std::string path_;
  std::unique_ptr<std::FILE, Close> file_;
};

}  // namespace nf::cli
