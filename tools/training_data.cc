#include "training_data.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

#include "column_choice.h"
#include "defaults.h"
#include "nf/core/random.h"
#include "nf/core/spec.h"
#include "nf/io/number.h"
#include "refusal.h"
#include "tables.h"

namespace nf::cli {
namespace {

// Numbers as read, row-major: x columns, then context, then the weight if there is one.
struct Table {
  std::vector<std::string> x_names, c_names;
  bool weighted = false;
  std::vector<double> values;
  std::vector<double> periods = {};  // of x columns that are circles; 0: a line
  std::size_t width() const { return x_names.size() + c_names.size() + (weighted ? 1 : 0); }
  std::size_t rows() const { return width() == 0 ? 0 : values.size() / width(); }
  const double* row(std::size_t r) const { return values.data() + r * width(); }
  double weight(std::size_t r) const { return weighted ? row(r)[width() - 1] : 1.0; }
};

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
  void load(const std::string& file, Table& table, Choose choose, RowNumbers* numbers = nullptr) {
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

// For messages: a column without a name has its number.
std::string column_label(const std::string& name, std::size_t place) {
  return name.empty() ? std::to_string(place + 1) : in_quotes(name);
}

// Mean and standard deviation of column j of the rows; scale 0: constant.
Column measure(const Table& table, std::size_t j, const std::vector<std::size_t>& rows) {
  double weights = 0, sum = 0, least = INFINITY, most = -INFINITY;
  for (const std::size_t r : rows) {
    const double w = table.weight(r), value = table.row(r)[j];
    if (w == 0) continue;
    weights += w;
    sum += w * value;
    least = std::min(least, value);
    most = std::max(most, value);
  }
  if (weights == 0) throw Error("all weights of the training rows are 0");
  const double mean = sum / weights;
  double squares = 0;
  for (const std::size_t r : rows) squares += table.weight(r) * (table.row(r)[j] - mean) * (table.row(r)[j] - mean);
  return {"", mean, least == most ? 0 : std::sqrt(squares / weights)};
}

// The door of an angle: its values lie around 0 or, from 0 on, in one period.
Column circle_door(const Table& table, std::size_t j, const std::vector<std::size_t>& rows, double period,
                   const std::string& label) {
  const double slack = 1e-6 * period;  // pi rounded up is still an angle
  double least = INFINITY, most = -INFINITY;
  for (const std::size_t r : rows) {
    least = std::min(least, table.row(r)[j]);
    most = std::max(most, table.row(r)[j]);
  }
  Column door;
  door.circle = true;
  door.scale = period / 6.283185307179586;
  if (least >= -slack && most > period / 2 + slack) door.mean = period / 2;
  if (least < door.mean - period / 2 - slack || most > door.mean + period / 2 + slack)
    throw Error(fmt::format("column {}: its values, {} to {}, do not fit a period of {}", label, least, most, period));
  return door;
}

// Doors of columns first .. first + names.size() - 1; `kept` gets the places of those that vary.
std::vector<Column> measure_all(const Cli& cli, const Table& table, const std::vector<std::size_t>& rows,
                                std::size_t first, const std::vector<std::string>& names,
                                std::vector<std::size_t>& kept) {
  std::vector<Column> doors;
  for (std::size_t i = 0; i < names.size(); ++i) {
    const std::string label = column_label(names[i], first + i);
    const double period = first == 0 && i < table.periods.size() ? table.periods[i] : 0;
    Column door = period > 0 ? circle_door(table, i, rows, period, label) : measure(table, first + i, rows);
    door.name = names[i];
    if (!std::isfinite(door.mean) || !std::isfinite(door.scale))
      throw Error(fmt::format("column {}: its values are too large", label));
    if (door.scale > 0) {
      doors.push_back(door);
      kept.push_back(first + i);
    } else if (cli.flag("drop-constant")) {
      cli.note(fmt::format("column {} is constant and dropped", label));
    } else {
      throw Error(
          fmt::format("column {} is constant ({}) in the training rows; --drop-constant drops it", label, door.mean));
    }
  }
  return doors;
}

// Columns `kept` of some rows, standardised.
Batch batch(const Table& table, const std::vector<std::size_t>& rows, const std::vector<Column>& doors,
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

std::vector<std::size_t> all_rows(const Table& table) {
  std::vector<std::size_t> rows(table.rows());
  std::iota(rows.begin(), rows.end(), std::size_t{0});
  return rows;
}

// A random share of the rows, drawn one after another (Knuth's selection sampling), so that their order stays.
Rows split(const Cli& cli, const Table& table) {
  const double share = cli.number("valid-share", 0, 0.9);
  const std::size_t n = table.rows();
  if (share == 0) return {all_rows(table), all_rows(table)};
  auto wanted = std::max<std::size_t>(1, static_cast<std::size_t>(std::llround(share * static_cast<double>(n))));
  if (n < wanted + 1) throw Error(fmt::format("too few rows to train on: {}", n));
  Uniforms random(cli.seed(), Stream::kSplit);
  Rows rows;
  for (std::size_t r = 0; r < n; ++r) {
    const bool take = random.next() * static_cast<double>(n - r) < static_cast<double>(wanted);
    (take ? rows.valid : rows.train).push_back(r);
    if (take) --wanted;
  }
  return rows;
}

struct Doors {
  std::vector<Column> x, c;
  std::vector<std::size_t> x_kept, c_kept;
};

Data to_data(const Table& table, const std::vector<std::size_t>& rows, const Doors& doors) {
  Data data{batch(table, rows, doors.x, doors.x_kept), batch(table, rows, doors.c, doors.c_kept), {}};
  for (const std::size_t r : rows)
    if (table.weighted) data.weight.push_back(table.weight(r));
  return data;
}

Doors measure_doors(const Cli& cli, const Table& table, const std::vector<std::size_t>& rows) {
  Doors doors;
  doors.x = measure_all(cli, table, rows, 0, table.x_names, doors.x_kept);
  doors.c = measure_all(cli, table, rows, table.x_names.size(), table.c_names, doors.c_kept);
  if (doors.x.empty()) throw Error("all columns are constant");
  return doors;
}

Doors doors_of(const Model& model) {
  Doors doors{model.columns, model.context, {}, {}};
  for (std::size_t j = 0; j < model.columns.size(); ++j) doors.x_kept.push_back(j);
  for (std::size_t j = 0; j < model.context.size(); ++j) doors.c_kept.push_back(model.columns.size() + j);
  return doors;
}

// Splits, or takes the validation file's rows; `model` null: doors are measured.
TrainingData assemble(const Cli& cli, const Table& table, const Table& valid, const Model* model) {
  const Rows rows = valid.values.empty() ? split(cli, table) : Rows{all_rows(table), all_rows(valid)};
  const Doors doors = model ? doors_of(*model) : measure_doors(cli, table, rows.train);
  return {to_data(table, rows.train, doors), to_data(valid.values.empty() ? table : valid, rows.valid, doors), doors.x,
          doors.c};
}

// A table without some of its columns to learn.
void erase_columns(Table& table, const std::vector<std::size_t>& places) {
  const std::size_t width = table.width(), rows = table.rows();
  std::vector<bool> gone(width, false);
  for (const std::size_t place : places) gone[place] = true;
  double* to = table.values.data();
  for (std::size_t r = 0; r < rows; ++r)
    for (std::size_t j = 0; j < width; ++j)
      if (!gone[j]) *to++ = table.values[r * width + j];
  table.values.resize(static_cast<std::size_t>(to - table.values.data()));
}

// Columns that only count the rows say nothing about other rows.
void leave_out_row_numbers(const Cli& cli, ColumnChoice& choice, Table& table, const RowNumbers& numbers) {
  std::vector<std::size_t> found = numbers.found();
  if (found.size() == table.x_names.size()) return;
  erase_columns(table, found);
  for (auto place = found.rbegin(); place != found.rend(); ++place) {
    const std::string name = table.x_names[*place];
    cli.warn(fmt::format("column {} counts the rows and is left out{}", column_label(name, *place),
                         name.empty() ? "" : "; --columns can ask for it"));
    choice.drop(*place);
  }
  table.x_names = choice.x_names();
  table.periods = choice.periods();
}

// The other files, and those to validate on.
template <class Next>
TrainingData read_rest(const Cli& cli, const std::vector<std::string>& files, Loader& loader, Table& table,
                       const Model* model, Next next) {
  for (std::size_t i = 1; i < files.size(); ++i) loader.load(files[i], table, next);
  Table valid;
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
  Table table;
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
  Table table{names(model.columns), names(model.context), !weights.empty(), {}};
  const auto choose = [&](const TableReader& reader) {
    std::vector<int> selected = reader.find(all_names(model));
    if (!weights.empty()) selected.push_back(find_column(reader, weights));
    return selected;
  };
  loader.load(files[0], table, choose);
  return read_rest(cli, files, loader, table, &model, choose);
}

TrainingData training_data_from(const Cli& cli, const Model& model, const std::vector<double>& x) {
  const Table table{names(model.columns), {}, false, x};
  return assemble(cli, table, {}, &model);
}

}  // namespace nf::cli
