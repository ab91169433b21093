#pragma once
// A yardstick for benchmarks on shared machines: how fast this core multiplies and adds right now.

namespace nf::bench {

// Thread CPU time in seconds.
double cpu_seconds();

// Float multiply-adds in GFLOP/s (two operations each) on the widest target, measured over about a millisecond.
double peak_gflops();

// The low quantile of `repetitions` timings of run() and of as many peak probes, taken in turn.
struct Timing {
  double seconds = 0, peak = 0;
};
template <class Run>
Timing measure(Run run, int repetitions = 25);

}  // namespace nf::bench

#include <algorithm>
#include <vector>

template <class Run>
nf::bench::Timing nf::bench::measure(Run run, int repetitions) {
  run();  // warm
  // One timing covers about 2 ms, so that the clock's steps do not matter.
  const double start = cpu_seconds();
  run();
  const int times = std::clamp(static_cast<int>(2e-3 / std::max(cpu_seconds() - start, 1e-7)), 1, 100000);
  std::vector<double> seconds, peaks;
  for (int i = 0; i < repetitions; ++i) {
    peaks.push_back(peak_gflops());
    const double before = cpu_seconds();
    for (int j = 0; j < times; ++j) run();
    seconds.push_back((cpu_seconds() - before) / times);
  }
  std::sort(seconds.begin(), seconds.end());
  std::sort(peaks.rbegin(), peaks.rend());
  const std::size_t low = seconds.size() / 5;
  return {seconds[low], peaks[low]};
}
