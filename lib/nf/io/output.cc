#include "nf/io/output.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <climits>
#include <cstring>
#include <filesystem>
#include <mutex>
#include <set>
#include <system_error>

#include "nf/core/error.h"
#include "nf/io/number.h"

namespace nf::io {
namespace {

constexpr std::size_t kBufferBytes = std::size_t{1} << 18;
constexpr int kMaxLinks = 40;

// Unfinished files, where a signal handler finds them: nothing here allocates or locks. A path that finds no room is
// only not removed when a signal ends the program.
struct Unfinished {
  enum State { kFree, kBusy, kListed };
  std::atomic<int> state{kFree};
  char path[PATH_MAX];
};
Unfinished unfinished_files[8];

Unfinished* list_unfinished(const std::string& path) {
  if (path.size() >= PATH_MAX) return nullptr;
  for (Unfinished& file : unfinished_files) {
    int expected = Unfinished::kFree;
    if (!file.state.compare_exchange_strong(expected, Unfinished::kBusy)) continue;
    std::memcpy(file.path, path.c_str(), path.size() + 1);
    file.state = Unfinished::kListed;
    return &file;
  }
  return nullptr;
}

// The file a write to `path` should replace: links are followed, also to what does not exist yet.
std::filesystem::path follow_links(std::filesystem::path path) {
  std::error_code ignored;
  for (int i = 0; i < kMaxLinks && std::filesystem::is_symlink(path, ignored); ++i) {
    path = path.parent_path() / std::filesystem::read_symlink(path, ignored);
  }
  return path;
}

constexpr std::string_view kPrefix = ".nf-", kSuffix = ".tmp";

// The file is ours, unchanged under its name, and no process writes it: whoever does holds a lock, wherever it runs.
bool is_abandoned(int descriptor, const std::string& path) {
  struct stat open_one = {}, named = {};
  return fstat(descriptor, &open_one) == 0 && S_ISREG(open_one.st_mode) && open_one.st_uid == geteuid() &&
         flock(descriptor, LOCK_EX | LOCK_NB) == 0 && lstat(path.c_str(), &named) == 0 &&
         named.st_dev == open_one.st_dev && named.st_ino == open_one.st_ino;
}

// Removes what runs that were killed left unfinished in a directory, once for each directory.
void remove_abandoned(const std::filesystem::path& directory) {
  static std::mutex mutex;
  static std::set<std::filesystem::path> seen;
  const std::lock_guard lock(mutex);
  if (!seen.insert(directory).second) return;
  std::error_code error;
  for (std::filesystem::directory_iterator at(directory.empty() ? "." : directory, error), end; !error && at != end;
       at.increment(error)) {
    const std::string name = at->path().filename().string(), path = at->path().string();
    if (!name.starts_with(kPrefix) || !name.ends_with(kSuffix)) continue;
    const int descriptor = open(path.c_str(), O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (descriptor < 0) continue;
    if (is_abandoned(descriptor, path)) unlink(path.c_str());
    close(descriptor);
  }
}

}  // namespace

struct Output::Impl {
  explicit Impl(const std::string& path) : name(path == "-" ? "stdout" : path) {
    if (path == "-") {
      descriptor = STDOUT_FILENO;
      describe();
      return;
    }
    struct stat status {};
    const bool exists = stat(path.c_str(), &status) == 0;
    if (!exists && (errno != ENOENT || path.empty())) fail(errno);
    if (exists && S_ISDIR(status.st_mode)) fail(EISDIR);
    // /dev/stdout may stand for a regular file, which is not ours to replace.
    if ((exists && !S_ISREG(status.st_mode)) || path.starts_with("/dev/")) {
      descriptor = open(path.c_str(), O_WRONLY | O_CLOEXEC);
      if (descriptor < 0) fail(errno);
      describe();
      return;
    }
    target = follow_links(path);
    if (exists && access(path.c_str(), W_OK) != 0) fail(errno);
    open_beside();
    if (exists) fchmod(descriptor, status.st_mode & 0777);
    seekable = true;
  }

  ~Impl() {
    if (descriptor >= 0 && descriptor != STDOUT_FILENO) close(descriptor);
    if (!unfinished.empty()) unlink(unfinished.c_str());
    unlist();
  }

  // The name is short, so that it fits wherever the target's does. The lock says that the file is being written; where
  // locks are not to be had, nobody else gets one either, and nobody removes the file.
  void open_beside() {
    static std::atomic<unsigned> counter{0};
    remove_abandoned(target.parent_path());
    while (true) {
      const std::string beside = fmt::format("{}{}-{}{}", kPrefix, getpid(), counter++, kSuffix);
      unfinished = (target.parent_path() / beside).string();
      descriptor = open(unfinished.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
      if (descriptor < 0 && errno == EEXIST) continue;
      if (descriptor < 0) {
        const int error = errno;
        unfinished.clear();
        fail(error);
      }
      struct stat status {};
      const bool taken = flock(descriptor, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK;
      if (!taken && fstat(descriptor, &status) == 0 && status.st_nlink > 0) break;
      close(descriptor);  // another run took it for an abandoned one before it was locked
    }
    listed = list_unfinished(unfinished);
  }

  // What the descriptor was opened on by someone else. With O_APPEND, pwrite() would append.
  void describe() {
    struct stat status {};
    if (fstat(descriptor, &status) != 0) fail(errno);
    if ((fcntl(descriptor, F_GETFL) & O_ACCMODE) == O_RDONLY) fail(EBADF);
    seekable = S_ISREG(status.st_mode) && (fcntl(descriptor, F_GETFL) & O_APPEND) == 0;
    if (seekable) start = lseek(descriptor, 0, SEEK_CUR);
    is_terminal = isatty(descriptor) == 1;
  }

  void unlist() {
    if (listed != nullptr) listed->state = Unfinished::kFree;
    listed = nullptr;
  }

  [[noreturn]] void fail(int error) const {
    if (error == EPIPE && descriptor == STDOUT_FILENO) throw BrokenPipe{};
    throw Error(fmt::format("cannot write '{}': {}", name, std::generic_category().message(error)));
  }

  // `put` is write() or pwrite() of what is left.
  template <typename Put>
  void put_all(std::string_view bytes, Put put) {
    while (!bytes.empty()) {
      const ssize_t done = put(bytes);
      if (done >= 0) {
        bytes.remove_prefix(done);
      } else if (errno == EAGAIN) {
        pollfd waited{descriptor, POLLOUT, 0};
        poll(&waited, 1, -1);
      } else if (errno != EINTR) {
        fail(errno);
      }
    }
  }

  void put_now(std::string_view bytes) {
    const auto put = [&](std::string_view rest) { return ::write(descriptor, rest.data(), rest.size()); };
    if (is_terminal) put_all(printable(bytes), put);
    else put_all(bytes, put);
  }

  void flush() {
    std::string bytes;
    bytes.swap(buffer);  // emptied first: after a failure nothing is tried twice
    put_now(bytes);
    bytes.clear();
    buffer.swap(bytes);
  }

  // What the descriptor stands for stays open, and locked; closing a copy shows errors that are only reported then.
  void show_late_errors() const {
    const int copy = dup(descriptor);
    if (copy < 0 || close(copy) != 0) fail(errno);
  }

  void commit(bool durable) {
    flush();
    // Devices and pipes have nothing to synchronise.
    if (durable && fsync(descriptor) != 0 && errno != EINVAL && errno != EROFS && errno != ENOTSUP) fail(errno);
    show_late_errors();
    if (descriptor == STDOUT_FILENO) return;
    if (!unfinished.empty()) {
      if (rename(unfinished.c_str(), target.c_str()) != 0) fail(errno);
      unlist();
      unfinished.clear();
      if (durable) synchronise_directory();
    }
    close(descriptor);
    descriptor = -1;
  }

  // After it the new name outlasts a crash. The file is complete either way, so that failures say nothing.
  void synchronise_directory() const {
    const std::string directory = target.has_parent_path() ? target.parent_path().string() : ".";
    const int opened = open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (opened < 0) return;
    fsync(opened);
    close(opened);
  }

  std::string name;
  std::filesystem::path target;  // what commit() replaces
  std::string unfinished;        // the file beside it; empty if the bytes go straight to their place
  Unfinished* listed = nullptr;
  int descriptor = -1;
  bool seekable = false, is_terminal = false;
  off_t start = 0;  // where our first byte stands
  std::string buffer;
};

std::string printable(std::string_view text) {
  std::string shown;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const std::size_t control = text[i] == '\n' || text[i] == '\t' ? 0 : control_bytes(text, i);
    shown += control > 0 ? '?' : text[i];
    i += control == 2;
  }
  return shown;
}

Output::Output(const std::string& path) : impl_(std::make_unique<Impl>(path)) {}
Output::~Output() = default;

void Output::write(std::string_view bytes) {
  if (impl_->buffer.size() + bytes.size() > kBufferBytes) impl_->flush();
  if (bytes.size() > kBufferBytes) {
    impl_->put_now(bytes);
  } else {
    impl_->buffer.append(bytes);
  }
}

void Output::write_at(std::uint64_t offset, std::string_view bytes) {
  impl_->flush();
  const char* first = bytes.data();
  impl_->put_all(bytes, [&](std::string_view rest) {
    const auto place = impl_->start + static_cast<off_t>(offset) + (rest.data() - first);
    return pwrite(impl_->descriptor, rest.data(), rest.size(), place);
  });
}

bool Output::seekable() const { return impl_->seekable; }
bool Output::is_terminal() const { return impl_->is_terminal; }
void Output::flush() { impl_->flush(); }
void Output::commit() { impl_->commit(false); }
void Output::commit_durably() { impl_->commit(true); }
const std::string& Output::path() const { return impl_->name; }

void Output::remove_unfinished() noexcept {
  for (Unfinished& file : unfinished_files) {
    if (file.state == Unfinished::kListed) unlink(file.path);
  }
}

}  // namespace nf::io
