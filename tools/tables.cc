#include "tables.h"

#include <fmt/format.h>

#include <filesystem>

#include "nf/io/input.h"
#include "nf/io/number.h"

namespace nf::cli {

Group input_options() {
  return {
      "Input",
      {{"from", 0, "csv|tsv|json|ndjson|npy", "", "format of DATA [from its first bytes, then its name]"},
       {"header", 0, "yes|no", "", "whether line 1 of CSV or TSV holds names [from it and the lines below]"},
       {"delimiter", 0, "C", "", "what stands between fields of CSV: a character, tab or blank [from the first lines]"},
       {"decimal", 0, ".|,", "", "decimal mark of CSV and TSV [from the first lines]"},
       {"on-bad-row", 0, "stop|skip|nan", "stop", "what to do with a row that has a missing or non-finite number"}}};
}

Group output_options() {
  return {
      "Output",
      {{"output", 'o', "FILE", "-", "where to write; appears when it is complete"},
       {"to", 0, "csv|tsv|json|ndjson|npy", "", "format [from FILE's name, else that of DATA, else csv]"},
       {"precision", 0, "float|double", "float", "of the numbers; a model's columns far from 0 are double always"}}};
}

namespace {

// A length of eight bytes, then JSON: no text has zeros in it.
bool begins_like_a_model(std::string_view text) {
  return text.size() > 8 && text[8] == '{' && text[7] == '\0' && text[6] == '\0';
}

void refuse_model(const std::string& path) {
  if (!std::filesystem::is_regular_file(path)) return;
  Input input(path);
  std::string head(9, ' ');
  head.resize(input.read_fully(head.data(), head.size()));
  if (begins_like_a_model(head)) throw Error(fmt::format("'{}' is a model, and a table was expected here", path));
}

}  // namespace

std::vector<std::string> all_names(const Model& model) {
  std::vector<std::string> all = names(model.columns);
  for (const Column& column : model.context) all.push_back(column.name);
  return all;
}

std::vector<Cells> cells_of(const Model& model) {
  std::vector<Cells> cells;
  for (const auto* columns : {&model.columns, &model.context})
    for (const Column& column : *columns) cells.push_back(io::cells_of(column.door->form()));
  return cells;
}

std::string join(const std::vector<std::string>& words, const char* between) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : between) + word;
  return text;
}

std::unique_ptr<TableReader> open_table(const Cli& cli, const std::string& path,
                                        const std::vector<std::string>& known_names, bool keep_text,
                                        std::optional<BadRows> bad_rows) {
  ReadOptions options;
  if (cli.given("from")) options.format = parse_format(cli.text("from"));
  if (cli.given("header")) options.header = cli.choice<Header>("header", {{"yes", Header::kYes}, {"no", Header::kNo}});
  if (cli.given("delimiter")) {
    const std::string word = cli.text("delimiter");
    options.delimiter = word == "tab" || word == "\\t" ? '\t' : word == "blank" ? ' ' : word.empty() ? '\0' : word[0];
    const bool known = word == "tab" || word == "\\t" || word == "blank" || word.size() == 1;
    if (!known || std::string_view("\"\r\n").find(options.delimiter) != std::string_view::npos)
      throw UsageError(
          fmt::format("--delimiter: {} is not a delimiter: a character, tab or blank was expected", in_quotes(word)));
  }
  if (cli.given("decimal")) options.decimal = cli.text("decimal")[0];
  options.on_bad_row =
      cli.choice<BadRows>("on-bad-row", {{"stop", BadRows::kStop}, {"skip", BadRows::kSkip}, {"nan", BadRows::kNan}});
  if (bad_rows) options.on_bad_row = *bad_rows;
  options.known_names = known_names;
  options.keep_text = keep_text;
  options.threads = cli.threads();
  if (!cli.given("from")) refuse_model(path);
  auto reader = TableReader::open(path, options);
  if (!bad_rows) report_remarks(cli, *reader);
  if (reader->columns() == 0) throw Error(reader->path() + ": empty");
  return reader;
}

bool wants_double(const Cli& cli) { return cli.text("precision") == "double"; }

void report_remarks(const Cli& cli, TableReader& reader) {
  for (const std::string& line : reader.take_notes()) cli.detail(line);
  for (const std::string& line : reader.take_warnings()) cli.warn(line);
}

void refuse_nan_rows(const Cli& cli) {
  if (cli.text("on-bad-row") == "nan") throw UsageError("--on-bad-row nan: numbers are needed here; skip would do");
}

Format output_format(const Cli& cli, Format otherwise) {
  if (cli.given("to")) return parse_format(cli.text("to"));
  const std::string path = cli.text("output");
  if (const Format named = format_of_path(path); named != Format::kAuto) return named;
  constexpr std::string_view kOthers[] = {".parquet", ".feather", ".arrow", ".h5",   ".hdf5", ".npz", ".zip", ".gz",
                                          ".zst",     ".bz2",     ".xz",    ".xlsx", ".xls",  ".ods", ".root"};
  for (const std::string_view ending : kOthers)
    if (path.ends_with(ending))
      throw UsageError(
          fmt::format("--output: {} would not be {}; CSV, TSV, JSON, NDJSON and NPY are written: name the "
                      "file so, or give --to",
                      in_quotes(path), ending.substr(1)));
  return otherwise == Format::kAuto ? Format::kCsv : otherwise;
}

void report_bad_rows(const Cli& cli, TableReader& reader) {
  report_remarks(cli, reader);
  if (reader.bad_rows() == 0) return;
  cli.warn(fmt::format("{}: {} of {} rows were bad and {}", reader.path(), reader.bad_rows(), reader.rows_read(),
                       cli.text("on-bad-row") == "nan" ? "made NaN" : "skipped"));
}

void refuse_terminal(const Output& out, const std::string& what) {
  if (out.is_terminal()) throw UsageError(what + " is binary and not written to a terminal; use -o FILE");
}

void take_columns(const std::vector<double>& values, std::size_t width, const std::vector<int>& columns,
                  std::vector<double>& to) {
  const std::size_t rows = width == 0 ? 0 : values.size() / width;
  to.resize(rows * columns.size());
  double* next = to.data();
  for (std::size_t row = 0; row < rows; ++row)
    for (const int column : columns) *next++ = values[row * width + column];
}

TableOutput::TableOutput(const Cli& cli, WriteOptions options, int threads) : out_(cli.text("output")) {
  if (wants_double(cli))
    for (OutputColumn& column : options.columns) column.wide = true;
  if (options.format == Format::kNpy) refuse_terminal(out_, "NPY");
  options.threads = threads;
  writer_ = TableWriter::open(out_, options);
  if (threads > 1) thread_ = std::thread([this] { run(); });
}

TableOutput::~TableOutput() {
  {
    const std::lock_guard lock(mutex_);
    ended_ = true;
    queue_.clear();
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void TableOutput::append(const std::vector<std::string_view>& text, const std::vector<double>& values, int rows) {
  Item item{values, {}, {}, rows};
  for (const std::string_view record : text) {
    item.bytes += record;
    item.ends.push_back(item.bytes.size());
  }
  put(std::move(item));
}

void TableOutput::wait_and_rethrow(std::unique_lock<std::mutex>& lock, std::size_t most) {
  changed_.wait(lock, [&] { return failure_ || (queue_.size() <= most && (most > 0 || !busy_)); });
  if (failure_) std::rethrow_exception(failure_);
}

void TableOutput::put(Item item) {
  if (!thread_.joinable()) {
    write_item(item);
    return out_.flush();
  }
  std::unique_lock lock(mutex_);
  wait_and_rethrow(lock, 1);
  queue_.push_back(std::move(item));
  changed_.notify_all();
}

void TableOutput::write_item(const Item& item) {
  if (item.ends.empty()) return writer_->write(item.values.data(), item.rows);
  views_.clear();
  std::size_t begin = 0;
  for (const std::size_t end : item.ends) {
    views_.emplace_back(item.bytes.data() + begin, end - begin);
    begin = end;
  }
  writer_->write_appended(views_, item.values.data(), item.rows);
}

void TableOutput::run() {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [&] { return ended_ || !queue_.empty(); });
    if (queue_.empty()) return;
    const Item item = std::move(queue_.front());
    queue_.erase(queue_.begin());
    busy_ = true;
    const bool nothing_waits = queue_.empty();
    changed_.notify_all();
    lock.unlock();
    std::exception_ptr failure;
    try {
      write_item(item);
      if (nothing_waits) out_.flush();  // who reads need not wait for rows that come later
    } catch (...) {
      failure = std::current_exception();
    }
    lock.lock();
    busy_ = false;
    if (failure) failure_ = failure;
    changed_.notify_all();
    if (failure) return;
  }
}

void TableOutput::finish() {
  if (thread_.joinable()) {
    std::unique_lock lock(mutex_);
    wait_and_rethrow(lock, 0);
  }
  writer_->finish();
  out_.commit();
}

}  // namespace nf::cli
