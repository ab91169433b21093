#include "nf/data/prepare.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "nf/data/equal_rows.h"
#include "nf/data/first_look.h"
#include "nf/data/redraw.h"
#include "nf/data/split.h"
#include "nf/io/words.h"

namespace nf {
inline namespace NF_PRECISION {
namespace {

// Rows of a table for some columns' doors, which number words in their own way.
class CellsOfDoors {
 public:
  CellsOfDoors(const Sample& table, const std::vector<std::size_t>& rows, const std::vector<Column>& columns,
               const std::vector<std::size_t>& kept)
      : table_(table), rows_(rows), kept_(kept), cells_(kept.size()), values_(kept.size()) {
    for (std::size_t j = 0; j < kept.size() && !table.words.empty(); ++j) {
      io::Words words(columns[j].door->form().words);
      for (const std::string& word : table.words[kept[j]]) cells_[j].push_back(word_cell(words.number(word)));
    }
  }
  const double* operator()(std::int64_t i) {
    for (std::size_t j = 0; j < kept_.size(); ++j) {
      const double cell = table_.row(rows_[static_cast<std::size_t>(i)])[kept_[j]];
      values_[j] = is_word(cell) && word_of(cell) < cells_[j].size() ? cells_[j][word_of(cell)] : cell;
    }
    return values_.data();
  }

 private:
  const Sample& table_;
  const std::vector<std::size_t>&rows_, &kept_;
  std::vector<std::vector<double>> cells_;  // a column's, by the table's words
  std::vector<double> values_;
};

Data to_data(const Sample& table, const std::vector<std::size_t>& rows, const Doors& doors) {
  Data data;
  const auto count = static_cast<std::int64_t>(rows.size());
  CellsOfDoors cells(table, rows, doors.x, doors.x_kept);
  data.x = enter_rows(doors.x, count, std::ref(cells), &data.log_det);
  data.c = enter_context_rows(doors.c, count, CellsOfDoors(table, rows, doors.c, doors.c_kept));
  for (const std::size_t r : rows)
    if (table.weighted) data.weight.push_back(table.weight(r));
  data.mean_log_det = mean_log_det(data);
  return data;
}

// Takes away the rows that are so far outside that float cannot hold their square, and those with values that the
// doors' columns cannot have.
Data without_wild(const PrepareOptions& options, const Sample& table, const Doors& doors,
                  std::vector<std::size_t>& rows, std::vector<std::string>& remarks) {
  constexpr Real kFarthest = 1e15F;  // scales; room for sums, slopes and gradients
  Data data = to_data(table, rows, doors);
  std::vector<std::size_t> tame;
  std::size_t impossible = 0;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (!(data.log_det[i] > -INFINITY)) {
      ++impossible;
      continue;
    }
    const auto row = static_cast<Eigen::Index>(i);
    const auto is_wild = [](Real value) { return !(std::abs(value) <= kFarthest); };
    if (!data.x.row(row).unaryExpr(is_wild).any() && !data.c.row(row).unaryExpr(is_wild).any()) tame.push_back(rows[i]);
  }
  if (tame.size() == rows.size()) return data;
  const auto say = [&](std::size_t count, const char* what) {
    if (count == 0) return;
    remarks.push_back(fmt::format("{} of {} rows {} and are left out", count, rows.size(), what));
    if (options.warn) options.warn(remarks.back());
  };
  say(rows.size() - tame.size() - impossible, "are further out than float can hold");
  say(impossible, "have values that no training row could have");
  if (tame.empty()) throw Error("no rows are left");
  rows = std::move(tame);
  return to_data(table, rows, doors);
}

constexpr std::size_t kFewValues = 32;

Json context_values(const std::vector<std::vector<double>>& columns) {
  Json all = Json::array();
  for (const std::vector<double>& column : columns) {
    std::set<double> values;
    for (const double value : column)
      if (values.size() <= kFewValues && !std::isnan(value)) values.insert(value);
    all.push_back(values.size() <= kFewValues ? Json(values) : Json());
  }
  return all;
}

void require_weights(const Sample& sample) {
  for (std::size_t r = 0; sample.weighted && r < sample.rows(); ++r)
    if (!(sample.weight(r) >= 0) || std::isinf(sample.weight(r)))
      throw Error(fmt::format("row {}: {} is no weight", r + 1, sample.weight(r)));
}

}  // namespace

TrainingData prepare(const Sample& sample, const Sample& valid, const PrepareOptions& options) {
  require_weights(sample);
  require_weights(valid);
  const EqualRows equal = find_equal_rows(sample);
  FirstLook look = look_at(sample, equal, options.threads);
  const bool splits = valid.values.empty();
  const Sample& judged = splits ? sample : valid;
  const std::vector<std::size_t> each = all_rows(sample.rows());
  Split rows = splits ? split(look.repeated ? equal.first : each, options.valid_share, options.seed)
                      : Split{each, all_rows(valid.rows())};
  if (options.doors) look.warnings.clear();  // said when they were measured
  for (const std::string& line : look.warnings)
    if (options.warn) options.warn(line);
  const Doors doors = options.doors ? *options.doors : measure_doors(sample, rows.train, options.constant);
  if (num_features(doors.x) == 0) throw Error("all columns are constant: there is nothing to learn");
  Data train = without_wild(options, sample, doors, rows.train, look.warnings),
       held_out = without_wild(options, judged, doors, rows.valid, look.warnings);
  std::vector<std::vector<double>> context;
  for (const std::size_t j : doors.c_kept) {
    context.emplace_back();
    for (const std::size_t r : rows.train) context.back().push_back(sample.row(r)[j]);
  }
  CellsOfDoors cells(sample, rows.train, doors.x, doors.x_kept);
  auto redraw = std::make_shared<const Redraw>(doors.x, std::ref(cells), train);
  if (redraw->draws()) train.redraw = std::move(redraw);
  return {std::move(train), std::move(held_out), doors.x, doors.c, look.warnings, context_values(context)};
}

}  // namespace NF_PRECISION
}  // namespace nf
