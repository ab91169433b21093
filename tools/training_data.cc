#include "training_data.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <numeric>

#include "defaults.h"
#include "nf/core/random.h"
#include "nf/core/spec.h"
#include "nf/io/number.h"
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

// A column by its name or, in a table without names, its number.
int find_column(const TableReader& reader, const std::string& word) {
  if (!reader.names().empty()) return reader.find({word})[0];
  int number = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), number);
  if (error != std::errc() || end != word.data() + word.size() || number < 1 || number > reader.columns())
    throw Error(fmt::format("{}: there is no column {}: the table has no names and {} columns", reader.path(),
                            in_quotes(word), reader.columns()));
  return number - 1;
}

std::vector<int> find_columns(const TableReader& reader, const std::vector<std::string>& words) {
  std::vector<int> found;
  for (const std::string& word : words) found.push_back(find_column(reader, word));
  return found;
}

// A model finds its columns by name later, and keeps the names as JSON.
void check_name(const TableReader& reader, const std::string& name, int column) {
  if (!name.empty()) find_column(reader, name);  // throws if there are two
  try {
    (void)Json(name).dump();
  } catch (const Json::exception&) {
    throw Error(fmt::format("{}: the name of column {} is not valid UTF-8", reader.path(), column + 1));
  }
}

// Reads files one after another into one table; which columns they need to have is asked of `choose` for each.
class Loader {
 public:
  Loader(const Cli& cli, const std::vector<std::string>& known_names) : cli_(cli), known_names_(known_names) {
    refuse_nan_rows(cli);
  }

  template <class Choose>
  void load(const std::string& file, Table& table, Choose choose) {
    const auto reader = open_table(cli_, file, known_names_);
    const std::vector<int> selected = choose(*reader);
    reader->select(selected);
    Block block;
    while (reader->next(block)) {
      if (table.weighted) check_weights(*reader, block, selected.size());
      table.values.insert(table.values.end(), block.values.begin(), block.values.end());
    }
    report_bad_rows(cli_, *reader);
    if (reader->rows_read() == reader->bad_rows()) throw Error(reader->path() + ": no rows");
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
};

// "phi" or "phi:360" of --circle, among the columns x: its place and period.
std::pair<std::size_t, double> read_circle(const std::string& word, const std::vector<std::string>& x) {
  constexpr double kTwoPi = 6.283185307179586;
  const auto place = [&](const std::string& name) {
    return static_cast<std::size_t>(std::find(x.begin(), x.end(), name) - x.begin());
  };
  if (place(word) < x.size()) return {place(word), kTwoPi};
  const std::size_t colon = word.rfind(':');
  const std::string name = word.substr(0, colon);
  if (place(name) == x.size()) throw UsageError("--circle: " + unknown("column", name, x));
  double period = 0;
  if (!parse_number(std::string_view(word).substr(colon + 1), period) || !(period > 0) || !std::isfinite(period))
    throw UsageError(fmt::format("--circle: {} is no period", in_quotes(word.substr(colon + 1))));
  return {place(name), period};
}

// Which columns of the first file the options ask for; the same ones are then asked of the other files.
struct Choice {
  std::vector<std::string> x, c;
  std::string weights;
  std::vector<std::string> circles;
  bool named = true;
  int columns = 0;  // of the first file

  std::vector<int> first(const TableReader& reader, Table& table) {
    named = !reader.names().empty();
    columns = reader.columns();
    const std::vector<int> context = find_columns(reader, c);
    std::vector<int> taken = context;
    if (!weights.empty()) taken.push_back(find_column(reader, weights));
    const auto is_taken = [&](int column) { return std::find(taken.begin(), taken.end(), column) != taken.end(); };
    std::vector<int> selected = find_columns(reader, x);
    for (const int column : selected)
      if (is_taken(column))
        throw UsageError(fmt::format("column {} is asked for twice", in_quotes(label(reader, column))));
    for (int column = 0; x.empty() && column < columns; ++column)
      if (!is_taken(column)) selected.push_back(column);
    if (selected.empty()) throw Error(reader.path() + ": no columns are left to learn");
    x.clear();
    for (const int column : selected) x.push_back(label(reader, column));
    for (std::size_t i = 0; i < x.size(); ++i) check_name(reader, x[i], selected[i]);
    for (std::size_t i = 0; i < c.size(); ++i) check_name(reader, c[i], context[i]);
    table.x_names = named ? x : std::vector<std::string>(x.size());
    table.c_names = named ? c : std::vector<std::string>(c.size());
    table.weighted = !weights.empty();
    table.periods.assign(x.size(), 0);
    for (const std::string& word : circles) {
      const auto [place, period] = read_circle(word, x);
      table.periods[place] = period;
    }
    selected.insert(selected.end(), taken.begin(), taken.end());
    return selected;
  }

  std::vector<int> next(const TableReader& reader) const {
    if (reader.names().empty() == named || (!named && reader.columns() != columns))
      throw Error(reader.path() + ": its columns are not those of the first file");
    std::vector<std::string> words = x;
    words.insert(words.end(), c.begin(), c.end());
    if (!weights.empty()) words.push_back(weights);
    return find_columns(reader, words);
  }

 private:
  static std::string label(const TableReader& reader, int column) {
    return reader.names().empty() ? std::to_string(column + 1) : reader.names()[static_cast<std::size_t>(column)];
  }
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

template <class First, class Next>
TrainingData read_all(const Cli& cli, const std::vector<std::string>& files,
                      const std::vector<std::string>& known_names, const Model* model, First first, Next next) {
  cli.exclude("valid", "valid-share");
  Loader loader(cli, known_names);
  Table table, valid;
  for (std::size_t i = 0; i < files.size(); ++i)
    loader.load(files[i], table,
                [&](const TableReader& reader) { return i == 0 ? first(reader, table) : next(reader); });
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
  Choice choice{cli.list("columns"), cli.list("context"), cli.text("weights"), cli.list("circle")};
  return read_all(
      cli, files, {}, nullptr, [&](const TableReader& reader, Table& table) { return choice.first(reader, table); },
      [&](const TableReader& reader) { return choice.next(reader); });
}

TrainingData read_training_data(const Cli& cli, const std::vector<std::string>& files, const Model& model) {
  const std::string weights = cli.text("weights");
  const auto next = [&](const TableReader& reader) {
    std::vector<int> selected = reader.find(all_names(model));
    if (!weights.empty()) selected.push_back(find_column(reader, weights));
    return selected;
  };
  const auto first = [&](const TableReader& reader, Table& table) {
    table = {names(model.columns), names(model.context), !weights.empty(), {}};
    return next(reader);
  };
  return read_all(cli, files, all_names(model), &model, first, next);
}

TrainingData training_data_from(const Cli& cli, const Model& model, const std::vector<double>& x) {
  const Table table{names(model.columns), {}, false, x};
  return assemble(cli, table, {}, &model);
}

}  // namespace nf::cli
