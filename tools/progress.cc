#include "progress.h"

#include <fmt/format.h>
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

Json finite_or_null(double value) { return std::isfinite(value) ? Json(value) : Json(); }

}  // namespace

ProgressLine::ProgressLine(const Cli& cli) {
  const char* terminal = std::getenv("TERM");
  const bool capable = isatty(STDERR_FILENO) && terminal && std::strcmp(terminal, "dumb") != 0;
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
  say(moving_ ? fmt::format("\r{:<79.79}", line) : line + "\n");
  dirty_ = moving_;
}

void ProgressLine::clear() {
  if (dirty_) say(fmt::format("\r{:79}\r", ""));
  dirty_ = false;
}

EpochLog::EpochLog(const std::string& path, bool append) : path_(path) {
  if (path.empty()) return;
  file_.reset(std::fopen(path == "-" ? "/dev/stdout" : path.c_str(), append ? "ae" : "we"));
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
  fmt::print(file_.get(), "{}\n", line.dump());
  if (std::fflush(file_.get()) != 0) fail();
}

}  // namespace nf::cli
