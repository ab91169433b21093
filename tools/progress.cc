#include "progress.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>
#include <cmath>
#include <cstdlib>
#include <cstring>

#include "nf/core/error.h"
#include "nf/core/spec.h"

namespace nf::cli {
namespace {

std::string duration(double seconds) {
  const auto s = static_cast<long>(std::min(std::max(seconds, 0.0), 1e7));
  return s < 3600 ? fmt::format("{}:{:02}", s / 60, s % 60)
                  : fmt::format("{}:{:02}:{:02}", s / 3600, s / 60 % 60, s % 60);
}

// A line that reaches the terminal's last column would wrap, and no longer be written over.
int room_for_line() {
  winsize size{};
  return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 1 ? size.ws_col - 1 : 79;
}

void write_over(const std::string& line) { say(fmt::format("\r\x1b[K{:.{}}", line, room_for_line())); }

bool is_capable_terminal() {
  const char* terminal = std::getenv("TERM");
  return isatty(STDERR_FILENO) && terminal && std::strcmp(terminal, "dumb") != 0;
}

Json finite_or_null(double value) { return std::isfinite(value) ? Json(value) : Json(); }

}  // namespace

ProgressLine::ProgressLine(const Cli& cli) {
  const bool capable = is_capable_terminal();
  const bool asked = cli.flag("progress");
  shown_ = !cli.quiet() && (capable || asked);
  moving_ = capable;
}

void ProgressLine::show(const Progress& p) {
  if (!shown_ || (!moving_ && !p.epoch_done)) return;
  std::string line = fmt::format("epoch {} train {:.4f}", p.epoch + (p.epoch_done ? 0 : 1), p.train);
  if (p.epoch_done) line += fmt::format(" valid {:.4f}{}", p.valid, p.best ? " *" : "");
  line += fmt::format(" {:.0f} rows/s {}", p.rows_per_second, duration(p.seconds));
  if (p.budget > 0) line += " left " + duration(p.seconds_left);
  if (moving_) write_over(line);
  else say(line + "\n");
  dirty_ = moving_;
}

void ProgressLine::clear() {
  if (dirty_) write_over("");
  dirty_ = false;
}

RowCount::RowCount(const Cli& cli, bool rows_on_terminal)
    : shown_(!cli.quiet() && !rows_on_terminal && is_capable_terminal()), begun_(Clock::now()), last_(begun_) {}

void RowCount::clear() {
  if (dirty_) write_over("");
  dirty_ = false;
}

void RowCount::show(std::uint64_t rows, std::int64_t total) {
  constexpr std::chrono::milliseconds kFirst(1000), kBetween(250);
  const auto now = Clock::now();
  if (!shown_ || now - begun_ < kFirst || now - last_ < kBetween) return;
  last_ = now;
  const double seconds = std::chrono::duration<double>(now - begun_).count();
  const double rate = static_cast<double>(rows) / seconds;
  std::string line = fmt::format("{} rows {:.0f} rows/s {}", rows, rate, duration(seconds));
  if (total > 0 && rate > 0)
    line += " left " + duration((static_cast<double>(total) - static_cast<double>(rows)) / rate);
  write_over(line);
  dirty_ = true;
}

EpochLog::EpochLog(const std::string& path, bool append) : path_(path) {
  if (path.empty()) return;
  // To open /dev/stdout would empty a file that others write to as well.
  file_.reset(path == "-" ? fdopen(fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3), "w")
                          : std::fopen(path.c_str(), append ? "ae" : "we"));
  if (!file_) fail();
}

void EpochLog::fail() const { throw Error(fmt::format("cannot write '{}': {}", path_, std::strerror(errno))); }

void EpochLog::write(const Progress& p) {
  if (!file_) return;
  const Json line = {{"epoch", p.epoch},
                     {"train", finite_or_null(p.train)},
                     {"valid", finite_or_null(p.valid)},
                     {"best", p.best},
                     {"step", p.step},
                     {"lr", p.rate},
                     {"skipped", p.skipped},
                     {"rows_per_s", p.rows_per_second},
                     {"seconds", p.seconds}};
  const std::string text = line.dump() + "\n";
  const bool written = std::fwrite(text.data(), 1, text.size(), file_.get()) == text.size();
  if (std::fflush(file_.get()) != 0 || !written) fail();
}

}  // namespace nf::cli
