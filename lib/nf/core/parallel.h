#pragma once
// Threads: the same task numbers whatever their count, so results can be reduced in a fixed order.
#include <functional>
#include <memory>

namespace nf {

// Runs tasks 0 .. n - 1 on up to `threads` threads, the caller's included, each with denormals flushed. `worker` is
// below threads() and no two tasks run at the same time with the same one, so it can index per-thread memory. Which
// worker gets which task is not determined. With one thread everything runs in the caller and no thread is started.
// The first exception thrown by a task is rethrown after the others have stopped. Not for use from two threads at once.
class Pool {
 public:
  explicit Pool(int threads);  // 0: as many as the machine has
  ~Pool();
  int threads() const { return threads_; }
  void run(int n, const std::function<void(int task, int worker)>& body);

 private:
  struct Impl;
  int threads_;
  std::unique_ptr<Impl> impl_;
};

}  // namespace nf
