#include "nf/io/words.h"

#include <algorithm>
#include <cmath>

#include "nf/io/date.h"
#include "nf/io/number.h"

namespace nf::io {

Words::Words(std::vector<std::string> fixed) : fixed_(true), words_(std::move(fixed)) {
  for (std::size_t i = 0; i < words_.size(); ++i) numbers_.emplace(words_[i], static_cast<std::uint32_t>(i));
}

std::uint32_t Words::number(std::string_view word) {
  const auto find = [&] {
    const auto found = numbers_.find(word);
    return found == numbers_.end() ? kUnknownWord : found->second;
  };
  if (fixed_) return find();
  const std::lock_guard lock(mutex_);
  if (const std::uint32_t known = find(); known != kUnknownWord) return known;
  const auto next = static_cast<std::uint32_t>(words_.size());
  words_.emplace_back(word);
  numbers_.emplace(word, next);
  return next;
}

bool Cells::read(std::string_view field, double& cell) const {
  if (dates && parse_date(field, cell)) return true;
  if (gaps && is_gap_word(field)) return cell = kGap, true;
  if (!words) return false;
  std::uint32_t word = words->number(field);
  // 2.0 is 2.
  if (double value = 0; word == kUnknownWord && names && parse_number(field, value) && std::isfinite(value)) {
    char text[kNumberWidth];
    word = words->number(std::string_view(text, print_number(text, value + 0.0, true)));
  }
  cell = word_cell(word);
  return true;
}

Cells cells_of(const CellForm& form) {
  return {form.words.empty() ? nullptr : std::make_shared<Words>(form.words), form.gaps, form.dates, form.names};
}

bool is_gap_word(std::string_view field) {
  std::string word(trim(field));
  std::transform(word.begin(), word.end(), word.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? char(c + 32) : c; });
  constexpr std::string_view kWords[] = {"",    "?",    "-",    ".",       "na",   "n/a", "#n/a",
                                         "nan", "null", "none", "missing", "<na>", "nat"};
  return std::find(std::begin(kWords), std::end(kWords), word) != std::end(kWords);
}

}  // namespace nf::io
