#include "nf/io/input.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cassert>
#include <cerrno>
#include <cstring>
#include <system_error>

namespace nf::io {
namespace {

constexpr std::size_t kPeekStep = 65536;
constexpr int kCancelMilliseconds = 50;  // how long a cancelled read may still wait

bool has_bytes(int descriptor, int milliseconds) {
  pollfd waited{descriptor, POLLIN, 0};
  return poll(&waited, 1, milliseconds) != 0;  // an error counts: read() will report it
}

}  // namespace

Input::Input(const std::string& path) : name_(path == "-" ? "stdin" : path) {
  descriptor_ = path == "-" ? STDIN_FILENO : open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor_ < 0) fail(errno);
  struct stat status {};
  const int error = fstat(descriptor_, &status) != 0 ? errno : S_ISDIR(status.st_mode) ? EISDIR : 0;
  if (error != 0) {
    if (descriptor_ != STDIN_FILENO) close(descriptor_);
    fail(error);
  }
  regular_ = S_ISREG(status.st_mode);
  if (regular_) {
    start_ = static_cast<std::uint64_t>(std::max<off_t>(lseek(descriptor_, 0, SEEK_CUR), 0));
    size_ = std::max(static_cast<std::uint64_t>(status.st_size), start_) - start_;
  }
}

Input::~Input() {
  if (descriptor_ != STDIN_FILENO) close(descriptor_);
}

void Input::fail(int error) const {
  throw Error(fmt::format("cannot read '{}': {}", name_, std::generic_category().message(error)));
}

std::size_t Input::read_descriptor(char* to, std::size_t size) {
  while (true) {
    // Waiting in poll() instead of read() lets another thread end the wait.
    if (!regular_) {
      while (!cancelled_ && !has_bytes(descriptor_, kCancelMilliseconds)) continue;
    }
    if (cancelled_) return 0;
    const ssize_t got = ::read(descriptor_, to, size);
    if (got >= 0) return static_cast<std::size_t>(got);
    if (errno != EINTR && errno != EAGAIN) fail(errno);
  }
}

std::size_t Input::read_filtered(std::size_t filters, char* to, std::size_t size) {
  if (filters == 0) return read_descriptor(to, size);
  try {
    return filters_[filters - 1]->read(to, size);
  } catch (const Error& error) {
    const std::string what = error.what();
    if (what.starts_with("cannot read")) throw;
    throw Error(fmt::format("{}: {}", name_, what));
  }
}

void Input::pass_through(const std::function<std::unique_ptr<ByteFilter>(ByteSource)>& make) {
  const std::size_t before = filters_.size();
  filters_.push_back(
      make([this, before, peeked = peeked_.substr(taken_), used = std::size_t{0}](char* to, std::size_t size) mutable {
        if (used == peeked.size()) return read_filtered(before, to, size);
        const std::size_t given = std::min(size, peeked.size() - used);
        std::memcpy(to, peeked.data() + used, given);
        used += given;
        return given;
      }));
  peeked_.clear();
  taken_ = 0;
}

std::string_view Input::peek(std::size_t size) {
  while (peeked_.size() - taken_ < size) {
    const std::size_t old = peeked_.size();
    peeked_.resize(old + kPeekStep);
    const std::size_t got = read_filtered(filters_.size(), peeked_.data() + old, kPeekStep);
    peeked_.resize(old + got);
    if (got == 0) break;
  }
  return std::string_view(peeked_).substr(taken_);
}

void Input::skip(std::size_t size) {
  assert(size <= peeked_.size() - taken_);
  taken_ += size;
}

std::size_t Input::read(char* to, std::size_t size) {
  const std::size_t peeked = std::min(size, peeked_.size() - taken_);
  if (peeked == 0) return read_filtered(filters_.size(), to, size);
  std::memcpy(to, peeked_.data() + taken_, peeked);
  taken_ += peeked;
  return peeked;
}

bool Input::ready() const { return regular_ || taken_ < peeked_.size() || has_bytes(descriptor_, 0); }

std::size_t Input::read_fully(char* to, std::size_t size) {
  std::size_t done = 0;
  while (done < size) {
    const std::size_t got = read(to + done, size - done);
    if (got == 0) break;
    done += got;
  }
  return done;
}

std::size_t Input::read_at(std::uint64_t offset, char* to, std::size_t size) const {
  std::size_t done = 0;
  while (done < size) {
    const ssize_t got = pread(descriptor_, to + done, size - done, static_cast<off_t>(start_ + offset + done));
    if (got == 0) break;
    if (got < 0 && errno != EINTR) fail(errno);
    if (got > 0) done += static_cast<std::size_t>(got);
  }
  return done;
}

std::string read_file(const std::string& path) {
  constexpr std::size_t kStep = std::size_t{1} << 20;
  Input input(path);
  std::string text;
  while (true) {
    const std::size_t old = text.size();
    text.resize(old + kStep);
    const std::size_t got = input.read_fully(text.data() + old, kStep);
    text.resize(old + got);
    if (got < kStep) return text;
  }
}

std::string shown_path(const std::string& path) { return path == "-" ? "stdin" : path; }

std::span<const std::byte> bytes(const std::string& text) { return std::as_bytes(std::span(text.data(), text.size())); }

}  // namespace nf::io
