#include "training_data.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

#include "column_choice.h"
#include "context_check.h"
#include "defaults.h"
#include "doors.h"
#include "equal_rows.h"
#include "first_look.h"
#include "nf/core/random.h"
#include "nf/core/spec.h"
#include "nf/io/number.h"
#include "refusal.h"
#include "tables.h"
#include "training_table.h"

namespace nf::cli {
namespace {

// Which of some columns do nothing but count the records.
class RowNumbers {
 public:
  RowNumbers() = default;
  explicit RowNumbers(std::vector<std::size_t> suspects) : suspects_(std::move(suspects)) {}

  void see(const Block& block, std::size_t width) {
    const auto excess = [&](std::size_t r, std::size_t j) {
      return block.values[r * width + j] - static_cast<double>(block.record[r]);
    };
    if (start_.empty() && block.rows > 0)
      for (const std::size_t j : suspects_) start_[j] = excess(0, j);
    std::erase_if(suspects_, [&](std::size_t j) {
      for (std::size_t r = 0; r < static_cast<std::size_t>(block.rows); ++r)
        if (excess(r, j) != start_[j]) return true;
      return false;
    });
    rows_ += block.rows;
  }
  // Two rows can be in any order, and one always is.
  std::vector<std::size_t> found() const { return rows_ > 2 ? suspects_ : std::vector<std::size_t>{}; }

 private:
  std::vector<std::size_t> suspects_;
  std::map<std::size_t, double> start_;
  std::int64_t rows_ = 0;
};

// Reads files one after another into one table; which columns they need to have is asked of `choose` for each.
class Loader {
 public:
  // `may_choose`: the user may leave out columns to learn.
  Loader(const Cli& cli, const std::vector<std::string>& known_names, bool may_choose)
      : cli_(cli), known_names_(known_names), may_choose_(may_choose) {
    refuse_nan_rows(cli);
  }

  template <class Choose>
  void load(const std::string& file, TrainingTable& table, Choose choose, RowNumbers* numbers = nullptr) {
    const auto reader = open_table(cli_, file, known_names_);
    const std::vector<int> selected = choose(*reader);
    reader->select(selected);
    const auto hint = [&] {
      return way_out(cli_, file, known_names_, selected, may_choose_ ? table.x_names.size() : 0);
    };
    Block block;
    const auto next = [&] {
      try {
        return reader->next(block);
      } catch (const Error& error) {
        throw Error(error.what() + hint());
      }
    };
    while (next()) {
      if (table.weighted) check_weights(*reader, block, selected.size());
      if (numbers) numbers->see(block, selected.size());
      table.values.insert(table.values.end(), block.values.begin(), block.values.end());
    }
    report_bad_rows(cli_, *reader);
    if (reader->rows_read() == 0) throw Error(reader->path() + ": no rows");
    if (reader->rows_read() == reader->bad_rows()) throw Error(reader->path() + ": no good rows" + hint());
  }

 private:
  static void check_weights(const TableReader& reader, const Block& block, std::size_t width) {
    for (std::size_t r = 0; r < static_cast<std::size_t>(block.rows); ++r)
      if (block.values[(r + 1) * width - 1] < 0)
        throw Error(fmt::format("{}: row {}: negative weight {}", reader.path(), block.record[r] + 1,
                                block.values[(r + 1) * width - 1]));
  }

  const Cli& cli_;
  const std::vector<std::string> known_names_;
  const bool may_choose_;
};

// Columns `kept` of some rows, standardised.
Batch batch(const TrainingTable& table, const std::vector<std::size_t>& rows, const std::vector<Column>& doors,
            const std::vector<std::size_t>& kept) {
  Batch result(static_cast<Eigen::Index>(rows.size()), static_cast<Eigen::Index>(kept.size()));
  for (std::size_t i = 0; i < rows.size(); ++i)
    for (std::size_t j = 0; j < kept.size(); ++j)
      result(static_cast<Eigen::Index>(i), static_cast<Eigen::Index>(j)) =
          static_cast<Real>(doors[j].enter(table.row(rows[i])[kept[j]]));
  return result;
}

struct Rows {
  std::vector<std::size_t> train, valid;
};

std::vector<std::size_t> all_rows(const TrainingTable& table) {
  std::vector<std::size_t> rows(table.rows());
  std::iota(rows.begin(), rows.end(), std::size_t{0});
  return rows;
}

// A random share of the rows, drawn one after another (Knuth's selection sampling), so that their order stays. Rows
// with the same number in `first` are drawn as one: the model is not judged by rows that it was trained on.
Rows split(const Cli& cli, const TrainingTable& table, const std::vector<std::size_t>& first) {
  const double share = cli.number("valid-share", 0, 0.9);
  const std::size_t n = table.rows();
  if (share == 0) return {all_rows(table), all_rows(table)};
  std::size_t kinds = 0;
  for (std::size_t r = 0; r < n; ++r) kinds += first[r] == r;
  auto wanted = std::max<std::size_t>(1, static_cast<std::size_t>(std::llround(share * static_cast<double>(kinds))));
  if (kinds < wanted + 1) throw Error(fmt::format("too few rows to train on: {}", kinds));
  Uniforms random(cli.seed(), Stream::kSplit);
  Rows rows;
  std::vector<bool> taken(n);
  for (std::size_t r = 0; r < n; ++r) {
    if (first[r] == r) {
      taken[r] = random.next() * static_cast<double>(kinds--) < static_cast<double>(wanted);
      if (taken[r]) --wanted;
    } else {
      taken[r] = taken[first[r]];
    }
    (taken[r] ? rows.valid : rows.train).push_back(r);
  }
  return rows;
}

// Takes away the rows that are so far outside that float cannot hold their square.
void leave_out_wild(const Cli& cli, const TrainingTable& table, const Doors& doors, std::vector<std::size_t>& rows,
                    std::vector<std::string>& remarks) {
  constexpr double kFarthest = 1e15;  // scales; room for sums, slopes and gradients
  const auto is_wild = [&](std::size_t r, const std::vector<Column>& some, const std::vector<std::size_t>& kept) {
    for (std::size_t j = 0; j < some.size(); ++j)
      if (!some[j].circle && !(std::abs(some[j].enter(table.row(r)[kept[j]])) <= kFarthest)) return true;
    return false;
  };
  const std::size_t before = rows.size();
  std::erase_if(rows,
                [&](std::size_t r) { return is_wild(r, doors.x, doors.x_kept) || is_wild(r, doors.c, doors.c_kept); });
  if (rows.size() == before) return;
  remarks.push_back(
      fmt::format("{} of {} rows are further out than float can hold and are left out", before - rows.size(), before));
  cli.warn(remarks.back());
  if (rows.empty()) throw Error("no rows are left");
}

Data to_data(const TrainingTable& table, const std::vector<std::size_t>& rows, const Doors& doors) {
  Data data{batch(table, rows, doors.x, doors.x_kept), batch(table, rows, doors.c, doors.c_kept), {}};
  for (const std::size_t r : rows)
    if (table.weighted) data.weight.push_back(table.weight(r));
  return data;
}

// Splits, or takes the validation file's rows; `model` null: what is to be said about the table is said, and doors are
// measured.
TrainingData assemble(const Cli& cli, const TrainingTable& table, const TrainingTable& valid, const Model* model) {
  const EqualRows equal = find_equal_rows(table);
  FirstLook look = look_at(table, equal, cli.threads());
  const bool splits = valid.values.empty();
  const TrainingTable& judged = splits ? table : valid;
  const std::vector<std::size_t> each = all_rows(table);
  Rows rows = splits ? split(cli, table, look.repeated ? equal.first : each) : Rows{each, all_rows(valid)};
  if (model) look.warnings.clear();
  for (const std::string& line : look.warnings) cli.warn(line);
  const Doors doors = model ? doors_of(*model) : measure_doors(cli, table, rows.train);
  leave_out_wild(cli, table, doors, rows.train, look.warnings);
  leave_out_wild(cli, judged, doors, rows.valid, look.warnings);
  std::vector<std::vector<double>> context;
  for (const std::size_t j : doors.c_kept) {
    context.emplace_back();
    for (const std::size_t r : rows.train) context.back().push_back(table.row(r)[j]);
  }
  return {to_data(table, rows.train, doors),
          to_data(judged, rows.valid, doors),
          doors.x,
          doors.c,
          look.warnings,
          context_values(context)};
}

// A table without some of its columns to learn.
void erase_columns(TrainingTable& table, const std::vector<std::size_t>& places) {
  const std::size_t width = table.width(), rows = table.rows();
  std::vector<bool> gone(width, false);
  for (const std::size_t place : places) gone[place] = true;
  double* to = table.values.data();
  for (std::size_t r = 0; r < rows; ++r)
    for (std::size_t j = 0; j < width; ++j)
      if (!gone[j]) *to++ = table.values[r * width + j];
  table.values.resize(to - table.values.data());
}

// Columns that only count the rows say nothing about other rows.
void leave_out_row_numbers(const Cli& cli, ColumnChoice& choice, TrainingTable& table, const RowNumbers& numbers) {
  std::vector<std::size_t> found = numbers.found();
  if (found.size() == table.x_names.size()) return;
  erase_columns(table, found);
  for (auto place = found.rbegin(); place != found.rend(); ++place) {
    const std::string name = table.x_names[*place];
    cli.warn(fmt::format("column {} counts the rows and is left out{}", table.label(*place),
                         name.empty() ? "" : "; --columns can ask for it"));
    choice.drop(*place);
  }
  table.x_names = choice.x_names();
  table.periods = choice.periods();
}

// The other files, and those to validate on.
template <class Next>
TrainingData read_rest(const Cli& cli, const std::vector<std::string>& files, Loader& loader, TrainingTable& table,
                       const Model* model, Next next) {
  for (std::size_t i = 1; i < files.size(); ++i) loader.load(files[i], table, next);
  TrainingTable valid;
  if (cli.given("valid")) {
    valid = {table.x_names, table.c_names, table.weighted, {}};
    loader.load(cli.text("valid"), valid, next);
  }
  return assemble(cli, table, valid, model);
}

}  // namespace

Group column_options() {
  return {"Columns (names, or numbers from 1 where the table has no names)",
          {{"columns", 0, "a,b,...", "", "columns to learn [all but the others below]"},
           {"exclude", 0, "a,b,...", "", "columns to leave out"},
           {"context", 0, "e,f,...", "", "columns that the density is conditional on"},
           {"circle", 0, "a,b:360,...", "", "columns that are angles, with their period [2 pi]"},
           {"drop-constant", 0, "", "", "leave out constant columns instead of stopping"}}};
}

Group validation_options() {
  return {"Rows",
          {{"weights", 0, "COLUMN", "", "weights of the rows, not negative"},
           {"valid", 0, "FILE", "", "rows to validate on"},
           {"valid-share", 0, "X", fmt::format("{}", defaults::kValidShare),
            "without --valid: random share of the rows; 0: validate on the training rows"}}};
}

TrainingData read_training_data(const Cli& cli, const std::vector<std::string>& files) {
  cli.exclude("valid", "valid-share");
  ColumnChoice choice(cli);
  Loader loader(cli, {}, true);
  TrainingTable table;
  RowNumbers numbers;
  const auto first = [&](const TableReader& reader) {
    const std::vector<int> selected = choice.first(reader);
    table = {choice.x_names(), choice.c_names(), choice.weighted(), {}, choice.periods()};
    numbers = RowNumbers(choice.suspected_row_numbers());
    return selected;
  };
  loader.load(files[0], table, first, &numbers);
  leave_out_row_numbers(cli, choice, table, numbers);
  return read_rest(cli, files, loader, table, nullptr, [&](const TableReader& reader) { return choice.next(reader); });
}

TrainingData read_training_data(const Cli& cli, const std::vector<std::string>& files, const Model& model) {
  cli.exclude("valid", "valid-share");
  const std::string weights = cli.text("weights");
  Loader loader(cli, all_names(model), false);
  TrainingTable table{names(model.columns), names(model.context), !weights.empty(), {}};
  const auto choose = [&](const TableReader& reader) {
    std::vector<int> selected = reader.find(all_names(model));
    if (!weights.empty()) selected.push_back(find_column(reader, weights));
    return selected;
  };
  loader.load(files[0], table, choose);
  return read_rest(cli, files, loader, table, &model, choose);
}

TrainingData training_data_from(const Cli& cli, const Model& model, const std::vector<double>& x) {
  const TrainingTable table{names(model.columns), {}, false, x};
  return assemble(cli, table, {}, &model);
}

}  // namespace nf::cli
