#include "plot_axis.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <numeric>

#include "nf/io/date.h"

namespace nf::cli {
namespace {

constexpr int kMostTicks = 5, kMostWords = 8;
constexpr std::size_t kLongestLabel = 12;

// The step between values that are whole multiples of one; 0: they are not.
double step_of(const std::vector<double>& sorted) {
  constexpr std::size_t kMostValues = 2000;
  std::vector<double> values;
  for (const double value : sorted) {
    if (values.empty() || value > values.back()) values.push_back(value);
    if (values.size() > kMostValues) return 0;
  }
  if (values.size() < 2) return 0;
  double step = values[1] - values[0];
  for (std::size_t i = 2; i < values.size(); ++i) step = std::min(step, values[i] - values[i - 1]);
  for (const double value : values) {
    const double steps = (value - values[0]) / step;
    if (std::abs(steps - std::round(steps)) > 1e-3) return 0;
  }
  return (values.back() - values[0]) / step > 50.0 * static_cast<double>(values.size()) ? 0 : step;
}

void add_tick(Axis& axis, double at, std::string label) {
  const double edge = 0.06 * (axis.end() - axis.low);  // the neighbour has labels there
  if (at < axis.low + edge || at > axis.end() - edge) return;
  axis.tick_at.push_back(at);
  axis.tick_label.push_back(std::move(label));
}

// least: between ticks, the step of the values.
void number_ticks(Axis& axis, double least) {
  if (least > 0 && axis.bins <= kMostTicks + 1 && axis.width < 1.5 * least) {
    for (int i = 0; i < axis.bins; ++i)
      add_tick(axis, axis.low + (i + 0.5) * axis.width, fmt::format("{:.4g}", axis.low + (i + 0.5) * axis.width));
    return;
  }
  const double span = axis.end() - axis.low, power = std::pow(10, std::floor(std::log10(span / kMostTicks)));
  double step = 10 * power;
  for (const double nice : {5.0, 2.0, 1.0})
    if (nice * power >= 0.9 * span / kMostTicks && nice * power > 0.999 * least) step = nice * power;
  const double most = std::max(std::abs(axis.low), std::abs(axis.end()));
  const bool tiny = most < 1e-3, huge = most >= 1e13;
  const double unit = tiny || huge || most < 1e4 ? 1 : most < 1e7 ? 1e3 : most < 1e10 ? 1e6 : 1e9;
  const char* const name = unit == 1 ? "" : unit == 1e3 ? "k" : unit == 1e6 ? "M" : "G";
  const int decimals = std::clamp(static_cast<int>(-std::floor(std::log10(step / unit) + 1e-9)), 0, 9);
  for (double k = std::ceil(axis.low / step); k * step <= axis.end(); ++k) {
    const double at = k == 0 ? 0 : k * step;  // not -0
    add_tick(axis, at, tiny || huge ? fmt::format("{:.4g}", at) : fmt::format("{:.{}f}{}", at / unit, decimals, name));
  }
  axis.slanted = std::any_of(axis.tick_label.begin(), axis.tick_label.end(),
                             [](const std::string& label) { return label.size() > 6; });
}

std::string date_label(double seconds, std::size_t begin, std::size_t end) {
  char text[io::kDateWidth];
  const std::string_view whole(text, static_cast<std::size_t>(io::print_date(text, seconds, "minute ") - text));
  return std::string(whole.substr(begin, end - begin));
}

// A label is what tells neighbours apart: of "2024-05-31 17:45" the years, months, days or hours.
void date_ticks(Axis& axis) {
  using namespace std::chrono;
  constexpr double kDay = 86400;
  const double span = axis.end() - axis.low;
  axis.slanted = true;
  for (const double step :
       {1.0, 5.0, 15.0, 60.0, 300.0, 900.0, 3600.0, 10800.0, 21600.0, 43200.0, kDay, 2 * kDay, 7 * kDay, 14 * kDay}) {
    if (span / step > kMostTicks) continue;
    for (double at = std::ceil(axis.low / step) * step; at <= axis.end(); at += step)
      add_tick(axis, at, step < kDay ? date_label(at, 8, 16) : date_label(at, 5, 10));
    return;
  }
  constexpr double kYears = 9999;
  const double most = kYears * 365.2425 * kDay;
  const auto first = year_month_day(
      floor<days>(sys_seconds(seconds(static_cast<std::int64_t>(std::clamp(axis.low, -most / 6, most))))));
  for (const int step : {1, 2, 3, 6, 12, 24, 60, 120, 240, 600, 1200, 6000, 60000}) {
    if (span / (30.44 * kDay * step) > kMostTicks) continue;
    const int begin =
        (static_cast<int>(first.year()) * 12 + static_cast<int>(unsigned{first.month()}) - 1) / step * step;
    for (int month = begin;; month += step) {
      const sys_days day = year_month_day(year(month / 12), std::chrono::month(unsigned(month % 12) + 1), 1d);
      const auto at = static_cast<double>(seconds(day.time_since_epoch()).count());
      if (at > axis.end()) return;
      add_tick(axis, at, step < 12 ? date_label(at, 0, 7) : date_label(at, 0, 4));
    }
  }
}

Axis word_axis(const std::vector<double>& cells, const CellForm& form) {
  std::vector<std::size_t> count(form.words.size()), order(form.words.size());
  for (const double cell : cells)
    if (is_word(cell) && word_of(cell) < count.size()) ++count[word_of(cell)];
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return count[a] > count[b]; });
  while (!order.empty() && count[order.back()] == 0) order.pop_back();
  const auto shown = static_cast<int>(std::min<std::size_t>(order.size(), kMostWords));
  Axis axis{.low = -0.5, .tick_at = {}, .tick_label = {}, .slanted = true, .place = {}, .words = true};
  axis.place.assign(count.size(), -1);
  for (const std::size_t word : order) axis.place[word] = shown;
  for (int i = 0; i < shown; ++i) {
    axis.place[order[i]] = i;
    axis.tick_label.push_back(cut(form.words[order[i]], kLongestLabel));
  }
  if (static_cast<std::size_t>(shown) < order.size()) axis.tick_label.push_back("(others)");
  if (form.gaps || axis.tick_label.empty()) axis.tick_label.push_back("(gap)");
  const auto count_of_labels = static_cast<int>(axis.tick_label.size());
  if (axis.tick_label.back() == "(gap)") axis.gap = count_of_labels - 1;
  axis.bins = std::max(2, count_of_labels);
  for (int i = 0; i < count_of_labels; ++i) axis.tick_at.push_back(i);
  return axis;
}

}  // namespace

std::string cut(const std::string& text, std::size_t most) {
  std::size_t end = 0;
  for (std::size_t count = 0; end < text.size() && count < most; ++count) {
    do ++end;
    while (end < text.size() && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80);
  }
  return end < text.size() ? text.substr(0, end) + "..." : text;
}

int Axis::bin(double cell) const {
  if (is_word(cell)) return words && word_of(cell) < place.size() ? place[word_of(cell)] : -1;
  if (is_gap(cell)) return gap;
  const double at = std::floor((cell - low) / width);
  return words || !(at >= 0 && at < bins) ? -1 : static_cast<int>(at);
}

double quantile_of(const std::vector<double>& sorted, double share) {
  const double at = std::clamp(share, 0.0, 1.0) * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<std::size_t>(at);
  const double part = at - static_cast<double>(below);
  return part == 0 ? sorted[below] : (1 - part) * sorted[below] + part * sorted[below + 1];
}

Axis axis_of(const std::vector<double>& cells, const CellForm& form, int bins) {
  std::vector<double> sorted;
  for (const double cell : cells)
    if (std::isfinite(cell)) sorted.push_back(cell);
  if (sorted.empty()) return word_axis(cells, form);
  std::sort(sorted.begin(), sorted.end());
  double low = quantile_of(sorted, 0.005), high = quantile_of(sorted, 0.995);
  const double near = 0.1 * (high - low);
  if (sorted.front() >= low - near) low = sorted.front();
  if (sorted.back() <= high + near) high = sorted.back();
  sorted.erase(sorted.begin(), std::lower_bound(sorted.begin(), sorted.end(), low));
  sorted.erase(std::upper_bound(sorted.begin(), sorted.end(), high), sorted.end());
  Axis axis{.tick_at = {}, .tick_label = {}};
  const double step = step_of(sorted);
  if (!(high > low)) {
    axis.bins = 3;
    axis.width = low == 0 ? 1 : 0.1 * std::abs(low);
    axis.low = low - 1.5 * axis.width;
  } else if (step > 0) {
    axis.low = sorted.front() - step / 2;
    axis.width = step * std::max(1.0, std::ceil((high - low) / step / bins));
    axis.bins = std::max(2, static_cast<int>(std::ceil((sorted.back() + step / 2 - axis.low) / axis.width - 1e-6)));
  } else {
    axis.low = low;
    axis.width = (high - low) / bins * (1 + 1e-9);  // the last value is within
    axis.bins = bins;
  }
  if (form.dates) date_ticks(axis);
  else number_ticks(axis, step);
  return axis;
}

}  // namespace nf::cli
