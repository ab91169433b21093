#include "nf/data/profile.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <set>

#include "nf/core/parallel.h"

namespace nf {
inline namespace NF_PRECISION {
namespace {

constexpr std::size_t kMostRows = 200000;  // looked at

}  // namespace

Profile profile(std::vector<double> numbers) {
  Profile result;
  result.sorted = std::move(numbers);
  if (result.sorted.empty()) return result;
  std::sort(result.sorted.begin(), result.sorted.end());
  for (const double value : result.sorted) {
    if (result.runs.empty() || result.runs.back().value != value) result.runs.push_back({value, 0});
    ++result.runs.back().count;
    result.whole = result.whole && value == std::floor(value);
  }
  result.kinds = result.runs.size();
  result.median = result.quantile(0.5);
  result.quartiles = result.quantile(0.75) - result.quantile(0.25);
  return result;
}

Profile profile(const Sample& table, const std::vector<std::size_t>& rows, std::size_t j) {
  std::vector<double> numbers;
  std::set<std::uint64_t> others;
  for (const std::size_t r : rows) {
    const double value = table.row(r)[j];
    if (!std::isnan(value)) numbers.push_back(value);
    else others.insert(std::bit_cast<std::uint64_t>(value));
  }
  Profile result = profile(std::move(numbers));
  result.kinds += others.size();
  return result;
}

std::vector<Profile> profiles(const Sample& table, const std::vector<std::size_t>& rows, int threads) {
  std::vector<Profile> result(table.columns());
  Pool pool(threads);
  pool.run(static_cast<int>(result.size()), [&](int task, int) {
    const auto j = static_cast<std::size_t>(task);
    result[j] = profile(table, rows, j);
  });
  return result;
}

std::vector<std::size_t> rows_to_look_at(const Sample& table) {
  std::vector<std::size_t> rows;
  const std::size_t all = table.rows(), step = 1 + (all - 1) / kMostRows;
  for (std::size_t r = 0; r < all; r += step) rows.push_back(r);
  if (step == 1) return rows;
  std::vector<std::size_t> least(table.columns(), 0), most = least;
  for (std::size_t r = 1; r < all; ++r)
    for (std::size_t j = 0; j < least.size(); ++j) {
      if (table.row(r)[j] < table.row(least[j])[j]) least[j] = r;
      if (table.row(r)[j] > table.row(most[j])[j]) most[j] = r;
    }
  rows.insert(rows.end(), least.begin(), least.end());
  rows.insert(rows.end(), most.begin(), most.end());
  std::sort(rows.begin(), rows.end());
  rows.erase(std::unique(rows.begin(), rows.end()), rows.end());
  return rows;
}

bool Marks::has(double value) const {
  return std::any_of(runs.begin(), runs.end(), [&](const Profile::Run& run) { return run.value == value; });
}

Marks find_marks(const Profile& column) {
  constexpr std::size_t kOthers = 5;  // different values, to be far from
  constexpr double kQuartiles = 3, kReach = 3;
  const auto& runs = column.runs;
  Marks marks;
  for (const bool high : {true, false})
    for (std::size_t i = 0; i + kOthers < runs.size(); ++i) {
      const Profile::Run &outer = high ? runs[runs.size() - 1 - i] : runs[i],
                         &inner = high ? runs[runs.size() - 2 - i] : runs[i + 1];
      const double gap = std::abs(outer.value - inner.value), reach = std::abs(inner.value - column.median);
      const double least = std::max(kReach * reach, kQuartiles * column.quartiles);
      if (outer.count < 2 || !(column.quartiles > 0) || !(gap > least)) break;
      marks.runs.push_back(outer);
      marks.nearest = inner.value;
    }
  return marks;
}

const Profile::Run* find_spike(const Profile& column) {
  constexpr std::size_t kTimes = 10;  // as often as values are on average
  const auto most = std::max_element(column.runs.begin(), column.runs.end(),
                                     [](const auto& a, const auto& b) { return a.count < b.count; });
  if (most == column.runs.end()) return nullptr;
  const std::size_t rows = column.count(),
                    share = most == column.runs.begin() || most == column.runs.end() - 1 ? 100 : 20;
  if (find_marks(column).has(most->value)) return nullptr;
  if (most->count < 10 || most->count * share < rows || most->count * column.runs.size() < kTimes * rows)
    return nullptr;
  return &*most;
}

}  // namespace NF_PRECISION
}  // namespace nf
