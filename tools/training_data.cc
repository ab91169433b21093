#include "training_data.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "column_choice.h"
#include "column_doors.h"
#include "defaults.h"
#include "nf/core/spec.h"
#include "nf/io/number.h"
#include "refusal.h"
#include "tables.h"

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

  // What the columns' cells may hold, of all files.
  void set_cells(std::vector<Cells> cells) { cells_ = std::move(cells); }
  // Any words, in columns of which `any` is true; nothing else where a category was asked for.
  void allow_words(const std::vector<bool>& any, const Sample& table) {
    cells_.assign(any.size(), {});
    for (std::size_t j = 0; j < any.size(); ++j) {
      if (any[j]) cells_[j].words = std::make_shared<Words>();
      const Json door = j < table.columns() ? table.door(j) : Json();
      cells_[j].names = any[j] && door.is_object() && door.value("kind", Json()) == "category";
    }
  }
  // Those that the cells read so far name.
  std::vector<std::vector<std::string>> words() const {
    std::vector<std::vector<std::string>> all;
    for (const Cells& cells : cells_) all.push_back(cells.words ? cells.words->all() : std::vector<std::string>{});
    return all;
  }

  template <class Choose>
  void load(const std::string& file, Sample& table, Choose choose, RowNumbers* numbers = nullptr) {
    const auto reader = open_table(cli_, file, known_names_);
    const std::vector<int> selected = choose(*reader);
    reader->select(selected, cells_);
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
  std::vector<Cells> cells_;
};

// `model` null: doors are measured, and what is to be said about the table is said.
TrainingData prepared(const Cli& cli, const Sample& table, const Sample& valid, const Model* model) {
  PrepareOptions options;
  options.valid_share = cli.number("valid-share", 0, 0.9);
  options.seed = cli.seed();
  options.threads = cli.threads();
  options.warn = [&](const std::string& line) { cli.warn(line); };
  if (model) options.doors = doors_as(model->columns, model->context);
  if (!model && cli.flag("drop-constant"))
    options.constant = [&](std::size_t column) {
      cli.note(fmt::format("column {} is constant and dropped", table.label(column)));
    };
  try {
    return prepare(table, valid, options);
  } catch (const ConstantColumn& error) {
    throw Error(error.what() + std::string("; --drop-constant drops it"));
  }
}

// Columns that only count the rows say nothing about other rows.
void leave_out_row_numbers(const Cli& cli, Sample& table, Sample& valid, const RowNumbers& numbers) {
  const std::vector<std::size_t> found = numbers.found();
  if (found.size() == table.x_names.size()) return;
  for (const std::size_t place : found)
    cli.warn(fmt::format("column {} counts the rows and is left out{}", table.label(place),
                         table.name(place).empty() ? "" : "; --columns can ask for it"));
  erase_columns(table, found);
  if (valid.columns() > 0) erase_columns(valid, found);
}

// The other files, and those to validate on.
template <class Next>
Sample read_rest(const Cli& cli, const std::vector<std::string>& files, Loader& loader, Sample& table, Next next) {
  for (std::size_t i = 1; i < files.size(); ++i) loader.load(files[i], table, next);
  Sample valid;
  if (cli.given("valid")) {
    valid = {table.x_names, table.c_names, table.weighted, {}};
    loader.load(cli.text("valid"), valid, next);
  }
  return valid;
}

// Without proposals words may stand where a door that has some was asked for.
std::vector<bool> columns_of_any_cells(const Cli& cli, const Sample& table) {
  std::vector<bool> any(table.width(), false);
  for (std::size_t j = 0; j < table.columns(); ++j) {
    const Json door = table.door(j);
    const std::string kind = door.is_object() ? door.value("kind", "") : "";
    any[j] = proposes_doors(cli) || kind == "category" || kind == "atoms" || kind == "date" || kind == "constant" ||
             kind == "ordinal";
  }
  return any;
}

std::vector<Json> doors_of(const Model& model) {
  std::vector<Json> doors;
  for (const auto* columns : {&model.columns, &model.context})
    for (const Column& column : *columns) {
      const Json door = column.door->spec();
      doors.push_back(door["kind"] == "standardise" ? Json() : door);
    }
  return doors;
}

}  // namespace

Group column_options() {
  return {
      "Columns (names, or numbers from 1 where the table has no names)",
      {{.name = "columns",
        .argument = "a,b,...",
        .help = "columns to learn [all but the others below]",
        .excludes = {"exclude"}},
       {"exclude", 0, "a,b,...", "", "columns to leave out"},
       {"context", 0, "e,f,...", "", "columns that the density is conditional on"},
       {"door", 0, "COLUMN=KIND", "",
        "what a column is: log, logit:0:1, integer, category, ...; nf-inspect --list tells all, with their numbers. "
        "May be repeated"},
       {"doors", 0, "auto|none", "auto",
        "what the other columns are: found from their values, or plain numbers; nf-inspect --columns shows it"},
       {"circle", 0, "a,b:360,...", "", "columns that are angles, with their period [2 pi]"},
       {"drop-constant", 0, "", "", "with --doors none: leave out constant columns instead of stopping"}}};
}

Group validation_options() {
  return {"Rows",
          {{"weights", 0, "COLUMN", "", "weights of the rows, not negative"},
           {.name = "valid", .argument = "FILE", .help = "rows to validate on", .excludes = {"valid-share"}},
           {"valid-share", 0, "X", fmt::format("{}", defaults::kValidShare),
            "without --valid: random share of the rows; 0: validate on the training rows"}}};
}

TrainingData read_training_data(const Cli& cli, const std::vector<std::string>& files, bool circles) {
  ColumnChoice choice(cli);
  Loader loader(cli, {}, true);
  Sample table;
  RowNumbers numbers;
  const auto first = [&](const TableReader& reader) {
    const std::vector<int> selected = choice.first(reader);
    table = {choice.x_names(), choice.c_names(), choice.weighted(), {}, {}, choice.doors()};
    numbers = RowNumbers(choice.suspected_row_numbers());
    loader.allow_words(columns_of_any_cells(cli, table), table);
    return selected;
  };
  loader.load(files[0], table, first, &numbers);
  Sample valid = read_rest(cli, files, loader, table, [&](const TableReader& reader) { return choice.next(reader); });
  table.words = loader.words();
  if (valid.columns() > 0) valid.words = table.words;
  leave_out_row_numbers(cli, table, valid, numbers);
  choose_doors(cli, table, valid, circles);
  return prepared(cli, table, valid, nullptr);
}

TrainingData read_training_data(const Cli& cli, const std::vector<std::string>& files, const Model& model) {
  const std::string weights = cli.text("weights");
  Loader loader(cli, all_names(model), false);
  Sample table{names(model.columns), names(model.context), !weights.empty(), {}, {}, doors_of(model)};
  std::vector<Cells> cells = cells_of(model);
  cells.resize(table.width());
  loader.set_cells(std::move(cells));
  const auto choose = [&](const TableReader& reader) {
    std::vector<int> selected = reader.find(all_names(model));
    if (!weights.empty()) selected.push_back(find_column(reader, weights));
    return selected;
  };
  loader.load(files[0], table, choose);
  const Sample valid = read_rest(cli, files, loader, table, choose);
  return prepared(cli, table, valid, &model);
}

TrainingData training_data_from(const Cli& cli, const Model& model, const std::vector<double>& x) {
  const Sample table{names(model.columns), {}, false, x};
  return prepared(cli, table, {}, &model);
}

}  // namespace nf::cli
