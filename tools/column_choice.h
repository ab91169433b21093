#pragma once
// Which columns of a table are learned, and as what, by --columns, --exclude, --context and --weights.
#include <string>
#include <vector>

#include "cli.h"
#include "nf/core/spec.h"
#include "nf/io/table.h"

namespace nf::cli {

// A column by its name or, in a table without names, its number.
int find_column(const TableReader& reader, const std::string& word);
// What find_column() would find it by.
std::string column_word(const TableReader& reader, int column);
// Names as a value of --columns and the like, quoted for the shell where that is needed.
std::string pasteable(const std::vector<std::string>& names);
// Whether the name is one that writers of tables give to a column of row numbers.
bool names_row_numbers(const std::string& name);

// The columns of the first file are chosen by the options; the same ones are then asked of the other files.
class ColumnChoice {
 public:
  explicit ColumnChoice(const Cli& cli);

  // Places of the columns to learn, then of the context, then of the weights.
  std::vector<int> first(const TableReader& reader);
  std::vector<int> next(const TableReader& reader) const;

  // Once first() was called:
  std::vector<std::string> x_names() const { return named_ ? x_ : std::vector<std::string>(x_.size()); }
  std::vector<std::string> c_names() const { return named_ ? c_ : std::vector<std::string>(c_.size()); }
  bool weighted() const { return !weights_.empty(); }
  // Asked for, of the columns to learn, then of the context; null: none.
  const std::vector<Json>& doors() const { return doors_; }
  // Columns to learn that were not asked for by name, and are called as row numbers are.
  std::vector<std::size_t> suspected_row_numbers() const;

 private:
  std::vector<int> excluded(const TableReader& reader) const;

  const Cli& cli_;
  std::vector<std::string> x_, c_;
  std::string weights_;
  std::vector<std::string> excluded_;
  std::vector<Json> doors_;
  bool asked_ = false;  // by --columns
  bool named_ = true;
  int columns_ = 0;  // of the first file
};

}  // namespace nf::cli
