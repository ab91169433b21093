#include "process.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>

#include "nf/io/output.h"

namespace nf::cli {
namespace {

std::atomic<bool> graceful{false};
std::atomic<bool> interrupt_seen{false};

void on_signal(int number) {
  if (graceful && number != SIGQUIT && !interrupt_seen.exchange(true)) return;
  io::Output::remove_unfinished();
  _exit(128 + number);
}

}  // namespace

void install_handlers() {
  for (const int number : {SIGPIPE, SIGXFSZ}) signal(number, SIG_IGN);
  for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGXCPU}) {
    struct sigaction old {};
    sigaction(number, nullptr, &old);
    if (old.sa_handler == SIG_IGN) continue;
    struct sigaction action {};
    action.sa_handler = on_signal;
    action.sa_flags = SA_RESTART;
    sigaction(number, &action, nullptr);
  }
}

void open_standard_streams() {
  for (const int descriptor : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
    if (fcntl(descriptor, F_GETFD) < 0) open("/dev/null", descriptor == STDIN_FILENO ? O_WRONLY : O_RDONLY);
}

void handle_interrupts() { graceful = true; }
bool interrupted() { return interrupt_seen; }

void say(std::string_view text) {
  while (!text.empty()) {
    const ssize_t done = write(STDERR_FILENO, text.data(), text.size());
    if (done < 0 && errno != EINTR) return;
    text.remove_prefix(static_cast<std::size_t>(std::max<ssize_t>(done, 0)));
  }
}

}  // namespace nf::cli
