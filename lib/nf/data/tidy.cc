#include "nf/data/tidy.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <unordered_map>

#include "nf/core/cell.h"
#include "nf/io/date.h"
#include "nf/io/number.h"
#include "nf/io/words.h"

namespace nf {
inline namespace NF_PRECISION {
namespace {

// What each of a column's words can be read as.
struct Readings {
  explicit Readings(const std::vector<std::string>& words) {
    for (const std::string& word : words) {
      gap.push_back(io::is_gap_word(word));
      double value = 0;
      date.push_back(io::parse_date(word, value) ? value : kGap);
    }
  }
  std::vector<bool> gap;
  std::vector<double> date;  // kGap: none
};

double* cell(Sample& sample, std::size_t r, std::size_t j) { return sample.values.data() + r * sample.width() + j; }

template <class Change>
void each_word(Sample& sample, std::size_t j, Change change) {
  for (std::size_t r = 0; r < sample.rows(); ++r)
    if (double* at = cell(sample, r, j); is_word(*at) && word_of(*at) < sample.words[j].size())
      *at = change(word_of(*at), *at);
}

// Whether a column has more than `most` different numbers.
bool has_more_numbers(Sample& sample, std::size_t j, std::size_t most) {
  std::set<double> seen;
  for (std::size_t r = 0; r < sample.rows() && seen.size() <= most; ++r)
    if (const double value = *cell(sample, r, j); !std::isnan(value)) seen.insert(value);
  return seen.size() > most;
}

// Few words among many numbers stay beside them ("<0.1", "trace"); else the numbers are names too ("1", "2", "3+").
bool are_names(Sample& sample, std::size_t j, const Content& content, std::size_t kinds) {
  constexpr std::size_t kFewWords = 5, kFewNumbers = 24;
  return content.numbers > 0 &&
         (content.words > content.numbers || kinds > kFewWords || !has_more_numbers(sample, j, kFewNumbers));
}

// Only the words that cells have, in the order of the alphabet: readers number them as they come, on any thread.
void number_in_order(Sample& sample, std::size_t j) {
  std::vector<std::string>& words = sample.words[j];
  std::vector<bool> used(words.size(), false);
  each_word(sample, j, [&](std::uint32_t word, double as_it_is) {
    used[word] = true;
    return as_it_is;
  });
  std::vector<std::uint32_t> order;
  for (std::uint32_t w = 0; w < words.size(); ++w)
    if (used[w]) order.push_back(w);
  std::sort(order.begin(), order.end(), [&](auto a, auto b) { return words[a] < words[b]; });
  std::vector<double> cells(words.size(), kGap);
  std::vector<std::string> sorted;
  for (const std::uint32_t word : order) {
    cells[word] = word_cell(static_cast<std::uint32_t>(sorted.size()));
    sorted.push_back(words[word]);
  }
  each_word(sample, j, [&](std::uint32_t word, double) { return cells[word]; });
  words = std::move(sorted);
}

Content tidy_column(Sample& sample, std::size_t j) {
  Content content;
  const std::vector<std::string>& words = sample.words[j];
  const Readings read(words);
  const Json door = sample.door(j);
  const bool named = door.is_object() && door.value("kind", Json()) == "category";  // whatever the words look like
  std::vector<std::size_t> count(words.size(), 0);
  for (std::size_t r = 0; r < sample.rows(); ++r) {
    const double value = *cell(sample, r, j);
    if (is_word(value) && word_of(value) < words.size()) ++count[word_of(value)];
    else ++(std::isnan(value) ? content.gaps : content.numbers);
  }
  std::size_t dates = 0, others = 0, kinds = 0, most = 0;
  for (std::size_t w = 0; w < words.size(); ++w) {
    if (read.gap[w]) {
      content.gaps += count[w];
      if (count[w] > most || (count[w] == most && words[w] < content.gap)) most = count[w], content.gap = words[w];
    } else {
      dates += std::isnan(read.date[w]) ? 0 : count[w];
      others += count[w];
      kinds += count[w] > 0;
    }
  }
  content.dates = kinds > 1 && dates == others && content.numbers == 0 && !named;
  for (std::size_t w = 0; content.dates && w < words.size(); ++w)
    if (!read.gap[w] && count[w] > 0)
      content.date =
          io::wider_form(content.date.empty() ? io::date_form(words[w]) : content.date, io::date_form(words[w]));
  each_word(sample, j, [&](std::uint32_t word, double as_it_is) {
    if (read.gap[word]) return kGap;
    return content.dates ? read.date[word] : as_it_is;
  });
  if (content.dates) {
    content.numbers = others;
  } else {
    content.words = others;
    if ((others > 0 && are_names(sample, j, content, kinds)) || (named && content.numbers > 0)) {
      name_numbers(sample, j);
      content.words += content.numbers;
      content.numbers = 0;
    }
  }
  number_in_order(sample, j);
  return content;
}

}  // namespace

std::vector<Content> tidy(Sample& sample) {
  std::vector<Content> all;
  sample.words.resize(sample.columns());
  for (std::size_t j = 0; j < sample.columns(); ++j) all.push_back(tidy_column(sample, j));
  return all;
}

void tidy(Sample& sample, const std::vector<Content>& as) {
  sample.words.resize(sample.columns());
  for (std::size_t j = 0; j < sample.columns(); ++j) {
    const Readings read(sample.words[j]);
    each_word(sample, j, [&](std::uint32_t word, double as_it_is) {
      if (read.gap[word]) return kGap;
      return as[j].dates && !std::isnan(read.date[word]) ? read.date[word] : as_it_is;
    });
    if (as[j].words > 0 && as[j].numbers == 0) name_numbers(sample, j);
  }
}

void name_numbers(Sample& sample, std::size_t j) {
  std::vector<std::string>& words = sample.words[j];
  std::unordered_map<std::string, std::uint32_t> known;
  for (std::size_t w = 0; w < words.size(); ++w) known.emplace(words[w], static_cast<std::uint32_t>(w));
  std::map<double, std::uint32_t> of_number;
  for (std::size_t r = 0; r < sample.rows(); ++r) {
    double* const at = cell(sample, r, j);
    if (std::isnan(*at)) continue;
    const auto [place, is_new] = of_number.try_emplace(*at, 0);  // -0 is 0
    if (is_new) {
      char text[io::kNumberWidth];
      const auto [word, fresh] = known.emplace(std::string(text, io::print_number(text, *at + 0.0, true)),
                                               static_cast<std::uint32_t>(words.size()));
      if (fresh) words.push_back(word->first);
      place->second = word->second;
    }
    *at = word_cell(place->second);
  }
}

}  // namespace NF_PRECISION
}  // namespace nf
