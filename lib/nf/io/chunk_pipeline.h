#pragma once
// A bounded, ordered pipeline: workers fill chunks one after another, work on them concurrently, and the caller gets
// them in the order in which they were filled.
#include <atomic>
#include <condition_variable>
#include <exception>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace nf::io {

template <typename Chunk>
class ChunkPipeline {
 public:
  // fill(chunk) is called by one worker at a time and returns false at the end; work(chunk) by all of them.
  // What they throw comes out of next() in its place.
  ChunkPipeline(int threads, std::function<bool(Chunk&)> fill, std::function<void(Chunk&)> work)
      : fill_(std::move(fill)), work_(std::move(work)), slots_(static_cast<std::size_t>(threads) + 2) {
    for (int i = 0; i < threads; ++i) workers_.emplace_back([this] { run(); });
  }

  // Waits for the workers; a fill() that waits for input must have been told to return.
  ~ChunkPipeline() {
    {
      const std::lock_guard lock(mutex_);
      stopped_ = true;
    }
    changed_.notify_all();
    for (std::thread& worker : workers_) worker.join();
  }

  ChunkPipeline(const ChunkPipeline&) = delete;
  ChunkPipeline& operator=(const ChunkPipeline&) = delete;

  // The next chunk, which stays valid until the following call; null at the end.
  Chunk* next() {
    std::unique_lock lock(mutex_);
    if (holding_) {
      slot(taken_++).state = Slot::kFree;
      holding_ = false;
      changed_.notify_all();
    }
    Slot& wanted = slot(taken_);
    changed_.wait(lock, [&] { return wanted.state == Slot::kDone; });
    if (wanted.error) std::rethrow_exception(wanted.error);
    if (wanted.end) return nullptr;
    holding_ = true;
    return &wanted.chunk;
  }

 private:
  struct Slot {
    enum State { kFree, kBusy, kDone } state = kFree;
    bool end = false;
    std::exception_ptr error;
    Chunk chunk;
  };

  Slot& slot(std::size_t number) { return slots_[number % slots_.size()]; }

  void run() {
    while (true) {
      std::unique_lock turn(filling_);
      if (ended_) return;
      Slot& mine = slot(filled_++);
      {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [&] { return stopped_ || mine.state == Slot::kFree; });
        if (stopped_) return;
        mine.state = Slot::kBusy;
      }
      try {
        mine.end = !fill_(mine.chunk);
        ended_ = mine.end;
        turn.unlock();
        if (!mine.end) work_(mine.chunk);
      } catch (...) {
        ended_ = true;
        mine.error = std::current_exception();
      }
      const std::lock_guard lock(mutex_);
      mine.state = Slot::kDone;
      changed_.notify_all();
    }
  }

  const std::function<bool(Chunk&)> fill_;
  const std::function<void(Chunk&)> work_;

  std::atomic<bool> ended_{false};
  std::mutex filling_;  // guards fill_() and filled_
  std::size_t filled_ = 0;

  std::mutex mutex_;  // guards states and the three below
  std::condition_variable changed_;
  bool stopped_ = false;
  bool holding_ = false;
  std::size_t taken_ = 0;

  std::vector<Slot> slots_;
  std::vector<std::thread> workers_;
};

}  // namespace nf::io
