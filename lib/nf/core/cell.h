#pragma once
// What a cell of a table holds, in one double: a number; a gap, which is a NaN; or a word, which is a NaN that says
// which of its column's words. Copies keep it, arithmetic does not.
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

namespace nf {

inline constexpr double kGap = std::numeric_limits<double>::quiet_NaN();
inline constexpr std::uint64_t kWordBits = 0x7FFE'0000'0000'0000;  // a quiet NaN that no arithmetic gives
inline constexpr std::uint32_t kUnknownWord = UINT32_MAX;          // none of those that the column has
inline constexpr std::uint32_t kNoCell = UINT32_MAX - 1;           // the row could not be read

inline double word_cell(std::uint32_t word) { return std::bit_cast<double>(kWordBits | word); }
inline bool is_word(double cell) { return std::bit_cast<std::uint64_t>(cell) >> 32 == kWordBits >> 32; }
inline std::uint32_t word_of(double cell) { return static_cast<std::uint32_t>(std::bit_cast<std::uint64_t>(cell)); }
inline bool is_gap(double cell) { return std::isnan(cell) && !is_word(cell); }
inline bool same_cell(double a, double b) {
  return a == b || std::bit_cast<std::uint64_t>(a) == std::bit_cast<std::uint64_t>(b) || (is_gap(a) && is_gap(b));
}

// How a column's cells are written in a table, where they are more than numbers.
struct CellForm {
  std::vector<std::string> words = {};  // word i is word_cell(i)
  bool names = false;                   // nothing but words, whatever they look like, and gaps
  bool gaps = false;                    // there may be some
  std::string gap = {};                 //   and how they are written
  bool dates = false;                   // numbers are seconds since 1970, written as `date` has it
  std::string date = {};                //   "day", "minute", "second", with a "T" or a blank, and a "Z" at the end

  bool plain() const { return words.empty() && !gaps && !dates; }
};

}  // namespace nf
