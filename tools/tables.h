#pragma once
// What the tools that read and write rows share: options for tables, models from files, and output in a thread of its
// own.
#include <condition_variable>
#include <exception>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "cli.h"
#include "nf/model/model.h"
#include "nf/io/input.h"
#include "nf/io/output.h"
#include "nf/io/table.h"
#include "nf/model/model_file.h"

namespace nf::cli {

Group input_options();   // --from, --header, --delimiter, --decimal, --on-bad-row
Group output_options();  // --output, --to, --precision

std::vector<std::string> all_names(const Model& model);  // columns, then context
std::vector<Cells> cells_of(const Model& model);         //   and how they are read
std::string join(const std::vector<std::string>& words, const char* between = ", ");

// By the options; throws Error on an empty file. Header lines with these names are recognised as such. With `bad_rows`,
// instead of --on-bad-row, it is looked at once more: nothing is remarked.
std::unique_ptr<TableReader> open_table(const Cli& cli, const std::string& path,
                                        const std::vector<std::string>& known_names, bool keep_text = false,
                                        std::optional<BadRows> bad_rows = {});
// Throws UsageError on --on-bad-row nan where numbers are needed.
void refuse_nan_rows(const Cli& cli);
// --to, else from the ending of --output, else `otherwise`, else CSV.
Format output_format(const Cli& cli, Format otherwise);
bool wants_double(const Cli& cli);                          // --precision
void report_remarks(const Cli& cli, TableReader& reader);   // what it has not said yet
void report_bad_rows(const Cli& cli, TableReader& reader);  // and remarks
// Throws UsageError if binary bytes would go to a terminal.
void refuse_terminal(const Output& out, const std::string& what);

// Some columns of a block, row-major: those numbered first .. first + count - 1 of `width`.
void take_columns(const std::vector<double>& values, std::size_t width, const std::vector<int>& columns,
                  std::vector<double>& to);

// A table on its way to --output. With more than one thread, formatting and writing happen beside the caller's work.
class TableOutput {
 public:
  TableOutput(const Cli& cli, WriteOptions options, int threads);
  ~TableOutput();
  TableOutput(const TableOutput&) = delete;
  TableOutput& operator=(const TableOutput&) = delete;

  void write(const std::vector<double>& values, int rows) { put({values, {}, {}, rows}); }
  void append(const std::vector<std::string_view>& text, const std::vector<double>& values, int rows);
  bool is_terminal() const { return out_.is_terminal(); }
  void finish();  // all is written and the file complete, or an exception

 private:
  struct Item {
    std::vector<double> values;
    std::string bytes;              // copies of the records' text
    std::vector<std::size_t> ends;  //   and where each ends in it
    int rows = 0;
  };
  void put(Item item);
  void write_item(const Item& item);
  void run();
  void wait_and_rethrow(std::unique_lock<std::mutex>& lock, std::size_t most);

  Output out_;
  std::unique_ptr<TableWriter> writer_;
  std::vector<std::string_view> views_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Item> queue_;
  bool busy_ = false, ended_ = false;
  std::exception_ptr failure_;
  std::thread thread_;
};

}  // namespace nf::cli
