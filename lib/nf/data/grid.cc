#include "nf/data/grid.h"

#include <cmath>
#include <cstdint>
#include <numeric>

namespace nf {
inline namespace NF_PRECISION {

double find_step(const Profile& column) {
  for (double per = 1; per <= 1e6; per *= 10) {
    std::int64_t step = 0;
    bool fits = true;
    for (const Profile::Run& run : column.runs) {
      const double scaled = run.value * per, off = std::abs(scaled - std::round(scaled));
      fits = per == 1 ? off == 0 && std::abs(scaled) < 1e14 : off <= 1e-5 && std::abs(scaled) < 1e12;
      if (!fits) break;
      step = std::gcd(step, std::llround(scaled) - std::llround(column.low() * per));
    }
    if (fits && step > 0) return static_cast<double>(step) / per;
  }
  return 0;
}

int find_digits(const Profile& column, double step) {
  constexpr std::size_t kLeastRows = 20;
  const auto places_of = [](double v) { return -static_cast<int>(std::floor(std::log10(std::abs(v)))) - 1; };
  for (int digits = 2; digits <= 7; ++digits) {
    std::size_t coarser = 0;  // than the step
    bool fits = true;
    for (const Profile::Run& run : column.runs) {
      if (run.value == 0) continue;
      const int places = digits + places_of(run.value);
      if (std::abs(places) > 22) return 0;
      const double per = std::pow(10.0, places), scaled = run.value * per;
      fits = std::abs(scaled - std::round(scaled)) <= 1e-5;
      if (!fits) break;
      if (1 / per > 1.5 * step) coarser += run.count;
    }
    if (fits) return coarser >= kLeastRows ? digits : 0;
  }
  return 0;
}

bool is_counted(const Profile& column) { return column.whole || column.count() >= 10 * column.runs.size(); }

Parts::Parts(const Profile& column, double step, double offset, double per) {
  std::vector<double> wholes, rests;
  for (const double value : column.sorted) {
    const double count = std::round((value - offset) / step);
    wholes.push_back(std::floor(count / per));
    rests.push_back(count - per * wholes.back());
  }
  whole = profile(std::move(wholes));
  rest = profile(std::move(rests));
}

bool has_rhythm(const Profile& column, double step, double offset, int per) {
  constexpr std::size_t kLeastRows = 200;
  constexpr double kLeastWidth = 3;
  // Numbers that are measured may end unevenly by how they were printed.
  const double least_nats = is_counted(column) ? 0.1 : 0.7;
  if (column.count() < kLeastRows || column.quartiles < kLeastWidth * per * step) return false;
  std::vector<std::size_t> counts(static_cast<std::size_t>(per), 0);
  for (const Profile::Run& run : column.runs) {
    const double count = std::round((run.value - offset) / step);
    counts[static_cast<std::size_t>(count - per * std::floor(count / per))] += run.count;
  }
  double nats = 0;
  for (const std::size_t count : counts) {
    if (count == 0) continue;
    const double share = static_cast<double>(count) / static_cast<double>(column.count());
    nats += share * std::log(share * per);
  }
  return nats > least_nats;
}

}  // namespace NF_PRECISION
}  // namespace nf
