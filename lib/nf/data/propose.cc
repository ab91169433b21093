#include "nf/data/propose.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <numeric>

#include "nf/core/cell.h"
#include "nf/core/constants.h"
#include "nf/data/grid.h"
#include "nf/data/split.h"

namespace nf {
inline namespace NF_PRECISION {
namespace {

constexpr std::size_t kFewLevels = 24, kMostLattice = 64;  // values of an ordinal column: listed, or of a lattice
constexpr std::size_t kMostSpikes = 4;
constexpr std::size_t kFewRows = 20;  // too few to judge by

std::string percent(std::size_t part, std::size_t all) {
  const double share = 100 * static_cast<double>(part) / static_cast<double>(all);
  return share < 1 ? fmt::format("{:.2g} %", share) : fmt::format("{:.0f} %", share);
}

// The roundest number below `low`, not further than `slack`, or than what doubles tell apart there.
double round_below(double low, double slack) {
  slack = std::max(slack, 1e-12 * std::abs(low));
  if (!(slack > 0)) return -1e-300;
  if (low > 0 && low <= slack) return 0;
  for (double unit = std::pow(10.0, std::ceil(std::log10(slack)) + 1); unit > 1e-3 * slack; unit /= 10) {
    const double candidate = std::floor(low / unit) * unit;
    if (candidate < low && low - candidate <= slack) return candidate;
  }
  return low - slack;
}

Profile mirrored(const Profile& column) {
  Profile mirror = column;
  std::reverse(mirror.sorted.begin(), mirror.sorted.end());
  std::reverse(mirror.runs.begin(), mirror.runs.end());
  for (double& value : mirror.sorted) value = -value;
  for (Profile::Run& run : mirror.runs) run.value = -run.value;
  mirror.median = -column.median;
  return mirror;
}

// Whether the values end at the lowest as at a wall: as many lie near it as would by chance in an even spread up to the
// median, or a quarter of that.
bool has_edge(const Profile& column) {
  constexpr double kNear = 0.02, kLeastShare = 0.25 * 0.5 * kNear;
  constexpr std::size_t kLeast = 5;
  const double reach = column.low() + kNear * (column.median - column.low());
  const auto near = static_cast<std::size_t>(std::upper_bound(column.sorted.begin(), column.sorted.end(), reach) -
                                             column.sorted.begin());
  return near >= kLeast && static_cast<double>(near) >= kLeastShare * static_cast<double>(column.count());
}

// Whether a bell like that of the column's lower half would go on below `bound`.
bool would_cross(const Profile& column, double bound) {
  return column.median - bound < 3 * (column.median - column.quantile(0.025));
}

struct Shape {
  Json door;
  std::string why;
};

// Of numbers that are measured. `margin`: what a value of a lattice reaches beyond itself.
Shape shape_of(const Profile& column, double margin) {
  constexpr double kHeavy = 8;  // the middle 98 % in quartiles' distances; 3.4 in a normal
  if (column.runs.size() < 3 || !(column.quartiles > 0)) return {"standardise", "a number"};
  const Profile mirror = mirrored(column);
  const double low = column.low(), high = column.high();
  const double slack_low = std::max(0.02 * (column.median - low), 1e-3 * (high - low)),
               slack_high = std::max(0.02 * (high - column.median), 1e-3 * (high - low));
  const double half = margin / 2;
  // Of a few hundred steps the last are among the rows; of many there may be others beyond.
  const bool coarse = high - low < 200 * margin;
  const auto beyond = [&](double end, double slack) {  // of steps, no further than 0
    if (coarse) return end - half;
    const double bound = round_below(end, slack);
    return (margin > 0 && end >= 0 ? std::max(bound, 0.0) : bound) - half;
  };
  const auto below = [&] { return beyond(low, slack_low); };
  const auto above = [&] { return -beyond(-high, slack_high); };
  const bool fraction = low >= 0 && high <= 1 && margin == 0 && would_cross(column, 0) && would_cross(mirror, -1);
  const bool edge_low = has_edge(column), edge_high = has_edge(mirror);
  if (fraction || (edge_low && edge_high)) {
    const double least = low > 0 && fraction ? 0 : below(), most = high < 1 && fraction ? 1 : above();
    return {{{"kind", "logit"}, {"low", least}, {"high", most}},
            fmt::format("between {:.6g} and {:.6g}", least + half, most - half)};
  }
  const auto one_sided = [&](double from, bool is_below) {
    Json door = {{"kind", "log"}};
    if (from != 0) door["from"] = from;
    if (is_below) door["below"] = true;
    const double end = is_below ? from - half : from + half;  // what a value of a lattice can be
    return Shape{door, fmt::format("{} {:.6g}",
                                   margin > 0 ? is_below ? "at most" : "at least"
                                   : is_below ? "below"
                                              : "above",
                                   end)};
  };
  if (low >= 0 && would_cross(column, 0))
    return one_sided(low > 0 && margin == 0 ? 0 : margin > 0 && low >= margin ? -half : below(), false);
  if (high <= 0 && would_cross(mirror, 0))
    return one_sided(high < 0 && margin == 0 ? 0 : margin > 0 && -high >= margin ? half : above(), true);
  if (edge_low) return one_sided(below(), false);
  if (edge_high) return one_sided(above(), true);
  if (column.quantile(0.99) - column.quantile(0.01) > kHeavy * column.quartiles)
    return {"asinh", "a number with long tails"};
  return {"standardise", "a number"};
}

bool fills_a_turn(const Profile& column) {
  constexpr double kPi = kTwoPi / 2, kNear = 0.05;
  const bool symmetric = column.low() < -kPi + kNear && column.low() >= -kPi - 1e-6 && column.high() > kPi - kNear &&
                         column.high() <= kPi + 1e-6;
  const bool positive =
      column.low() < kNear && column.low() >= 0 && column.high() > kTwoPi - kNear && column.high() <= kTwoPi + 1e-6;
  return column.count() >= 100 && (symmetric || positive);
}

// Without one of the values.
Profile without(const Profile& column, double value) {
  Profile rest = column;
  std::erase(rest.sorted, value);
  std::erase_if(rest.runs, [&](const Profile::Run& run) { return run.value == value; });
  if (rest.sorted.empty()) return rest;
  rest.median = rest.quantile(0.5);
  rest.quartiles = rest.quantile(0.75) - rest.quantile(0.25);
  return rest;
}

// A few numbers that are counted; null: it is none.
Shape ordinal_of(const Profile& column, double step) {
  const std::size_t kinds = column.runs.size(), count = column.count();
  if (count < kFewRows && kinds > 1) return {nullptr, ""};
  const auto on_lattice = step > 0 ? static_cast<std::size_t>((column.high() - column.low()) / step + 1.5) : SIZE_MAX;
  const bool few = kinds <= kFewLevels && count >= 10 * kinds;
  if (kinds > 2 && !few && (on_lattice > kMostLattice || count < 3 * kinds)) return {nullptr, ""};
  Json door = {{"kind", "ordinal"}};
  // Counts go on where the largest is rare.
  const bool goes_on = column.whole && kinds > 5 && on_lattice <= kMostLattice && column.runs.back().count * 50 < count;
  if (goes_on) door["step"] = step;
  return {door, fmt::format("{} value{}{}", kinds, kinds == 1 ? "" : "s", goes_on ? " and more" : "")};
}

// A door of multiples of `step`, as the column has them.
Json on_steps(const char* kind, const Profile& column, double step) {
  Json door = {{"kind", kind}};
  if (step != 1) door["step"] = step;
  if (const double offset = column.low() - std::round(column.low() / step) * step; std::abs(offset) > 1e-9 * step)
    door["offset"] = offset;
  return door;
}

Shape counts_of(const Profile& column, double step, int per);

Json remainder_of(const Profile& column, const Parts& parts, double step, double per, int per_whole) {
  Json door = on_steps("remainder", column, step);
  door["per"] = per;
  const Shape few = ordinal_of(parts.whole, 1);
  door["whole"] = few.door.is_null() ? counts_of(parts.whole, 1, per_whole).door : few.door;
  if (per <= kFewLevels || !ordinal_of(parts.rest, find_step(parts.rest)).door.is_null()) {
    Json values = Json::array();
    for (double rest = 0; per <= kFewLevels && rest < per; ++rest) values.push_back(rest);
    door["left"] = {{"kind", "ordinal"}, {"values", values}};
  } else {
    door["left"] = {{"kind", "integer"}, {"door", {{"kind", "logit"}, {"low", -0.5}, {"high", per - 0.5}}}};
  }
  return door;
}

// Many multiples of `step`, of which there may be a rhythm of `per`.
Shape counts_of(const Profile& column, double step, int per) {
  const Shape inner = shape_of(column, step);
  std::string why = step == 1 ? "whole numbers" : fmt::format("multiples of {:.6g}", step);
  if (inner.door != "standardise") why += ", " + inner.why;
  Json door = on_steps("integer", column, step);
  if (const double offset = door.value("offset", 0.0); has_rhythm(column, step, offset, per))
    return {remainder_of(column, Parts(column, step, offset, per), step, per, per),
            why + ", with a rhythm of " + fmt::format("{:.6g}", per * step)};
  door["door"] = inner.door;
  return {door, why};
}

Shape number_of(const Profile& column, bool circles) {
  if (column.count() < kFewRows) return {"standardise", "a number"};
  const double step = find_step(column);
  if (Shape ordinal = ordinal_of(column, step); !ordinal.door.is_null()) return ordinal;
  constexpr int kDigits = 10;
  const bool counted = step > 0 && is_counted(column);
  const int digits = counted ? 0 : find_digits(column, step);
  if (step > 0 && digits == 0)
    if (Shape counts = counts_of(column, step, kDigits); counted || counts.door["kind"] == "remainder") return counts;
  const Shape shape =
      circles && fills_a_turn(column) ? Shape{"circle", "an angle that fills a turn"} : shape_of(column, 0);
  if (step == 0 && digits == 0) return shape;
  Json door = digits > 0 ? Json{{"kind", "rounded"}, {"digits", digits}} : on_steps("rounded", column, step);
  door["door"] = shape.door;
  return {door, shape.why + (digits > 0 ? fmt::format(", to {} digits", digits) : fmt::format(", to {:.6g}", step))};
}

// Times are days and the time of day; days may have a rhythm of weeks.
Shape dates_of(const Profile& column, const std::string& form) {
  constexpr double kDay = 86400, kMostSteps = 1e9;
  constexpr int kWeek = 7;
  const double step = find_step(column), steps = step > 0 ? kDay / step : 0;
  const auto as_date = [&](const Json& door, const char* why) {
    return Shape{{{"kind", "date"}, {"form", form}, {"door", door}}, why};
  };
  if (step == 0) return as_date(shape_of(column, 0).door, "dates");
  if (steps > 1 && steps == std::floor(steps) && steps <= kMostSteps) {
    const Parts parts(column, step, 0, steps);
    if (parts.whole.runs.size() > 1 && parts.rest.runs.size() > 1)
      return as_date(remainder_of(column, parts, step, steps, kWeek), "dates: days and the time of day");
  }
  return as_date(counts_of(column, step, kWeek).door, "dates");
}

bool is_identifier(const std::string& name) {
  std::string lower = name;
  for (char& c : lower)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return lower == "id" || lower.ends_with("_id") || lower.ends_with(" id") || lower.ends_with(".id") ||
         lower == "uuid" || (name.size() > 2 && name.ends_with("Id")) || (name.size() > 2 && name.ends_with("ID"));
}

Json with_gap(const Json& wish, const Content& content) {
  Json door = wish.is_string() ? Json{{"kind", wish}} : wish;
  if (content.gaps > 0) door["gap"] = content.gap;
  return door;
}

Proposal of_words(const Sample& table, std::size_t j, const Content& content, bool asked) {
  const std::size_t kinds = table.words[j].size();
  constexpr std::size_t kMostKinds = 10000;
  const bool all_differ = kinds >= 10 && kinds == content.words;
  if ((!asked && (all_differ || (kinds > 50 && 2 * kinds > content.words))) || kinds > kMostKinds)
    return {nullptr, fmt::format("{} different words in {} rows", kinds, content.words)};
  if (kinds == 1 && content.gaps == 0) return {"constant", "always the same word"};
  return {with_gap({{"kind", "category"}}, content),
          fmt::format("{} word{}{}", kinds, kinds == 1 ? "" : "s",
                      content.gaps > 0 ? ", gaps in " + percent(content.gaps, table.rows()) : "")};
}

// Whether values that go as far as this end there, at a round number, for what a door says of them.
bool is_exact_bound(const Json& door, double value) {
  const Json kind = door.is_object() ? door["kind"] : door;
  if (kind == "rounded") return is_exact_bound(door["door"], value);
  return (kind == "log" && value == 0) ||
         (kind == "logit" && (value == 0 || std::abs(value) == 1 || std::abs(value) == 100));
}

// Values that many rows share exactly are taken out, before what is left is looked at.
Proposal of_numbers(const Sample& table, std::size_t j, const Content& content, Profile column, bool circles,
                    bool asked) {
  const std::size_t rows = table.rows();
  const std::string& name = table.name(j);
  if (!asked && is_identifier(name) && column.whole && column.runs.size() == column.count() && column.count() >= 20)
    return {nullptr, "another number in every row"};
  std::string beside;
  Json at = Json::array();
  const auto add = [&](const Json& value, const std::string& shown, std::size_t count) {
    at.push_back(value);
    beside += (beside.empty() ? "" : ", ") + shown + " in " + percent(count, rows);
  };
  if (content.gaps > 0) add(nullptr, "gaps", content.gaps);
  if (content.words > 0)
    for (const std::string& word : table.words[j]) at.push_back(word);
  if (content.words > 0)
    beside += fmt::format("{}words in {}", beside.empty() ? "" : ", ", percent(content.words, rows));
  const bool counted = content.words == 0 && !content.dates && !ordinal_of(column, find_step(column)).door.is_null();
  if (column.count() == 0) return {with_gap("constant", content), "nothing but gaps"};
  if (counted) {
    if (column.runs.size() == 1 && content.gaps == 0) return {"constant", fmt::format("always {:.6g}", column.low())};
    Shape shape = ordinal_of(column, find_step(column));
    return {with_gap(shape.door, content), shape.why + (beside.empty() ? "" : ", " + beside)};
  }
  const std::size_t before = at.size();
  for (const Profile::Run& run : find_marks(column).runs) {
    add(run.value, fmt::format("{:.6g}", run.value), run.count);
    column = without(column, run.value);
  }
  while (at.size() < before + kMostSpikes) {
    const Profile::Run* const spike = find_spike(column);
    if (spike == nullptr || column.runs.size() < 10) break;
    const Profile::Run run = *spike;
    add(run.value, fmt::format("{:.6g}", run.value), run.count);
    column = without(column, run.value);
  }
  if (column.runs.size() == 1) return {{{"kind", "ordinal"}}, ""};  // cannot be: a spike leaves ten values or more
  const auto shape_now = [&] {
    return content.dates ? dates_of(column, content.date) : number_of(column, circles && at.empty());
  };
  Shape shape = shape_now();
  // A bound that rows have exactly: the others are beyond it.
  for (const double bound : {column.low(), column.high()}) {
    if (!is_exact_bound(shape.door, bound) || column.runs.size() < 10) continue;
    const auto rows_there = static_cast<std::size_t>(std::count(column.sorted.begin(), column.sorted.end(), bound));
    add(bound, fmt::format("{:.6g}", bound), rows_there);
    column = without(column, bound);
    shape = shape_now();
  }
  if (at.empty()) return {shape.door, shape.why};
  if (shape.door.is_object() && shape.door["kind"] == "ordinal") shape = shape_of(column, 0);
  Json door = {{"kind", "atoms"}, {"at", at}};
  if (content.gaps > 0) door["gap"] = content.gap;
  door["door"] = shape.door;
  return {door, shape.why + ", " + beside};
}

}  // namespace

std::vector<Proposal> propose(const Sample& table, const std::vector<Content>& contents,
                              const ProposeOptions& options) {
  const std::vector<Profile> columns = profiles(table, all_rows(table.rows()), options.threads);
  std::vector<Proposal> all;
  for (std::size_t j = 0; j < columns.size(); ++j) {
    const bool context = j >= table.x_names.size();
    const Content& content = contents[j];
    // Numbers that are given are seen by nets alone: one column each.
    if (context && content.words + content.gaps == 0 && !content.dates && columns[j].varies())
      all.push_back({"standardise", "a number"});
    else if (content.words > 0 && content.numbers == 0)
      all.push_back(of_words(table, j, content, context || options.asked));
    else
      all.push_back(of_numbers(table, j, content, columns[j], options.circles && !context, context || options.asked));
  }
  return all;
}

Json with_gaps(const Json& wish, const Content& content, const std::vector<std::string>& words) {
  Json door = wish.is_string() ? Json{{"kind", wish}} : wish;
  const Json kind = door.value("kind", Json());
  if (content.dates && kind != "date" && kind != "constant")
    door = {{"kind", "date"}, {"form", content.date}, {"door", door}};
  if (kind == "category" || kind == "ordinal" || kind == "atoms" || kind == "constant") return with_gap(door, content);
  if (content.gaps == 0 && content.words == 0) return door;
  Json at = Json::array();
  if (content.gaps > 0) at.push_back(nullptr);
  for (const std::string& word : words) at.push_back(word);
  return with_gap({{"kind", "atoms"}, {"at", at}, {"door", door}}, content);
}

}  // namespace NF_PRECISION
}  // namespace nf
