#include "nf/io/program.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <thread>

extern char** environ;

namespace nf::io {
namespace {

std::string system_error(const char* what) { return fmt::format("{}: {}", what, std::strerror(errno)); }

// A pipe whose ends no other program inherits. keep() takes the end that stays here, which then does not block.
struct Pipe {
  Pipe() {
    if (pipe2(ends, O_CLOEXEC) != 0) throw Error(system_error("cannot make a pipe"));
  }
  ~Pipe() {
    for (const int end : ends)
      if (end >= 0) close(end);
  }
  int keep(int which) {
    const int end = ends[which];
    ends[which] = -1;
    fcntl(end, F_SETFL, fcntl(end, F_GETFL) | O_NONBLOCK);
    return end;
  }
  int ends[2] = {-1, -1};
};

// write() to a program that has ended gives EPIPE, and no signal whatever the caller's handlers are.
ssize_t write_quietly(int to, std::string_view bytes) {
  sigset_t pipe_signal, before;
  sigemptyset(&pipe_signal);
  sigaddset(&pipe_signal, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &pipe_signal, &before);
  const ssize_t written = write(to, bytes.data(), bytes.size());
  const int error = errno;
  if (written < 0 && error == EPIPE) {
    const timespec at_once{};
    sigtimedwait(&pipe_signal, nullptr, &at_once);
  }
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  errno = error;
  return written;
}

// True when the process is gone; its status is then collected, or -1 where another part of the program did that.
bool gone_within(int process, int milliseconds, int& status) {
  for (int waited = 0;; waited += 5) {
    const int found = waitpid(process, &status, WNOHANG);
    if (found < 0) status = -1;
    if (found != 0) return true;
    if (waited >= milliseconds) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
}

// Runs a shell command in a process group, 0: a new one, with the signals that this program ignores as by default.
int spawn(std::string command, int group, int in, int out) {
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, in, STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
  sigset_t defaults;
  sigemptyset(&defaults);
  for (const int number : {SIGPIPE, SIGXFSZ}) sigaddset(&defaults, number);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGDEF);
  posix_spawnattr_setpgroup(&attributes, group);
  posix_spawnattr_setsigdefault(&attributes, &defaults);
  std::string shell = "sh", flag = "-c";
  char* arguments[] = {shell.data(), flag.data(), command.data(), nullptr};
  int process = -1;
  const int error = posix_spawn(&process, "/bin/sh", &actions, &attributes, arguments, environ);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  if (error != 0) throw Error(fmt::format("cannot start a shell: {}", std::strerror(error)));
  return process;
}

}  // namespace

Program::Program(const std::string& command) {
  Pipe in, out, life;
  // As long as the guard is not waited for, no other group gets its number.
  guard_ = spawn("exec >/dev/null 2>&1; read -r _; kill -KILL 0", 0, life.ends[0], STDERR_FILENO);
  alive_ = life.keep(1);
  try {
    process_ = spawn(command, guard_, in.ends[0], out.ends[1]);
  } catch (const Error&) {
    end_group();
    throw;
  }
  to_ = in.keep(1);
  from_ = out.keep(0);
}

Program::~Program() {
  close(to_);
  int status = 0;
  const bool gone = process_ <= 0 || gone_within(process_, 500, status);
  end_group();
  if (!gone) waitpid(process_, &status, 0);
  close(from_);
}

void Program::end_group() {
  int status = 0;
  kill(-guard_, SIGKILL);
  waitpid(guard_, &status, 0);
  close(alive_);
}

std::string Program::how_it_ended() {
  constexpr int kPatience = 5000;  // a busy machine may take its time between the last output and the end
  int status = 0;
  if (process_ <= 0 || !gone_within(process_, kPatience, status)) return "closed its output";
  process_ = -1;
  if (status == -1) return "ended";
  if (WIFSIGNALED(status)) return fmt::format("was ended by signal {}", WTERMSIG(status));
  return fmt::format("ended with exit status {}", WEXITSTATUS(status));
}

std::string Program::ask(std::string_view question, const std::function<bool(std::string_view)>& complete,
                         std::size_t most_bytes, double timeout_seconds) {
  using Clock = std::chrono::steady_clock;
  const auto patience = std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(timeout_seconds));
  std::string answer;
  char buffer[1 << 16];
  if (read(from_, buffer, 1) == 1) throw Error("answered more than it was asked for");
  Clock::time_point last = Clock::now() + patience;
  while (!complete(answer)) {
    if (answer.size() > most_bytes) throw Error(fmt::format("said {} bytes that hold no answer", answer.size()));
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(last - Clock::now()).count();
    if (left <= 0) throw Error(fmt::format("no answer for {} seconds", timeout_seconds));
    pollfd ends[] = {{from_, POLLIN, 0}, {question.empty() ? -1 : to_, POLLOUT, 0}};
    if (poll(ends, 2, static_cast<int>(std::min<std::int64_t>(left, 1 << 30))) < 0) {
      if (errno == EINTR) continue;
      throw Error(system_error("cannot wait for it"));
    }
    ssize_t written = 0, taken = 0;
    if (ends[1].revents != 0) {
      written = write_quietly(to_, question);
      if (written > 0) question.remove_prefix(written);
      else if (errno != EAGAIN && errno != EINTR) question = {};  // it reads no more; what it says last decides
    }
    if (ends[0].revents != 0) {
      taken = read(from_, buffer, sizeof buffer);
      if (taken > 0) answer.append(buffer, taken);
      else if (taken == 0) throw Error(how_it_ended() + " before its answer was complete");
      else if (errno != EAGAIN && errno != EINTR) throw Error(system_error("cannot read its answer"));
    }
    if (written > 0 || taken > 0) last = Clock::now() + patience;
  }
  return answer;
}

}  // namespace nf::io
