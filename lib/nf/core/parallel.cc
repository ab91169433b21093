#include "nf/core/parallel.h"

#include <tbb/blocked_range.h>
#include <tbb/info.h>
#include <tbb/parallel_for.h>
#include <tbb/task_arena.h>
#include <tbb/global_control.h>

#include "nf/core/denormals.h"

namespace nf {

struct Pool::Impl {
  explicit Impl(int threads) : control(tbb::global_control::max_allowed_parallelism, threads), arena(threads) {}
  tbb::global_control control;  // more threads than cores only if asked for
  tbb::task_arena arena;
};

Pool::Pool(int threads) : threads_(threads > 0 ? threads : tbb::info::default_concurrency()) {
  if (threads_ > 1) impl_ = std::make_unique<Impl>(threads_);
}

Pool::~Pool() = default;

void Pool::run(int n, const std::function<void(int, int)>& body) {
  if (!impl_ || n <= 1) {
    FlushDenormals flush;
    for (int task = 0; task < n; ++task) body(task, 0);
    return;
  }
  impl_->arena.execute([&] {
    tbb::parallel_for(
        tbb::blocked_range<int>(0, n, 1),
        [&](const tbb::blocked_range<int>& tasks) {
          FlushDenormals flush;
          const int worker = tbb::this_task_arena::current_thread_index();
          for (int task = tasks.begin(); task < tasks.end(); ++task) body(task, worker);
        },
        tbb::simple_partitioner());
  });
}

}  // namespace nf
