#pragma once
// What a column's cells may hold besides numbers, as its fields are read.
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "nf/core/cell.h"

namespace nf::io {

// The words of a column, numbered. Threads may ask for numbers at once.
class Words {
 public:
  Words() = default;                               // those that come, numbered as they come
  explicit Words(std::vector<std::string> fixed);  // these; others are kUnknownWord
  std::uint32_t number(std::string_view word);
  // Of the words so far. No thread may be asking for numbers.
  const std::vector<std::string>& all() const { return words_; }

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view word) const { return std::hash<std::string_view>()(word); }
  };
  std::mutex mutex_;
  bool fixed_ = false;
  std::vector<std::string> words_;
  std::unordered_map<std::string, std::uint32_t, Hash, std::equal_to<>> numbers_;
};

// How a column is read.
struct Cells {
  std::shared_ptr<Words> words = nullptr;  // null: a word is a fault
  bool gaps = false;                       // what tables write for a missing value (is_gap_word) is kGap
  bool dates = false;                      // fields are dates, as parse_date reads them
  bool names = false;                      // what looks like a number is a word too
  // A field that looks like a number is for read() to judge.
  bool takes_text() const { return names || dates; }
  bool plain() const { return !words && !gaps && !dates; }

  // The cell of a field that is no number, or that takes_text(); false where there is none.
  bool read(std::string_view field, double& cell) const;
};

// Of a column that is written like that.
Cells cells_of(const CellForm& form);

// "", NA, nan, null, ?, - and so on, in any case.
bool is_gap_word(std::string_view field);

}  // namespace nf::io
