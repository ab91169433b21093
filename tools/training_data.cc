#include "training_data.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "column_choice.h"
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

  template <class Choose>
  void load(const std::string& file, Sample& table, Choose choose, RowNumbers* numbers = nullptr) {
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

// A table without some of its columns to learn.
void erase_columns(Sample& table, const std::vector<std::size_t>& places) {
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
void leave_out_row_numbers(const Cli& cli, ColumnChoice& choice, Sample& table, const RowNumbers& numbers) {
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
  table.doors = choice.doors();
}

// The other files, and those to validate on.
template <class Next>
TrainingData read_rest(const Cli& cli, const std::vector<std::string>& files, Loader& loader, Sample& table,
                       const Model* model, Next next) {
  for (std::size_t i = 1; i < files.size(); ++i) loader.load(files[i], table, next);
  Sample valid;
  if (cli.given("valid")) {
    valid = {table.x_names, table.c_names, table.weighted, {}};
    loader.load(cli.text("valid"), valid, next);
  }
  return prepared(cli, table, valid, model);
}

}  // namespace

Group column_options() {
  return {"Columns (names, or numbers from 1 where the table has no names)",
          {{.name = "columns",
            .argument = "a,b,...",
            .help = "columns to learn [all but the others below]",
            .excludes = {"exclude"}},
           {"exclude", 0, "a,b,...", "", "columns to leave out"},
           {"context", 0, "e,f,...", "", "columns that the density is conditional on"},
           {"circle", 0, "a,b:360,...", "", "columns that are angles, with their period [2 pi]"},
           {"drop-constant", 0, "", "", "leave out constant columns instead of stopping"}}};
}

Group validation_options() {
  return {"Rows",
          {{"weights", 0, "COLUMN", "", "weights of the rows, not negative"},
           {.name = "valid", .argument = "FILE", .help = "rows to validate on", .excludes = {"valid-share"}},
           {"valid-share", 0, "X", fmt::format("{}", defaults::kValidShare),
            "without --valid: random share of the rows; 0: validate on the training rows"}}};
}

TrainingData read_training_data(const Cli& cli, const std::vector<std::string>& files) {
  ColumnChoice choice(cli);
  Loader loader(cli, {}, true);
  Sample table;
  RowNumbers numbers;
  const auto first = [&](const TableReader& reader) {
    const std::vector<int> selected = choice.first(reader);
    table = {choice.x_names(), choice.c_names(), choice.weighted(), {}, choice.doors()};
    numbers = RowNumbers(choice.suspected_row_numbers());
    return selected;
  };
  loader.load(files[0], table, first, &numbers);
  leave_out_row_numbers(cli, choice, table, numbers);
  return read_rest(cli, files, loader, table, nullptr, [&](const TableReader& reader) { return choice.next(reader); });
}

TrainingData read_training_data(const Cli& cli, const std::vector<std::string>& files, const Model& model) {
  const std::string weights = cli.text("weights");
  Loader loader(cli, all_names(model), false);
  Sample table{names(model.columns), names(model.context), !weights.empty(), {}};
  const auto choose = [&](const TableReader& reader) {
    std::vector<int> selected = reader.find(all_names(model));
    if (!weights.empty()) selected.push_back(find_column(reader, weights));
    return selected;
  };
  loader.load(files[0], table, choose);
  return read_rest(cli, files, loader, table, &model, choose);
}

TrainingData training_data_from(const Cli& cli, const Model& model, const std::vector<double>& x) {
  const Sample table{names(model.columns), {}, false, x};
  return prepared(cli, table, {}, &model);
}

}  // namespace nf::cli
