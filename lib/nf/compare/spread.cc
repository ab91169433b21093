#include "nf/compare/spread.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <unordered_map>

#include "nf/core/cell.h"
#include "nf/data/tidy.h"

namespace nf::compare {
namespace {

constexpr std::size_t kMostWords = 20;  // of a column, by themselves

// A column of numbers that is made of one of the tables'.
struct Made {
  enum Kind { kNumber, kGap, kWord } kind;
  std::size_t column;
  double middle = 0;       // kNumber: instead of gaps and words
  std::uint32_t word = 0;  // kWord
  double of(const double* row) const {
    const double cell = row[column];
    if (kind == kNumber) return std::isnan(cell) ? middle : cell;
    return kind == kGap ? is_gap(cell) : is_word(cell) && word_of(cell) == word;
  }
};

double median(const Sample& a, const Sample& b, std::size_t j) {
  std::vector<double> numbers;
  for (const Sample* table : {&a, &b})
    for (std::size_t r = 0; r < table->rows(); ++r)
      if (!std::isnan(table->row(r)[j])) numbers.push_back(table->row(r)[j]);
  if (numbers.empty()) return 0;
  const auto middle = numbers.begin() + static_cast<std::ptrdiff_t>(numbers.size() / 2);
  std::nth_element(numbers.begin(), middle, numbers.end());
  return *middle;
}

// Gives b's words the numbers that a's have, and a those that only b has.
void number_alike(Sample& a, Sample& b, std::size_t j) {
  std::unordered_map<std::string, std::uint32_t> known;
  for (std::size_t w = 0; w < a.words[j].size(); ++w) known.emplace(a.words[j][w], static_cast<std::uint32_t>(w));
  std::vector<double> cells;
  for (const std::string& word : b.words[j]) {
    const auto [at, fresh] = known.emplace(word, static_cast<std::uint32_t>(a.words[j].size()));
    if (fresh) a.words[j].push_back(word);
    cells.push_back(word_cell(at->second));
  }
  for (std::size_t r = 0; r < b.rows(); ++r) {
    double& cell = b.values[r * b.width() + j];
    if (is_word(cell) && word_of(cell) < cells.size()) cell = cells[word_of(cell)];
  }
}

// The most frequent words of both tables.
std::vector<std::uint32_t> frequent(const Sample& a, const Sample& b, std::size_t j) {
  std::vector<std::size_t> count(a.words[j].size(), 0);
  for (const Sample* table : {&a, &b})
    for (std::size_t r = 0; r < table->rows(); ++r)
      if (const double cell = table->row(r)[j]; is_word(cell) && word_of(cell) < count.size()) ++count[word_of(cell)];
  std::vector<std::uint32_t> order(count.size());
  std::iota(order.begin(), order.end(), 0U);
  std::stable_sort(order.begin(), order.end(), [&](auto x, auto y) { return count[x] > count[y]; });
  std::erase_if(order, [&](auto word) { return count[word] == 0; });
  if (order.size() > kMostWords) order.resize(kMostWords);
  return order;
}

std::vector<double> numbers_of(const Sample& table, const std::vector<Made>& columns) {
  std::vector<double> values;
  values.reserve(table.rows() * columns.size());
  for (std::size_t r = 0; r < table.rows(); ++r)
    for (const Made& column : columns) values.push_back(column.of(table.row(r)));
  return values;
}

}  // namespace

Spread spread(Sample a, Sample b) {
  const std::vector<Content> contents = tidy(a);
  tidy(b, contents);
  Spread result;
  std::vector<Made> columns;
  for (std::size_t j = 0; j < a.columns(); ++j) {
    const std::string name = a.name(j).empty() ? std::to_string(j + 1) : a.name(j);
    number_alike(a, b, j);
    const auto any = [&](auto is) {
      for (const Sample* table : {&a, &b})
        for (std::size_t r = 0; r < table->rows(); ++r)
          if (is(table->row(r)[j])) return true;
      return false;
    };
    const auto add = [&](const std::string& of, Made made) {
      result.names.push_back(of);
      columns.push_back(made);
    };
    if (any([](double cell) { return !std::isnan(cell); })) add(name, {Made::kNumber, j, median(a, b, j)});
    if (any([](double cell) { return is_gap(cell); })) add(name + "=", {Made::kGap, j});
    for (const std::uint32_t word : frequent(a, b, j)) add(name + "=" + a.words[j][word], {Made::kWord, j, 0, word});
  }
  result.a = numbers_of(a, columns);
  result.b = numbers_of(b, columns);
  return result;
}

}  // namespace nf::compare
